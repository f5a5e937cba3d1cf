/* SPDX-License-Identifier: MIT */
/*
 * Static calls: definitions and updates.
 *
 *   in the image             until the boot patch          after it
 *   call __SCT__name   ->    calls the trampoline    ->    call func  | 5-byte NOP | xor %eax,%eax
 *   jmp __SCT__name    ->    jumps to it             ->    jmp func   | ret        | xor; ret
 *   __SCT__name:             jmp *__SCK__name(%rip)  ->    jmp func   | ret        | xor; ret
 *
 * so that an unpatched image calls what the key holds, on every machine.
 */
#ifndef STATIC_CALL_H
#define STATIC_CALL_H

#include <static_call_types.h>

/* What a key holds that has nothing to do (void calls only), or nothing but 0 to say. */
void __static_call_nop(void);
long __static_call_return0(void);

#define __DEFINE_STATIC_CALL(name, type_of, function)                                          \
	DECLARE_STATIC_CALL(name, type_of);                                                    \
	struct static_call_key STATIC_CALL_KEY(name) __ro_after_init = { (void *)(function) }; \
	asm(".pushsection .static_call.text, \"ax\"\n"                                         \
	    ".balign 8\n"                                                                      \
	    ".globl __SCT__" #name "\n"                                                        \
	    ".type __SCT__" #name ", @function\n"                                              \
	    "__SCT__" #name ": jmp *__SCK__" #name "(%rip)\n"                                  \
	    ".byte 0xcc, 0xcc\n"                                                               \
	    ".size __SCT__" #name ", . - __SCT__" #name "\n"                                   \
	    ".popsection\n")

#define DEFINE_STATIC_CALL(name, function) __DEFINE_STATIC_CALL(name, function, function)
/* Both with the type of `function`, which is not called. */
#define DEFINE_STATIC_CALL_NULL(name, function) \
	__DEFINE_STATIC_CALL(name, function, __static_call_nop)
#define DEFINE_STATIC_CALL_RET0(name, function) \
	__DEFINE_STATIC_CALL(name, function, __static_call_return0)

/*
 * Sites and trampoline go to func. Boot CPU, interrupts off, text writable if the boot patch is
 * done; before it only the key changes, which is all that is needed then.
 */
#define static_call_update(name, func)                                        \
	({                                                                    \
		__typeof__(&STATIC_CALL_TRAMP(name)) __func = (func);         \
		__static_call_update(&STATIC_CALL_KEY(name), (void *)__func); \
	})
void __static_call_update(struct static_call_key *key, void *func);

/* The boot patch: every site of every key. After apply_alternatives(), text writable. */
void static_call_init(void);
/* Sites and trampolines as the compiler left them; static_call_init() patches them again. */
void static_call_restore(void);

/*
 * What a place holds that calls func: pure. Returns its length, 5 or 8, or 0 when func is too far.
 */
#define STATIC_CALL_MAX 8
unsigned int static_call_plan(u8 *bytes, enum static_call_kind kind, u64 site, u64 func,
			      u64 nop_func, u64 ret0_func);

#endif
