/* SPDX-License-Identifier: MIT */
/*
 * Threads. The test itself is thread "main" on the boot CPU with interrupts off, so that CPU is
 * others' only while it waits. No more than two CPUs are busy at once: where they are emulated,
 * more are no faster. PATIENCE is for a kernel that hangs.
 */
#include <cmdline.h>
#include <kstack.h>
#include <page_alloc.h>
#include <printk.h>
#include <sched.h>
#include <selftest.h>
#include <smp.h>
#include <string.h>
#include <time.h>
#include <user.h>
#include <asm/bitops.h>
#include <asm/paravirt.h>

#define PATIENCE (10 * NSEC_PER_SEC)
#define MANY	 16
#define PINGS                                                                              \
	(cmdline.rounds ? cmdline.rounds : 40) /* a wake-up of another CPU takes ms on Xen \
						*/

extern const u8 user_prog[], user_prog_end[];

static u64 state;

/* xorshift64*: Marsaglia 2003, Vigna 2016. */
static u64 random(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1d;
}

static void seed(u64 nr)
{
	state = (cmdline.seed * 6364136223846793005 + nr) | 1;
}

/* A second CPU, or the only one. */
static u32 other_cpu(void)
{
	return num_online_cpus() > 1 ? 63 - __builtin_clzl(cpu_online_mask) : 0;
}

static struct task_struct *run_thread(int (*fn)(void *), void *data, const char *name, int cpu)
{
	struct task_struct *thread = kthread_run(fn, data, name, cpu);

	if (!thread)
		panic("no memory for thread %s", name);
	return thread;
}

/* ---- beginning and end ----------------------------------------------------------------------- */

static int where(void *data)
{
	bool on = !arch_irqs_disabled_flags(arch_local_save_flags());

	return on && !this_cpu_read(preempt_count) && !strcmp(current->name, data)
		       ? (int)smp_processor_id()
		       : -1;
}

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
	if (random() & 1)
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
	u64 free;

	seed(0);
	run_many(t);
	free = nr_free_pages();
	run_many(t);
	CHECK(t, nr_free_pages() == free, "%lu pages were free, now %lu", free, nr_free_pages());
}

/* ---- sleeping and waking --------------------------------------------------------------------- */

static int sleep_often(void *data)
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

/* ---- preemption ------------------------------------------------------------------------------ */

struct spin {
	bool stop, quiet, yields;
	u64 cpus; /* where it was seen */
	u64 loops;
};

/* Never yields, unless told so. 0 when it was stopped. */
static int spinner(void *data)
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

static int stopper(void *data)
{
	WRITE_ONCE(((struct spin *)data)->stop, true);
	return 0;
}

SELFTEST(sched, who_never_yields_is_preempted)
{
	struct task_struct *a, *b;
	u32 cpu, i;

	for (i = 0; i < 2; i++) {
		struct spin s = { .quiet = true };

		cpu = i ? other_cpu() : 0;
		a = run_thread(spinner, &s, "spin", cpu);
		b = run_thread(stopper, &s, "stop", cpu);
		CHECK(t, !kthread_join(a), "CPU %u: a thread waited until the other one gave up",
		      cpu);
		kthread_join(b);
	}
}

/* Preempted on its way to sleep: that is not sleep, and nobody would wake it. */
static int nearly_sleep(void *data)
{
	struct spin *s = data;
	u64 start = sched_clock();

	set_current_state(TASK_UNINTERRUPTIBLE);
	while (!READ_ONCE(s->stop) && sched_clock() - start < PATIENCE)
		;
	set_current_state(TASK_RUNNING);
	WRITE_ONCE(s->loops, 1);
	return !s->stop;
}

static bool wait_for(const u64 *value, u64 least)
{
	u64 start = sched_clock();

	while (READ_ONCE(*value) < least) {
		if (sched_clock() - start > PATIENCE)
			return false;
		msleep(1);
	}
	return true;
}

SELFTEST(sched, preempted_on_its_way_to_sleep)
{
	struct spin s = { 0 };
	struct task_struct *a = run_thread(nearly_sleep, &s, "nearly", other_cpu()),
			   *b = run_thread(stopper, &s, "stop", other_cpu());

	if (!wait_for(&s.loops, 1)) {
		test_fail(t, "it sleeps for ever");
		wake_up_process(a);
	}
	CHECK(t, !kthread_join(a), "it was not preempted");
	kthread_join(b);
}

