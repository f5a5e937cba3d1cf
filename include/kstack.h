/* SPDX-License-Identifier: MIT */
/* Stacks over guard pages, in a place of their own in every address space: mm/kstack.c. */
#ifndef KSTACK_H
#define KSTACK_H

#include <types.h>

#define KSTACK_PAGES 4 /* of a thread's */

/* The top of a new stack of so many pages; 0 without memory. After mm_init(). */
u64 kstack_alloc(u32 pages);
/* A thread's, by its top, for the next thread. Not the one that we are on. */
void kstack_free(u64 top);
/* Does [addr, addr + len) lie where stacks are? A guard page counts too. */
bool kstack_contains(u64 addr, u64 len);

#endif
