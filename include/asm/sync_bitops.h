/* SPDX-License-Identifier: MIT */
/*
 * Operations on words that a hypervisor, or another domain, changes too. They are locked even
 * where only one CPU of ours runs, so their LOCK prefix is never patched away.
 */
#ifndef ASM_SYNC_BITOPS_H
#define ASM_SYNC_BITOPS_H

#include <types.h>

/* xchg with memory is locked without a prefix: SDM vol. 3A, 8.1.2.2. */
static inline u64 sync_xchg(u64 *p, u64 value)
{
	asm volatile("xchgq %0, %1" : "+r"(value), "+m"(*p) : : "memory");
	return value;
}

#endif