/* Who has interrupts off starts one here, and no more is heard of it; but interrupts go on. */
SELFTEST(sched, waits_for_interrupts)
{
	struct spin s = { 0 };
	struct task_struct *thread = run_thread(stopper, &s, "stop", 0);
	u64 start = sched_clock();

	CHECK(t, !READ_ONCE(s.stop), "it ran although interrupts are off");
	arch_local_irq_enable();
	while (!READ_ONCE(s.stop) && sched_clock() - start < PATIENCE)
		;
	arch_local_irq_disable();
	CHECK(t, s.stop, "it did not run when interrupts were on again");
	kthread_join(thread);
}

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

/* Round robin: neither gets ahead of the other one by more than a turn. */
SELFTEST(sched, two_take_turns)
{
	struct spin one = { 0 }, two = { 0 };
	u32 cpu = other_cpu();
	struct task_struct *a = run_thread(spinner, &one, "one", cpu),
			   *b = run_thread(spinner, &two, "two", cpu);
	u64 got_a, got_b;

	CHECK(t, wait_for(&a->nr_switches, 8), "a thread had %lu turns", a->nr_switches);
	one.stop = two.stop = true;
	got_a = a->nr_switches;
	got_b = b->nr_switches;
	CHECK(t, got_a - got_b + 2 <= 4, "one had %lu turns, the other one %lu", got_a, got_b);
	kthread_join(a);
	kthread_join(b);
}

static int hold_off(void *data)
{
	struct spin s = { 0 };
	u64 start = sched_clock();
	struct task_struct *thread;
	int ran;

	(void)data;
	preempt_disable();
	thread = run_thread(stopper, &s, "stop", smp_processor_id());
	while (sched_clock() - start < 3 * SCHED_SLICE_NS)
		;
	ran = READ_ONCE(s.stop);
	preempt_enable();
	if (!READ_ONCE(s.stop))
		ran |= 2;
	kthread_join(thread);
	return ran;
}

SELFTEST(sched, preempt_disable)
{
	int got = kthread_join(run_thread(hold_off, NULL, "hold", other_cpu()));

	CHECK(t, !(got & 1), "another thread ran where preemption was off");
	CHECK(t, !(got & 2), "preempt_enable went on although another thread waited");
}

/* Alone on its CPU, nobody needs to end its slice; in a long queue, nobody needs to tell the CPU.
 */
SELFTEST(sched, no_needless_interrupts)
{
	struct spin s = { 0 };
	u32 cpu = other_cpu(), i;
	struct task_struct *threads[6];
	u64 before;

	if (!cpu)
		return test_skip(t, "one CPU");
	msleep(1);
	threads[0] = run_thread(spinner, &s, "spin", cpu);
	before = per_cpu(sched_stat.nr_slices, cpu);
	msleep(10);
	CHECK(t, per_cpu(sched_stat.nr_slices, cpu) - before <= 1,
	      "a lonely thread was interrupted %lu times",
	      per_cpu(sched_stat.nr_slices, cpu) - before);
	threads[1] = run_thread(spinner, &s, "spin", cpu);
	CHECK(t, wait_for(&threads[1]->nr_switches, 1), "the second thread does not run");
	before = per_cpu(sched_stat.nr_ipis, 0);
	for (i = 2; i < 6; i++)
		threads[i] = run_thread(spinner, &s, "spin", cpu);
	CHECK(t, per_cpu(sched_stat.nr_ipis, 0) == before, "%lu IPIs to a CPU with a full queue",
	      per_cpu(sched_stat.nr_ipis, 0) - before);
	s.stop = true;
	for (i = 0; i < 6; i++)
		kthread_join(threads[i]);
}

/* ---- from CPU to CPU ------------------------------------------------------------------------- */

