/* SPDX-License-Identifier: MIT */
/* One timer that several CPUs start and cancel: where it runs, and that it does not any more. */
#include <sched.h>
#include <selftest.h>
#include <smp.h>
#include <time.h>
#include <asm/bitops.h>
#include <asm/paravirt.h>

#define PATIENCE NSEC_PER_SEC
#define FAR	 (100 * NSEC_PER_SEC)

static struct {
	struct hrtimer timer;
	u64 ready, nr_runs;
	bool inside, go;
} shared;

/* Until it is let go, or long enough: who cancels it must not come back meanwhile. */
static void stay_inside(struct hrtimer *timer)
{
	u64 start = sched_clock();

	(void)timer;
	WRITE_ONCE(shared.inside, true);
	while (!READ_ONCE(shared.go) && sched_clock() - start < PATIENCE)
		cpu_relax();
	for (start = sched_clock(); sched_clock() - start < NSEC_PER_MSEC;)
		cpu_relax();
	WRITE_ONCE(shared.inside, false);
}

static int start_it(void *data)
{
	hrtimer_start(&shared.timer, (u64)data);
	return 0;
}

/* CPU 0 starts it again while its function runs on CPU 1, and cancels it. */
SELFTEST(time, cancel_of_a_timer_that_moves)
{
	u64 start = sched_clock();
	struct task_struct *other;
	bool was, inside;

	if (num_online_cpus() == 1)
		return test_skip(t, "one CPU");
	shared.timer = (struct hrtimer){ .function = stay_inside };
	shared.inside = shared.go = false;
	other = kthread_run(start_it, NULL, "starter", 1);
	while (!READ_ONCE(shared.inside) && sched_clock() - start < PATIENCE)
		cpu_relax();
	CHECK(t, shared.inside, "it did not go off");
	hrtimer_start(&shared.timer, FAR);
	WRITE_ONCE(shared.go, true);
	was = hrtimer_cancel(&shared.timer);
	inside = READ_ONCE(shared.inside);
	CHECK(t, was && !inside, "cancelled: it was active %d, its function runs %d", was, inside);
	kthread_join(other);
}

static void count(struct hrtimer *timer)
{
	(void)timer;
	shared.nr_runs++;
}

/* Starts that cross, and a cancel between them; now and then it may go off. */
static int start_and_cancel(void *data)
{
	u64 cpu = smp_processor_id(), n;

	set_bit(cpu, &shared.ready);
	while (READ_ONCE(shared.ready) != (u64)data)
		cpu_relax();
	for (n = 0; n < 100000; n++) {
		hrtimer_start(&shared.timer, n % 16 ? FAR : 0);
		if (n % 3 == cpu % 3)
			hrtimer_cancel(&shared.timer);
	}
	return 0;
}

SELFTEST(time, starts_that_cross)
{
	struct task_struct *threads[NR_CPUS];
	u64 mask = cpu_online_mask & 0xf, runs, start;
	u32 cpu;

	if (num_online_cpus() == 1)
		return test_skip(t, "one CPU");
	shared.timer = (struct hrtimer){ .function = count };
	shared.ready = 0;
	for_each_cpu(cpu, mask) threads[cpu] =
		kthread_run(start_and_cancel, (void *)mask, "starter", cpu);
	for_each_cpu(cpu, mask) kthread_join(threads[cpu]);
	hrtimer_start(&shared.timer, FAR);
	CHECK(t, hrtimer_cancel(&shared.timer), "it was started, but is not active");
	runs = shared.nr_runs;
	msleep(2);
	CHECK(t, shared.nr_runs == runs, "it went off %lu times after it was cancelled",
	      shared.nr_runs - runs);
	hrtimer_start(&shared.timer, 0);
	for (start = sched_clock(); shared.nr_runs == runs && sched_clock() - start < PATIENCE;)
		msleep(1);
	CHECK(t, shared.nr_runs == runs + 1, "started once more, it went off %lu times",
	      shared.nr_runs - runs);
	/* A list that it is still in would be found by what comes next. */
	shared.timer = (struct hrtimer){ 0 };
	msleep(2);
}
