/* SPDX-License-Identifier: MIT */
/* Threads: they begin and end, sleep and are woken. */
#include <kstack.h>
#include <page_alloc.h>
#include <asm/page.h>
#include "sched_test.h"

#define MANY 16
/* A wake-up of another CPU takes ms on Xen. */
#define PINGS (cmdline.rounds ? cmdline.rounds : 40)

static u64 state;

/* ---- beginning and end ----------------------------------------------------------------------- */

SELFTEST(sched, threads_run_on_each_cpu)
{
	struct task_struct *thread;
	u32 cpu;
	int got;

	for_each_cpu(cpu, cpu_online_mask)
	{
		thread = run_thread(where, "where", "where", cpu);
		got = kthread_join(thread);
		CHECK(t, got == (int)cpu, "the thread for CPU %u ran on %d", cpu, got);
	}
	CHECK(t, arch_irqs_disabled_flags(arch_local_save_flags()), "waiting turned interrupts on");
}

static int use_stack(void *data)
{
	volatile u8 bytes[KSTACK_PAGES * PAGE_SIZE - 2048];
	size_t i;

	for (i = 0; i < sizeof(bytes); i += 512)
		bytes[i] = (u64)data;
	if (random(&state) & 1)
		msleep(1);
	for (i = 0; i < sizeof(bytes); i += 512)
		if (bytes[i] != (u8)(u64)data)
			return -1;
	return (u64)data;
}

static void run_many(struct test *t)
{
	struct task_struct *threads[MANY];
	u64 i;
	int got;

	for (i = 0; i < MANY; i++)
		threads[i] = run_thread(use_stack, (void *)i, "many", -1);
	for (i = 0; i < MANY; i++) {
		got = kthread_join(threads[i]);
		CHECK(t, got == (int)i, "thread %lu gave %d", i, got);
	}
}

/* Each has a stack of its own, and gives it back: the second time there is one for everybody. */
SELFTEST(sched, many_at_once_and_nothing_is_lost)
{
	state = seed(0);
	run_twice(t, run_many);
}

/* ---- sleeping and waking --------------------------------------------------------------------- */

/* Several on each of two CPUs, so that their timers lie among one another. */
SELFTEST(sched, sleep_is_never_early)
{
	struct task_struct *threads[6];
	u64 i;
	int early;

	for (i = 0; i < 6; i++)
		threads[i] = run_thread(sleep_often, (void *)i, "sleep", i & 1 ? other_cpu() : 0);
	for (i = 0; i < 6; i++) {
		early = kthread_join(threads[i]);
		CHECK(t, !early, "of 21 sleeps %d were early", early);
	}
}

static int sleep_long(void *data)
{
	bool late;

	complete(data);
	set_current_state(TASK_UNINTERRUPTIBLE);
	late = schedule_timeout(PATIENCE);
	return late;
}

static int wait_in_vain(void *data)
{
	u64 start = sched_clock();

	return wait_for_completion_timeout(data, 2 * NSEC_PER_MSEC) ||
	       sched_clock() - start < 2 * NSEC_PER_MSEC;
}

SELFTEST(sched, timeouts_and_wakers)
{
	struct completion asleep, never;
	struct task_struct *thread;

	init_completion(&asleep);
	init_completion(&never);
	thread = run_thread(sleep_long, &asleep, "sleep", other_cpu());
	wait_for_completion(&asleep);
	while (READ_ONCE(thread->on_rq))
		msleep(1);
	CHECK(t, wake_up_process(thread), "it slept, but wake_up_process says not");
	CHECK(t, !kthread_join(thread), "a thread that was woken slept to the end");
	thread = run_thread(wait_in_vain, &never, "wait", other_cpu());
	CHECK(t, !kthread_join(thread), "waiting for what nobody completes ended");
	complete(&never);
	CHECK(t, wait_for_completion_timeout(&never, 0), "a completion was taken by who gave up");
	CHECK(t, !wait_for_completion_timeout(&never, 0), "a completion was there twice");
}

