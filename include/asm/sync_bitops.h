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

/* The value before: it became `new` if that is `old`. */
#define sync_cmpxchg(ptr, old, new)                           \
	({                                                    \
		__typeof__(*(ptr)) seen__ = (old);            \
		asm volatile("lock; cmpxchg %2, %1"           \
			     : "+a"(seen__), "+m"(*(ptr))     \
			     : "q"((__typeof__(*(ptr)))(new)) \
			     : "memory", "cc");               \
		seen__;                                       \
	})

/* The bit before. */
static inline bool sync_test_and_set_bit(unsigned int nr, u64 *p)
{
	bool old;

	asm volatile("lock; btsq %2, %1" : "=@ccc"(old), "+m"(*p) : "Ir"((u64)nr) : "memory");
	return old;
}

static inline bool sync_test_and_clear_bit(unsigned int nr, u64 *p)
{
	bool old;

	asm volatile("lock; btrq %2, %1" : "=@ccc"(old), "+m"(*p) : "Ir"((u64)nr) : "memory");
	return old;
}

#endif
