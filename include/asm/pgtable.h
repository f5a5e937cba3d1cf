/* SPDX-License-Identifier: MIT */
/* The kernel's own mappings: who may write what, who may execute what. */
#ifndef ASM_PGTABLE_H
#define ASM_PGTABLE_H

#include <types.h>
#include <asm/page.h>

/*
 * Make the boot page tables the kernel's: the image by 4 KiB pages with the rights of its
 * segments, a guard page under the boot stack, the direct map never executable, nothing at 0.
 * Boot CPU, on the boot page tables. Text can't be written from here on but by
 * text_open()/text_seal().
 */
void pgtable_init(void);

/* The rights that an image page should have; 0 for the guard page. Frame bits are not in it. */
u64 image_page_prot(u64 va);

/* The lowest-level entry that maps va in the loaded page tables; NULL if there is no 4 KiB one. */
u64 *lookup_address(u64 va);

/* Change the rights of [start, end), whole pages of the image: clear bits, set bits, flush. */
void set_memory(u64 start, u64 end, u64 clear, u64 set);

/*
 * mm/seal.c: text, pv_ops, the static calls' keys and all else that the boot alone writes: writable
 * for the patcher, and read-only again. Boot CPU, interrupts off.
 */
void text_open(void);
void text_seal(void);

#endif
