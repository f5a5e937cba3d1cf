/* SPDX-License-Identifier: MIT */
/* Bits and words that our own CPUs share. Their LOCK prefixes go while one CPU runs. */
#ifndef ASM_BITOPS_H
#define ASM_BITOPS_H

#include <types.h>
#include <asm/alternative.h>

static inline void set_bit(u32 nr, u64 *p)
{
	asm volatile(LOCK_PREFIX "btsq %1, %0" : "+m"(*p) : "Jr"((u64)nr) : "memory", "cc");
}

static inline void clear_bit(u32 nr, u64 *p)
{
	asm volatile(LOCK_PREFIX "btrq %1, %0" : "+m"(*p) : "Jr"((u64)nr) : "memory", "cc");
}

/* What we stored is seen by all before what we load from here on. */
static inline void smp_mb(void)
{
	asm volatile(LOCK_PREFIX "addl $0, -4(%%rsp)" : : : "memory", "cc");
}

/* The value before. xchg with memory is locked without a prefix. Of 1, 2, 4 or 8 bytes. */
#define xchg(ptr, value)                                                              \
	({                                                                            \
		__typeof__(*(ptr)) new__ = (value);                                   \
		asm volatile("xchg %0, %1" : "+r"(new__), "+m"(*(ptr)) : : "memory"); \
		new__;                                                                \
	})

/* The value before: it became `new` if that is `old`. */
#define cmpxchg(ptr, old, new)                                \
	({                                                    \
		__typeof__(*(ptr)) seen__ = (old);            \
		asm volatile(LOCK_PREFIX "cmpxchg %2, %1"     \
			     : "+a"(seen__), "+m"(*(ptr))     \
			     : "r"((__typeof__(*(ptr)))(new)) \
			     : "memory", "cc");               \
		seen__;                                       \
	})

#endif
