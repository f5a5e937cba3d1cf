/* SPDX-License-Identifier: MIT */
/*
 * Spinlocks on two CPUs at a time, the boot CPU and another: counts, and slow paths that are forced
 * by an owner who waits until it sees in the word that the other one waits.
 */
#include <selftest.h>
#include <smp.h>
#include <spinlock.h>
#include <time.h>
#include <asm/cpufeature.h>
#include "../../arch/x86/pv/xen/hypercall.h"

#define ROUNDS	 1000
#define PATIENCE (5 * NSEC_PER_SEC)
#define HELD	 (5 * NSEC_PER_MSEC)

/* What pv_ops may choose, all of them on every platform: without a pv_wait() a waiter spins on. */
static const struct path {
	const char *name;
	void (*slowpath)(struct qspinlock *lock, u32 val);
	bool pv; /* who waits may have to be kicked */
} paths[] = {
	{ "native", native_queued_spin_lock_slowpath, false },
	{ "test and set", virt_spin_lock, false },
	{ "paravirt", __pv_queued_spin_lock_slowpath, true },
};

static struct run {
	spinlock_t lock;
	const struct path *path;    /* NULL: the lock as everybody takes it */
	u64 turns[2];		    /* of the boot CPU and the other */
	u64 count;		    /* not atomic: the lock guards them */
	u32 other;		    /* the CPU that is not the boot CPU */
	u32 word;		    /* what the owner saw while the other waited */
	bool early, got;	    /* the other had the lock, before and after it was given back */
	u64 slept_from, still_from; /* system time, 0 = it does not sleep */
} run;

static void take(void)
{
	u32 val;

	if (!run.path)
		return spin_lock(&run.lock);
	val = cmpxchg(&run.lock.raw.val, 0, _Q_LOCKED_VAL);
	if (val)
		run.path->slowpath(&run.lock.raw, val);
}

static void give(void)
{
	if (!run.path)
		spin_unlock(&run.lock);
	else if (run.path->pv)
		__pv_queued_spin_unlock(&run.lock.raw);
	else
		native_queued_spin_unlock(&run.lock.raw);
}

static void both(u32 cpu, const struct path *path, void (*fn)(void *))
{
	run = (struct run){ .path = path, .other = cpu };
	spin_lock_init(&run.lock);
	smp_call_function_many(BIT(0) | BIT(cpu), fn, NULL);
}

/* Until both have had enough turns, so that neither is alone for most of them. */
static void count(void *arg)
{
	u64 *mine = &run.turns[!!smp_processor_id()], *others = &run.turns[!smp_processor_id()];
	u64 start = sched_clock(), count;

	(void)arg;
	while (*mine < ROUNDS || READ_ONCE(*others) < ROUNDS) {
		if (!(*mine % ROUNDS) && sched_clock() - start > PATIENCE)
			return;
		take();
		count = READ_ONCE(run.count);
		rep_nop(); /* so that who gets in between is seen */
		WRITE_ONCE(run.count, count + 1);
		WRITE_ONCE(*mine, *mine + 1);
		give();
	}
}

static void check_counts(struct test *t, u32 cpu, const struct path *path)
{
	u64 turns;

	both(cpu, path, count);
	turns = run.turns[0] + run.turns[1];
	CHECK(t, run.turns[0] >= ROUNDS && run.turns[1] >= ROUNDS,
	      "%s, CPU %u: %lu and %lu turns, expected %u", path ? path->name : "spin_lock", cpu,
	      run.turns[0], run.turns[1], ROUNDS);
	CHECK(t, run.count == turns && !run.lock.raw.val, "%s, CPU %u: %lu of %lu counts, word %x",
	      path ? path->name : "spin_lock", cpu, run.count, turns, run.lock.raw.val);
}

SELFTEST(lock, counts)
{
	const struct path *path;
	u32 cpu;

	if (num_online_cpus() < 2)
		return test_skip(t, "one CPU is up");
	for_each_cpu(cpu, cpu_online_mask & ~BIT(0)) check_counts(t, cpu, NULL);
	cpu = __builtin_ctzl(cpu_online_mask & ~BIT(0));
	for (path = paths; path < paths + ARRAY_SIZE(paths); path++)
		check_counts(t, cpu, path);
}

