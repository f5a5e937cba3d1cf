/* SPDX-License-Identifier: MIT */
/*
 * For the tests of threads. A test itself is thread "main" on the boot CPU with interrupts off, so
 * that CPU is others' only while it waits. No more than two CPUs are busy at once: where they are
 * emulated, more are no faster. PATIENCE is for a kernel that hangs.
 */
#ifndef TESTS_SCHED_TEST_H
#define TESTS_SCHED_TEST_H

#include <cmdline.h>
#include <page_alloc.h>
#include <printk.h>
#include <sched.h>
#include <selftest.h>
#include <smp.h>
#include <string.h>
#include <time.h>
#include <asm/bitops.h>
#include <asm/paravirt.h>

#define PATIENCE (10 * NSEC_PER_SEC)

/* xorshift64*: Marsaglia 2003, Vigna 2016. */
static inline u64 random(u64 *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1d;
}

static inline u64 seed(u64 nr)
{
	return (cmdline.seed * 6364136223846793005 + nr) | 1;
}

/* The second run finds all the memory that the first one has left. */
static inline void run_twice(struct test *t, void (*run)(struct test *t))
{
	u64 free;

	run(t);
	free = nr_free_pages();
	run(t);
	CHECK(t, nr_free_pages() == free, "%lu pages were free, now %lu", free, nr_free_pages());
}

/* stress.c: all at once, rounds=N steps of each thread. */
void stress(struct test *t);

/* A second CPU, or the only one. */
static inline u32 other_cpu(void)
{
	return num_online_cpus() > 1 ? 63 - __builtin_clzl(cpu_online_mask) : 0;
}

static inline struct task_struct *run_thread(int (*fn)(void *), void *data, const char *name,
					     int cpu)
{
	struct task_struct *thread = kthread_run(fn, data, name, cpu);

	if (!thread)
		panic("no memory for thread %s", name);
	return thread;
}

/* The CPU it runs on; -1 when it did not begin as a thread should. */
static inline int where(void *data)
{
	bool on = !arch_irqs_disabled_flags(arch_local_save_flags());

	return on && !this_cpu_read(preempt_count) && !strcmp(current->name, data)
		       ? (int)smp_processor_id()
		       : -1;
}

/* How many of its 21 sleeps were short. */
static inline int sleep_often(void *data)
{
	int early = 0;
	u64 i, ns, start;

	for (i = 0; i < 20; i++) {
		ns = ((u64)data * 7 + i * 5) % 16 * 100 * NSEC_PER_USEC;
		start = sched_clock();
		set_current_state(TASK_UNINTERRUPTIBLE);
		if (!schedule_timeout(ns) || sched_clock() - start < ns)
			early++;
	}
	start = sched_clock();
	msleep(2);
	return early + (sched_clock() - start < 2 * NSEC_PER_MSEC);
}

struct spin {
	bool stop, quiet, yields;
	u64 cpus; /* where it was seen */
	u64 loops;
};

/* Never yields, unless told so. 0 when it was stopped. */
static inline int spinner(void *data)
{
	struct spin *s = data;
	u64 start = sched_clock();

	while (!READ_ONCE(s->stop)) {
		if (sched_clock() - start > PATIENCE)
			return 1;
		if (s->yields)
			schedule();
		if (s->quiet) /* without the preemption that preempt_enable() would be */
			continue;
		preempt_disable();
		WRITE_ONCE(s->cpus, s->cpus | BIT(smp_processor_id()));
		preempt_enable();
		WRITE_ONCE(s->loops, s->loops + 1);
	}
	return 0;
}

static inline bool wait_for(const u64 *value, u64 least)
{
	u64 start = sched_clock();

	while (READ_ONCE(*value) < least) {
		if (sched_clock() - start > PATIENCE)
			return false;
		msleep(1);
	}
	return true;
}

#endif
