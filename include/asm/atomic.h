/* SPDX-License-Identifier: MIT */
/* Atomic counters among our own CPUs. Their LOCK prefixes go while one CPU runs. */
#ifndef ASM_ATOMIC_H
#define ASM_ATOMIC_H

#include <types.h>
#include <asm/alternative.h>

typedef struct {
	int counter;
} atomic_t;

static inline int atomic_read(const atomic_t *v)
{
	return READ_ONCE(v->counter);
}

static inline void atomic_inc(atomic_t *v)
{
	asm volatile(LOCK_PREFIX "incl %0" : "+m"(v->counter) : : "memory", "cc");
}

/* The value before. */
static inline int atomic_fetch_add(int i, atomic_t *v)
{
	asm volatile(LOCK_PREFIX "xaddl %0, %1" : "+r"(i), "+m"(v->counter) : : "memory", "cc");
	return i;
}

/* The value before: equal to `old` if it became `new`. */
static inline int atomic_cmpxchg(atomic_t *v, int old, int new)
{
	asm volatile(LOCK_PREFIX "cmpxchgl %2, %1"
		     : "+a"(old), "+m"(v->counter)
		     : "r"(new)
		     : "memory", "cc");
	return old;
}

#endif