/* Since when Xen does not run the CPU because it waits for an event; 0 when that is not so. */
static noinline u64 xen_blocked_since(u32 cpu)
{
	struct vcpu_runstate_info info = { 0 };
	s64 error = hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_get_runstate_info, cpu, (u64)&info);

	return !error && info.state == RUNSTATE_blocked ? info.state_entry_time : 0;
}

/*
 * The boot CPU has the lock and sees the other one wait: how, `want` says. Then on Xen, if it is to
 * sleep, until Xen says that it is blocked, and that for a while.
 */
static u32 first, want, care;
static bool sleeps;

static void hold_and_look(void *arg)
{
	u64 start = sched_clock();

	(void)arg;
	if (smp_processor_id()) {
		take();
		WRITE_ONCE(run.got, true);
		give();
		return;
	}
	while ((run.word = READ_ONCE(run.lock.raw.val) & care) != want &&
	       sched_clock() - start < PATIENCE)
		cpu_relax();
	if (sleeps) {
		while (!(run.slept_from = xen_blocked_since(run.other)) &&
		       sched_clock() - start < PATIENCE)
			cpu_relax();
		start = sched_clock();
		while (sched_clock() - start < HELD)
			cpu_relax();
		run.still_from = xen_blocked_since(run.other);
	}
	run.early = READ_ONCE(run.got);
	if (first & _Q_PENDING_VAL) /* who queues waits for who is pending, too */
		WRITE_ONCE(run.lock.raw.pending, 0);
	give();
}

/* With the word that is there first, and the one that the waiter makes of it. */
static void force(struct test *t, const struct path *path, u32 word, u32 waits)
{
	run = (struct run){ .path = path };
	spin_lock_init(&run.lock);
	run.other = __builtin_ctzl(cpu_online_mask & ~BIT(0));
	run.lock.raw.val = first = word;
	want = waits + (waits & _Q_TAIL_MASK ? run.other << _Q_TAIL_CPU_OFFSET : 0);
	/* A paravirt waiter that spins sets pending again and again. */
	care = path == &paths[2] && !sleeps ? ~_Q_PENDING_VAL : ~0U;
	smp_call_function_many(BIT(0) | BIT(run.other), hold_and_look, NULL);
	CHECK(t, run.word == want, "%s: with one that waits the word is %x, expected %x",
	      path->name, run.word, want);
	CHECK(t, !run.early && run.got, "%s: the other had the lock %s", path->name,
	      run.early ? "too early" : "never");
	CHECK(t, !run.lock.raw.val, "%s: the word at the end is %x", path->name, run.lock.raw.val);
}

#define TAIL (1U << _Q_TAIL_CPU_OFFSET) /* + the CPU's number */

SELFTEST(lock, the_second_is_pending)
{
	if (num_online_cpus() < 2)
		return test_skip(t, "one CPU is up");
	sleeps = false;
	force(t, &paths[0], _Q_LOCKED_VAL, _Q_LOCKED_VAL | _Q_PENDING_VAL);
}

SELFTEST(lock, the_third_queues)
{
	if (num_online_cpus() < 2)
		return test_skip(t, "one CPU is up");
	sleeps = false;
	force(t, &paths[0], _Q_LOCKED_VAL | _Q_PENDING_VAL, TAIL | _Q_LOCKED_VAL | _Q_PENDING_VAL);
}

SELFTEST(lock, a_paravirt_waiter_sleeps)
{
	if (num_online_cpus() < 2)
		return test_skip(t, "one CPU is up");
	sleeps = boot_cpu_has(X86_FEATURE_XENPV) && boot_cpu_has(X86_FEATURE_PVUNLOCK);
	force(t, &paths[2], _Q_LOCKED_VAL, TAIL | _Q_SLOW_VAL);
	if (sleeps)
		CHECK(t, run.slept_from && run.still_from == run.slept_from,
		      "Xen says that CPU %u is blocked since %lu, and later since %lu", run.other,
		      run.slept_from, run.still_from);
}