static int wander(void *data)
{
	u64 i, want;

	(void)data;
	for (i = 0; i < 100; i++) {
		do
			want = BIT(random() % nr_cpu_ids) & cpu_online_mask;
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

	seed(1);
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

/* ---- programs -------------------------------------------------------------------------------- */

struct job {
	u64 what, arg, ticks, status, preemptions, runtime;
	enum user_end end;
	bool done;
};

static int run_program(void *data)
{
	struct job *job = data;
	struct user *u = user_create(user_prog, user_prog_end - user_prog);

	if (!u)
		return 1;
	u->regs.di = job->what;
	u->regs.si = job->arg;
	u->ticks = job->ticks;
	u->quiet = true;
	user_run(u);
	job->end = u->end;
	job->status = u->status;
	job->preemptions = u->preemptions;
	job->runtime = current->sum_exec_runtime;
	user_destroy(u);
	WRITE_ONCE(job->done, true);
	return this_cpu_read(preempt_count) || arch_irqs_disabled_flags(arch_local_save_flags());
}

/* It spins in user mode; the other thread gets its turns, and the program's time is its own. */
SELFTEST(sched, a_program_that_spins)
{
	struct job job = { .what = PROG_SPIN, .ticks = 100 };
	struct task_struct *a, *b;
	u32 cpu = other_cpu();
	int early;

	a = run_thread(run_program, &job, "program", cpu);
	b = run_thread(sleep_often, NULL, "sleep", cpu);
	early = kthread_join(b);
	CHECK(t, !early && !job.done, "%d early; the program's end %d", early, job.done);
	CHECK(t, !kthread_join(a), "no memory for a program, or it left preemption off");
	CHECK(t, job.end == USER_KILLED && job.preemptions == 100, "end %d after %lu of 100 slices",
	      job.end, job.preemptions);
	CHECK(t, job.runtime >= 100 * SCHED_SLICE_NS, "100 slices are %lu ns", job.runtime);
}

/*
 * A program that always yields before its slice ends uses it up all the same. So does the other
 * thread: a turn of the program is under 1 us on a fast CPU, and its slices are thousands of them.
 */
SELFTEST(sched, a_program_that_yields)
{
	struct job job = { .what = PROG_SYSCALLS, .arg = -1UL, .ticks = 2 };
	struct spin s = { .yields = true };
	struct task_struct *a = run_thread(spinner, &s, "yield", other_cpu()),
			   *b = run_thread(run_program, &job, "program", other_cpu());

	CHECK(t, !kthread_join(b), "no memory for a program, or it left preemption off");
	CHECK(t, job.end == USER_KILLED, "its end is %d", job.end);
	WRITE_ONCE(s.stop, true);
	CHECK(t, !kthread_join(a), "only when it was alone its time was counted");
}

static const struct job jobs[] = {
	{ .what = PROG_REGISTERS, .arg = 3000 },
	{ .what = PROG_SEGMENTS, .arg = 2000 },
	{ .what = PROG_SEGMENTS, .arg = 2001 },
	{ .what = PROG_SYSCALLS, .arg = 2000, .status = 2000 },
	{ .what = PROG_SPIN, .ticks = 5, .end = USER_KILLED },
	{ .what = PROG_BAD_WRITE },
};

/* On two CPUs, and moved to and fro meanwhile. */
static void run_programs(struct test *t)
{
	struct job mine[ARRAY_SIZE(jobs)];
	struct task_struct *threads[ARRAY_SIZE(jobs)];
	u64 i, left, rounds = 0, moved = 0, both = 1 | BIT(other_cpu());

	for (i = 0; i < ARRAY_SIZE(jobs); i++) {
		mine[i] = jobs[i];
		threads[i] = run_thread(run_program, &mine[i], "program", i & 1 ? other_cpu() : 0);
	}
	do {
		left = 0;
		for (i = 0; i < ARRAY_SIZE(jobs); i++) {
			u64 r = random();

			if (READ_ONCE(mine[i].done))
				continue;
			left++;
			set_cpus_allowed(threads[i], r & 1 ? both : r & 2 ? 1 : BIT(other_cpu()));
		}
		msleep(1);
	} while (left && rounds++ < 10000);
	for (i = 0; i < ARRAY_SIZE(jobs); i++) {
		moved += threads[i]->nr_migrations;
		CHECK(t, !kthread_join(threads[i]), "program %lu can't run", i);
		CHECK(t, mine[i].end == jobs[i].end && mine[i].status == jobs[i].status,
		      "program %lu: end %d, status %lx", i, mine[i].end, mine[i].status);
	}
	CHECK(t, moved || both == 1, "no program changed its CPU");
}

SELFTEST(sched, programs_at_once)
{
	u64 free;

	seed(2);
	run_programs(t);
	free = nr_free_pages();
	run_programs(t);
	CHECK(t, nr_free_pages() == free, "%lu pages were free, now %lu", free, nr_free_pages());
}
