/* SPDX-License-Identifier: MIT */
/*
 * Static calls, the part that a header needs which only declares one: a function pointer that is
 * set seldom and called often, patched into its call sites. Definitions are in static_call.h.
 */
#ifndef STATIC_CALL_TYPES_H
#define STATIC_CALL_TYPES_H

#include <types.h>

/* The pointer itself. Sites that are not patched jump through it. */
struct static_call_key {
	void *func;
};

/* How a place in text calls. */
enum static_call_kind {
	STATIC_CALL_SITE,  /* call rel32: 5 bytes */
	STATIC_CALL_TAIL,  /* jmp rel32, in a function's end: 5 bytes */
	STATIC_CALL_TRAMP, /* the trampoline, for callers by address: 8 bytes */
};

/* One record, made by tools/mksymbols from the relocations of the first link. */
struct static_call_site {
	s32 site; /* from _text */
	s32 key;  /* from _text */
	u32 kind;
};

#define STATIC_CALL_KEY(name)	__SCK__##name
#define STATIC_CALL_TRAMP(name) __SCT__##name

#define DECLARE_STATIC_CALL(name, func)                      \
	extern struct static_call_key STATIC_CALL_KEY(name); \
	extern __typeof__(func) STATIC_CALL_TRAMP(name)

/* A call like any other: static_call(name)(arguments). */
#define static_call(name) STATIC_CALL_TRAMP(name)

#endif
