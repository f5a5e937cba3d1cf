/* SPDX-License-Identifier: MIT */
/* Threads, and programs, that do not give up their CPU: preemption, and whose turn it is. */
#include <page_alloc.h>
#include <user.h>
#include "sched_test.h"

extern const u8 user_prog[], user_prog_end[];

static u64 state;

/* ---- preemption ------------------------------------------------------------------------------ */

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

/* Alone on its CPU, nobody needs to end its slice; in a long queue, nobody needs to tell it. */
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
			u64 r = random(&state);

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
	state = seed(2);
	run_twice(t, run_programs);
}
