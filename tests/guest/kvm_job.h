/* SPDX-License-Identifier: MIT */
/*
 * Something to do for CPU 1 while the boot CPU looks at it. Two virtual CPUs compete for one real
 * CPU: while one runs the other is "preempted" if it has something to do.
 */
#ifndef TESTS_KVM_JOB_H
#define TESTS_KVM_JOB_H

#include "kvm_test.h"
#include <asm/apic.h>
#include <asm/bitops.h>
#include <asm/traps.h>

static void (*job)(void);
static bool due, done, told;

/* With interrupts on, as a program would be interrupted. Once, also if its interrupt is repeated.
 */
static inline void on_job(struct pt_regs *regs)
{
	(void)regs;
	apic_eoi();
	if (!xchg(&due, false))
		return;
	arch_local_irq_enable();
	job();
	arch_local_irq_disable();
	WRITE_ONCE(done, true);
}

static inline void start(void (*fn)(void))
{
	job = fn;
	told = done = false;
	due = true;
	set_irq_handler(TEST_VECTOR, on_job);
	send_IPI(1, TEST_VECTOR);
}

static inline bool until(const bool *what)
{
	u64 begin = sched_clock();

	while (!READ_ONCE(*what) && sched_clock() - begin < 5 * PATIENCE)
		;
	return READ_ONCE(*what);
}

static inline void end(struct test *t)
{
	WRITE_ONCE(told, true);
	CHECK(t, until(&done), "CPU 1 does not end what it was told to");
}

static inline void spin_until_told(void)
{
	until(&told);
}

/* Both on one real CPU of the host. */
static inline bool compete(struct test *t)
{
	if (cpus(t, 2) && witness(t) && witness_pin(0))
		test_skip(t, "the VMM may not run on host CPU 0");
	return !t->skipped;
}

static inline bool until_preempted(struct test *t)
{
	u64 begin = sched_clock();

	while (!kvm_preempted(1) && sched_clock() - begin < PATIENCE)
		;
	CHECK(t, kvm_preempted(1), "CPU 1 always runs, says KVM, although it can't");
	return kvm_preempted(1);
}

#endif
