/* SPDX-License-Identifier: MIT */
/*
 * How often CPUs get a lock that all of them want, by the slow path that it has: for a fixed time,
 * since a queue of virtual CPUs that don't run may stand still.
 *
 *   bench: lock  path  CPUs  times in all  least, most of one CPU  (in 300 ms)
 */
#include <printk.h>
#include <selftest.h>
#include <smp.h>
#include <spinlock.h>
#include <time.h>

#define DURATION (300 * NSEC_PER_MSEC)
#define HELD	 50 /* steps, with the lock and without it */

static const struct path {
	const char *name;
	void (*slowpath)(struct qspinlock *lock, u32 val);
	bool pv; /* who waits may have to be kicked */
} paths[] = {
	{ "native queue", native_queued_spin_lock_slowpath, false },
	{ "test and set", virt_spin_lock, false },
	{ "paravirt", __pv_queued_spin_lock_slowpath, true },
};

static struct qspinlock lock __aligned(64);
static DEFINE_PER_CPU(u64, times);
static u64 deadline;

static void work(void)
{
	u32 i;

	for (i = 0; i < HELD; i++)
		barrier();
}

static void contend(void *arg)
{
	const struct path *path = arg;
	u64 n = 0;
	u32 val;

	while (sched_clock() < deadline) {
		val = cmpxchg(&lock.val, 0, _Q_LOCKED_VAL);
		if (val)
			path->slowpath(&lock, val);
		work();
		if (path->pv)
			__pv_queued_spin_unlock(&lock);
		else
			native_queued_spin_unlock(&lock);
		work();
		n++;
	}
	this_cpu_write(times, n);
}

static void bench(u64 mask, const struct path *path)
{
	u64 sum = 0, least = ~0UL, most = 0;
	u32 cpu, nr = 0;

	deadline = sched_clock() + DURATION;
	smp_call_function_many(mask, contend, (void *)path);
	for_each_cpu(cpu, mask)
	{
		u64 n = per_cpu(times, cpu);

		sum += n;
		least = min(least, n);
		most = max(most, n);
		nr++;
	}
	printk("bench: lock\t%s\t%u\t%lu\t%lu\t%lu\n", path->name, nr, sum, least, most);
}

SELFTEST_HIDDEN(bench, locks)
{
	u64 all = cpu_online_mask;
	const struct path *path;
	u32 nr;

	if (num_online_cpus() < 2)
		return test_skip(t, "one CPU");
	for (nr = 1; nr <= num_online_cpus(); nr *= 2)
		for (path = paths; path < paths + ARRAY_SIZE(paths); path++)
			bench(nr == 64 ? all : all & (BIT(nr) - 1), path);
}