struct slow_timer {
	struct hrtimer timer;
	u64 step;
};

static void take_long(struct hrtimer *timer)
{
	struct slow_timer *slow = (struct slow_timer *)timer;
	u64 start = sched_clock();

	WRITE_ONCE(slow->step, 1);
	while (sched_clock() - start < 5 * NSEC_PER_MSEC)
		;
	WRITE_ONCE(slow->step, 2);
}

static int start_timer(void *data)
{
	hrtimer_start(data, 0);
	return 0;
}

SELFTEST(sched, who_cancels_a_timer_waits_for_it)
{
	struct slow_timer slow = { { .function = take_long }, 0 };
	u64 start = sched_clock();
	struct task_struct *thread;

	if (!other_cpu())
		return test_skip(t, "one CPU");
	thread = run_thread(start_timer, &slow, "timer", other_cpu());
	while (READ_ONCE(slow.step) < 1 && sched_clock() - start < PATIENCE)
		;
	CHECK(t, !hrtimer_cancel(&slow.timer) && slow.step == 2, "its function is at step %lu",
	      slow.step);
	kthread_join(thread);
}

struct ball {
	struct completion mine, *his;
	/* the other way: by hand */
	struct task_struct *he;
	u64 *turn, me;
};

static int ping(void *data)
{
	struct ball *b = data;
	u64 i;

	for (i = 0; i < PINGS; i++) {
		if (!wait_for_completion_timeout(&b->mine, PATIENCE))
			break;
		complete(b->his);
	}
	return i;
}

/* set_current_state(), then a look, then schedule(): whoever changes what we look at wakes us. */
static int ping_by_hand(void *data)
{
	struct ball *b = data;
	u64 i;

	wait_for_completion(&b->mine); /* until both know each other */
	for (i = 0; i < PINGS; i++) {
		for (;;) {
			set_current_state(TASK_UNINTERRUPTIBLE);
			if (READ_ONCE(*b->turn) == b->me)
				break;
			if (schedule_timeout(PATIENCE))
				return i;
		}
		WRITE_ONCE(current->state, TASK_RUNNING);
		WRITE_ONCE(*b->turn, !b->me);
		wake_up_process(b->he);
	}
	return i;
}

static void play(struct test *t, int (*fn)(void *), u32 a, u32 b)
{
	u64 turn = 0;
	struct ball one = { .turn = &turn, .me = 0 }, two = { .turn = &turn, .me = 1 };
	u64 got_one, got_two;

	init_completion(&one.mine);
	init_completion(&two.mine);
	one.his = &two.mine;
	two.his = &one.mine;
	two.he = run_thread(fn, &one, "ping", a);
	one.he = run_thread(fn, &two, "pong", b);
	complete(&one.mine);
	if (fn == ping_by_hand)
		complete(&two.mine);
	got_two = kthread_join(one.he);
	got_one = kthread_join(two.he);
	CHECK(t, got_one == PINGS && got_two == PINGS,
	      "between CPUs %u and %u a wake-up was lost after %lu and %lu", a, b, got_one,
	      got_two);
	CHECK(t, one.mine.done + two.mine.done == (fn == ping),
	      "%u and %u are left, once handed out", one.mine.done, two.mine.done);
}

SELFTEST(sched, wake_ups_are_not_lost)
{
	u32 cpu = 0, next, pairs = 0;

	for_each_cpu(next, cpu_online_mask)
	{
		if (pairs++ == 3)
			break;
		play(t, ping, cpu, next);
		cpu = next;
	}
	play(t, ping, cpu, 0);
}

/* The one that goes to sleep is also the one whose neighbour has just woken it. */
SELFTEST(sched, wake_ups_by_hand)
{
	play(t, ping_by_hand, 0, 0);
	play(t, ping_by_hand, 0, other_cpu());
	play(t, ping_by_hand, other_cpu(), other_cpu());
}
