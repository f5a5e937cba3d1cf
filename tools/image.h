/* SPDX-License-Identifier: MIT */
/*
 * A linked image for host tools, by the addresses that it runs at. What is damaged or not there
 * ends the tool with a sentence and status 1.
 */
#ifndef TOOLS_IMAGE_H
#define TOOLS_IMAGE_H

#include <types.h>
#include <symbols.h>
#include <asm/page.h>

#define IMAGE_MAX (2 << 20) /* from KERNEL_BASE: linker.ld asserts it */
#define IMAGE_PAD \
	16 /* behind it: zeros, so that strings end, and who looks at a call sees all of it */

/* From KERNEL_BASE, as a loader would leave it. */
extern u8 image[IMAGE_MAX + IMAGE_PAD];
extern const char *image_path;
extern u64 image_text, image_etext;
extern const struct symbols_header *image_symbols;
extern const struct static_call_site *image_static_calls;

/* One at a time: the next takes the place of the one before. */
void image_load(const char *path);
/* [address, address + len) of the image. */
void *image_at(u64 address, u64 len);
void *image_aligned(u64 address, u64 len, u64 align);
#define image_struct(address, type) ((type *)image_aligned(address, sizeof(type), _Alignof(type)))
u64 image_word(u64 address);
/* The value of a symbol of the file. */
u64 image_symbol(const char *name);
/* Calls fn for each object of that size whose name begins so; how many there were. */
unsigned int image_each(const char *prefix, u64 size, void (*fn)(const char *name, u64 at));
/* What lies at an address, as name+0x8, if the file has a symbol with a size for it, or NULL. */
const char *image_object(u64 address);
bool image_in_text(u64 address, u64 len);

/* The kernel's own symbol table: what the i-th function is called and where it begins and ends. */
const char *image_function(u32 i, u64 *start, u64 *end);
/* As the kernel's %pS prints it, without the offset its %ps. Good until the next call. */
const char *image_name(u64 address, bool with_offset);
/* As its %pB: behind a call there may be another function already. */
const char *image_caller(u64 address);

#endif
