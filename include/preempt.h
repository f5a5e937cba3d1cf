/* SPDX-License-Identifier: MIT */
/*
 * May this CPU take another thread? Not while preempt_count is above 0: in an interrupt, under a
 * spinlock, between preempt_disable() and preempt_enable(). They nest, and keep the thread on its
 * CPU. need_resched says that another thread waits for its turn: whoever lets go looks.
 */
#ifndef PREEMPT_H
#define PREEMPT_H

#include <asm/percpu.h>

DECLARE_PER_CPU(u32, preempt_count);
DECLARE_PER_CPU(u32, need_resched);

/* kernel/sched.c: to another thread now, if interrupts are on and nothing else holds this one. */
void preempt_schedule(void);

static inline void preempt_disable(void)
{
	this_cpu_inc(preempt_count);
	barrier();
}

/* Where interrupts are off, or their handler's end is near: nobody looks here. */
static inline void preempt_enable_no_resched(void)
{
	barrier();
	this_cpu_add(preempt_count, -1);
}

static inline void preempt_check_resched(void)
{
	if (unlikely(this_cpu_read(need_resched)))
		preempt_schedule();
}

static inline void preempt_enable(void)
{
	preempt_enable_no_resched();
	preempt_check_resched();
}

#endif
