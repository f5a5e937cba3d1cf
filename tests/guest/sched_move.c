/* SPDX-License-Identifier: MIT */
/* Threads that go from CPU to CPU: sent, pulled, and driven out where a CPU goes down. */
#include "sched_test.h"

static u64 state;

/* It runs, and where it may: what it says while we reset is not counted. */
static bool runs_on(struct spin *s, u64 mask)
{
	u64 start = sched_clock();

	do {
		WRITE_ONCE(s->cpus, 0);
		WRITE_ONCE(s->loops, 0);
		if (!wait_for(&s->loops, 2))
			return false;
		if (!(READ_ONCE(s->cpus) & ~mask))
			return true;
	} while (sched_clock() - start < PATIENCE);
	return false;
}

static int wander(void *data)
{
	u64 i, want;

	(void)data;
	for (i = 0; i < 100; i++) {
		do
			want = BIT(random(&state) % nr_cpu_ids) & cpu_online_mask;
		while (!want);
		set_cpus_allowed(current, want);
		if (BIT(smp_processor_id()) != want)
			return -1;
	}
	return current->nr_migrations > 10;
}

SELFTEST(sched, goes_where_it_is_allowed)
{
	struct task_struct *thread;
	int got;

	state = seed(1);
	thread = run_thread(wander, NULL, "wander", -1);
	got = kthread_join(thread);
	CHECK(t, got == (num_online_cpus() > 1 ? 1 : 0), "result %d", got);
}

/* Somebody else moves it: while it runs, while it waits for its turn, while it sleeps. */
SELFTEST(sched, is_moved_by_others)
{
	struct spin one = { 0 }, two = { 0 };
	u32 cpu = other_cpu();
	struct task_struct *a, *b;
	u64 i;

	if (!cpu)
		return test_skip(t, "one CPU");
	a = run_thread(spinner, &one, "one", cpu);
	b = run_thread(spinner, &two, "two", cpu);
	for (i = 0; i < 20 && !t->failed; i++) {
		struct task_struct *moved = i & 1 ? a : b;
		struct spin *s = i & 1 ? &one : &two;
		u32 to = i & 2 ? cpu : 0;

		set_cpus_allowed(moved, BIT(to));
		CHECK(t, runs_on(s, BIT(to)), "it had %lu turns on CPUs %lx, allowed is CPU %u",
		      s->loops, s->cpus, to);
		msleep(i % 3);
	}
	one.stop = two.stop = true;
	CHECK(t, !kthread_join(a) && !kthread_join(b), "they were not stopped");
}

static int hold_on(void *data)
{
	struct spin *s = data;
	u64 start = sched_clock();

	preempt_disable();
	WRITE_ONCE(s->loops, 1);
	while (!READ_ONCE(s->stop) && sched_clock() - start < PATIENCE)
		;
	preempt_enable();
	return !s->stop;
}

/* It waits behind one that does not let go, and may not wait there any more; no CPU is idle. */
SELFTEST(sched, is_moved_while_it_waits)
{
	struct spin one = { 0 }, two = { 0 };
	u32 cpu = other_cpu();
	struct task_struct *a, *b, *c;
	int got;

	if (!cpu)
		return test_skip(t, "one CPU");
	a = run_thread(hold_on, &one, "hold", cpu);
	CHECK(t, wait_for(&one.loops, 1), "it does not begin");
	b = run_thread(spinner, &two, "spin", 0);
	c = run_thread(where, "waits", "waits", cpu);
	set_cpus_allowed(c, 1);
	got = kthread_join(c);
	CHECK(t, !got && a->state != TASK_DEAD, "it ran on CPU %d, after who did not let go", got);
	one.stop = two.stop = true;
	CHECK(t, !kthread_join(a) && !kthread_join(b), "they were not stopped");
}

static bool one_of_them_comes(struct spin *one, struct spin *two)
{
	u64 start = sched_clock();

	do {
		msleep(1);
		if ((READ_ONCE(one->cpus) | READ_ONCE(two->cpus)) & 1)
			return true;
	} while (sched_clock() - start < PATIENCE);
	return false;
}

/* Two on one CPU, and allowed to be here too: when we sleep, one comes. */
SELFTEST(sched, idle_pulls)
{
	struct spin one = { 0 }, two = { 0 };
	u32 cpu = other_cpu();
	struct task_struct *a, *b;
	u64 before = per_cpu(sched_stat.nr_pulled, 0);

	if (!cpu)
		return test_skip(t, "one CPU");
	a = run_thread(spinner, &one, "one", cpu);
	b = run_thread(spinner, &two, "two", cpu);
	a->cpus_allowed |= 1;
	b->cpus_allowed |= 1;
	CHECK(t, one_of_them_comes(&one, &two), "two threads run on CPUs %lx and %lx", one.cpus,
	      two.cpus);
	CHECK(t, per_cpu(sched_stat.nr_pulled, 0) > before, "the idle CPU pulled nothing");
	one.stop = two.stop = true;
	CHECK(t, !kthread_join(a) && !kthread_join(b), "they were not stopped");
}

struct nap {
	u64 naps; /* begun */
	bool down;
	u32 woke; /* on which CPU */
};

/* However long the CPU takes to go down: again, until it is. */
static int sleep_there(void *data)
{
	struct nap *nap = data;
	bool was_short = false;
	u64 start;

	do {
		WRITE_ONCE(nap->naps, nap->naps + 1);
		start = sched_clock();
		msleep(30);
		was_short |= sched_clock() - start < 30 * NSEC_PER_MSEC;
		nap->woke = smp_processor_id();
	} while (!READ_ONCE(nap->down));
	return was_short;
}

/* With one that runs, one that waits for its turn and one that sleeps, all of that CPU alone. */
SELFTEST(sched, a_cpu_goes_down)
{
	struct task_struct *a, *b, *c;
	u32 cpu = other_cpu(), round;

	if (!cpu)
		return test_skip(t, "one CPU");
	for (round = 0; round < 5; round++) {
		struct spin one = { 0 }, two = { 0 };
		struct nap nap = { 0 };

		a = run_thread(spinner, &one, "one", cpu);
		b = run_thread(spinner, &two, "two", cpu);
		c = run_thread(sleep_there, &nap, "sleep", cpu);
		CHECK(t, wait_for(&nap.naps, 1), "the third thread does not get a turn");
		msleep(round * 2);
		CHECK(t, !cpu_down(cpu), "CPU %u does not go down", cpu);
		WRITE_ONCE(nap.down, true);
		CHECK(t, runs_on(&one, ~BIT(cpu)) && runs_on(&two, ~BIT(cpu)),
		      "they had %lu and %lu turns on CPUs %lx and %lx, and CPU %u is down",
		      one.loops, two.loops, one.cpus, two.cpus, cpu);
		CHECK(t, !kthread_join(c) && nap.woke != cpu, "it slept short, or woke on CPU %u",
		      nap.woke);
		CHECK(t, !cpu_up(cpu), "CPU %u does not come up", cpu);
		set_cpus_allowed(a, BIT(cpu));
		WRITE_ONCE(one.stop, true);
		WRITE_ONCE(two.stop, true);
		CHECK(t, !kthread_join(a) && !kthread_join(b), "they were not stopped");
		CHECK(t, kthread_join(run_thread(where, "where", "where", cpu)) == (int)cpu,
		      "CPU %u takes no thread", cpu);
	}
}
