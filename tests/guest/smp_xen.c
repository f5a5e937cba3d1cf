/* SPDX-License-Identifier: MIT */
/*
 * Virtual CPUs as Xen sees them: vcpu_info where it was registered, channels that are one CPU's,
 * timers, run states. Xen's own answers are the witness.
 */
#include "../../arch/x86/pv/xen/hypercall.h"
#include "../../arch/x86/pv/xen/xen.h"
#include "mm_test.h"
#include <printk.h>
#include <smp.h>
#include <time.h>
#include <asm/apic.h>
#include <asm/bitops.h>
#include <asm/paravirt.h>
#include <xen/events.h>

/*
 * A limit, not an expectation: a busy host starves a virtual CPU for seconds. Less than a call of
 * another CPU waits (smp/ipi.c), so that the test fails and not the kernel.
 */
#define PATIENCE (10 * NSEC_PER_SEC)
#define LONG	 (10 * NSEC_PER_MSEC)

static DEFINE_PER_CPU(u32, resched);

static bool unfit(struct test *t)
{
	if (!on_xen())
		test_skip(t, "Xen's virtual CPUs");
	else if (num_online_cpus() == 1)
		test_skip(t, "one CPU");
	return t->skipped;
}

/* Nobody else wants the real CPUs: there is no dom0 but us. */
static bool alone(void)
{
	return xen_start_info->flags & SIF_INITDOMAIN;
}

static void on_resched(struct pt_regs *regs)
{
	(void)regs;
	this_cpu_inc(resched);
}

static bool wait_for(const u32 *count, u32 n)
{
	u64 start = sched_clock();

	while (READ_ONCE(*count) < n && sched_clock() - start < PATIENCE)
		cpu_relax();
	return READ_ONCE(*count) == n;
}

/*
 * Of a CPU, interrupts off: what Xen sends goes to its area and not to the one in shared_info;
 * another CPU that takes an event of its own, of the same word, leaves this one's alone.
 */
static void look_at_channels(void *arg)
{
	struct vcpu_info *mine = this_cpu_ptr(&xen_vcpu_info), *old;
	u32 cpu = smp_processor_id(), port = evtchn_of_ipi(cpu, RESCHEDULE_VECTOR), count;
	u8 before;

	old = &xen_shared_info.vcpu_info[cpu % 32];
	before = old->evtchn_upcall_pending;
	WRITE_ONCE(mine->evtchn_upcall_pending, 0);
	send_IPI(cpu, RESCHEDULE_VECTOR);
	if (!READ_ONCE(mine->evtchn_upcall_pending) ||
	    READ_ONCE(old->evtchn_upcall_pending) != before)
		return;
	count = per_cpu(resched, 0);
	if (cpu)
		send_IPI(0, RESCHEDULE_VECTOR);
	if (cpu && !wait_for(&per_cpu(resched, 0), count + 1))
		return;
	if (evtchn_pending(port))
		set_bit(cpu, arg);
}

/* Interrupts off: the timer's event comes to this CPU. */
static void look_at_timer(void *arg)
{
	struct vcpu_info *mine = this_cpu_ptr(&xen_vcpu_info);
	u64 start = sched_clock();

	WRITE_ONCE(mine->evtchn_upcall_pending, 0);
	set_next_event(100 * NSEC_PER_USEC);
	while (!READ_ONCE(mine->evtchn_upcall_pending) && sched_clock() - start < PATIENCE)
		cpu_relax();
	if (mine->evtchn_upcall_pending)
		set_bit(smp_processor_id(), arg);
}

SELFTEST(smp, xen_channels_are_one_cpus)
{
	u64 areas = 0, timers = 0;
	u32 cpu, port, n;

	if (unfit(t))
		return;
	test_handle_ipi(on_resched);
	arch_local_irq_enable();
	for_each_cpu(cpu, cpu_online_mask)
	{
		const u32 *count = &per_cpu(resched, cpu);

		smp_call_function_single(cpu, look_at_channels, &areas);
		smp_call_function_single(cpu, look_at_timer, &timers);
		port = evtchn_of_ipi(cpu, RESCHEDULE_VECTOR);
		n = READ_ONCE(*count);
		evtchn_mask(port);
		send_IPI(cpu, RESCHEDULE_VECTOR);
		CHECK(t, evtchn_pending(port) && READ_ONCE(*count) == n,
		      "CPU %u's masked channel: %u came, pending %d", cpu, *count - n,
		      evtchn_pending(port));
		evtchn_unmask(port);
		CHECK(t, wait_for(count, n + 1), "CPU %u: %u came after unmasking", cpu,
		      *count - n);
		CHECK(t, !evtchn_pending(port), "CPU %u's channel is still pending", cpu);
	}
	arch_local_irq_disable();
	CHECK(t, areas == cpu_online_mask, "on CPUs %lx events are where they should be", areas);
	CHECK(t, timers == cpu_online_mask, "on CPUs %lx the timer goes off", timers);
}

/* Inside lazy mode, and nested in it, interrupts are off; behind it they are as before. */
SELFTEST(smp, xen_batch_keeps_interrupts_off)
{
	u64 in, nested, after, off;

	if (unfit(t))
		return;
	arch_local_irq_enable();
	arch_enter_lazy_mmu_mode();
	in = arch_local_save_flags();
	arch_enter_lazy_mmu_mode();
	flush_tlb_kernel();
	arch_leave_lazy_mmu_mode();
	nested = arch_local_save_flags();
	arch_leave_lazy_mmu_mode();
	after = arch_local_save_flags();
	arch_local_irq_disable();
	flush_tlb_kernel();
	off = arch_local_save_flags();
	CHECK(t, !in && !nested && after == X86_EFLAGS_IF && !off,
	      "IF inside %lx, nested %lx, after %lx; after a flush with it off %lx", in, nested,
	      after, off);
}

/* ---- what became of the time ----------------------------------------------------------------- */

#define SPIN  (200 * NSEC_PER_MSEC)
#define SLACK (5 * NSEC_PER_MSEC) /* what Xen itself pauses a CPU for, and does in a reading */

struct times {
	u64 ran, steal, idle;
	u64 other; /* CPU 0's or 1's, meanwhile */
};

static struct vcpu_runstate_info ask_xen(u32 cpu)
{
	struct vcpu_runstate_info info = { 0 };

	xen_vcpu_op(VCPUOP_get_runstate_info, cpu, &info);
	return info;
}

/* Of this CPU; Xen says twice the same of what was stolen, so nothing was in between. */
static struct times now(struct test *t)
{
	u32 cpu = smp_processor_id();
	struct vcpu_runstate_info a, b;
	struct times now;
	u64 stolen;

	do {
		a = ask_xen(cpu);
		now.steal = steal_clock(cpu);
		now.other = ask_xen(!cpu).time[RUNSTATE_running];
		b = ask_xen(cpu);
		stolen = a.time[RUNSTATE_runnable];
	} while (stolen != b.time[RUNSTATE_runnable]);
	now.ran = a.time[RUNSTATE_running];
	now.idle = a.time[RUNSTATE_blocked] + a.time[RUNSTATE_offline];
	CHECK(t, now.steal >= stolen && now.steal - stolen < SLACK,
	      "CPU %u: %lu ns were stolen, Xen counts %lu runnable, %lu offline", cpu, now.steal,
	      stolen, a.time[RUNSTATE_offline]);
	CHECK(t, !vcpu_is_preempted(cpu), "CPU %u, which runs, is preempted", cpu);
	return now;
}

static struct spin {
	struct test *t;
	u64 ready;
	bool over; /* CPU 0's time, and so CPU 1's */
	struct times from[2], to[2];
	u64 looks, preempted; /* at CPU 1, by CPU 0 */
} spin;

/* Both at a time, and nothing but that. */
static void spin_both(void *arg)
{
	u32 cpu = smp_processor_id();
	struct times *to = &spin.to[cpu];
	u64 start = sched_clock();

	(void)arg;
	set_bit(cpu, &spin.ready);
	while (READ_ONCE(spin.ready) != 3 && sched_clock() - start < PATIENCE)
		cpu_relax();
	spin.from[cpu] = now(spin.t);
	start = sched_clock();
	do {
		if (!cpu) {
			spin.looks++;
			spin.preempted += vcpu_is_preempted(1);
		}
	} while (cpu ? !READ_ONCE(spin.over) : sched_clock() - start < SPIN);
	*to = now(spin.t);
	if (!cpu)
		WRITE_ONCE(spin.over, true);
	to->steal -= spin.from[cpu].steal;
	to->ran -= spin.from[cpu].ran;
	to->idle -= spin.from[cpu].idle;
	to->other -= spin.from[cpu].other;
}

/*
 * Two busy CPUs: what one did not run was stolen, and with one real CPU for both the other has run
 * meanwhile, and is preempted whenever this one looks.
 */
SELFTEST(smp, xen_steal)
{
	struct times *to = spin.to;
	u32 cpu, seen, real;

	if (unfit(t))
		return;
	spin = (struct spin){ .t = t };
	smp_call_function_many(3, spin_both, NULL);
	CHECK(t, spin.ready == 3, "CPUs %lx spin", spin.ready);
	real = to[0].ran + to[0].other < (to[0].ran + to[0].steal + to[0].idle) * 3 / 2 ? 1 : 2;
	seen = spin.preempted * 100 / spin.looks;
	printk("two CPUs spin on %u: ran %lu and %lu us, stolen %lu and %lu us; CPU 1 preempted in "
	       "%u%% of looks\n",
	       real, to[0].ran / 1000, to[1].ran / 1000, to[0].steal / 1000, to[1].steal / 1000,
	       seen);
	for (cpu = 0; cpu < 2; cpu++) {
		CHECK(t, to[cpu].idle < SLACK, "CPU %u, which spins, was idle for %lu ns", cpu,
		      to[cpu].idle);
		if (real == 1 && alone())
			CHECK(t,
			      to[cpu].steal < to[cpu].other + SPIN / 4 &&
				      to[cpu].other < to[cpu].steal + SPIN / 4,
			      "of CPU %u %lu ns were stolen, CPU %u ran %lu", cpu, to[cpu].steal,
			      !cpu, to[cpu].other);
	}
	if (!alone())
		return;
	if (real == 1)
		CHECK(t, to[0].steal + to[1].steal > SPIN / 2,
		      "of two CPUs on one, %lu and %lu ns were stolen", to[0].steal, to[1].steal);
	CHECK(t, (seen > 50) == (real == 1), "CPU 1 was preempted in %u%% of looks", seen);
}

static void take(void *arg)
{
	struct spin *s = arg;

	s->to[0] = now(s->t);
}

/* The time in which a CPU was down is none that was stolen. */
SELFTEST(smp, xen_steal_of_a_cpu_that_was_down)
{
	u64 offline, start, before;

	if (unfit(t))
		return;
	spin.t = t;
	smp_call_function_single(1, take, &spin);
	before = spin.to[0].steal;
	offline = ask_xen(1).time[RUNSTATE_offline];
	CHECK(t, !cpu_down(1), "CPU 1 does not go down");
	start = sched_clock();
	while (ask_xen(1).time[RUNSTATE_offline] - offline < 4 * SLACK &&
	       sched_clock() - start < PATIENCE)
		cpu_relax();
	CHECK(t, !cpu_up(1), "CPU 1 does not come up");
	smp_call_function_single(1, take, &spin);
	offline = ask_xen(1).time[RUNSTATE_offline] - offline;
	CHECK(t, offline >= 4 * SLACK, "Xen counts %lu ns offline", offline);
	CHECK(t, spin.to[0].steal >= before, "steal goes back from %lu to %lu", before,
	      spin.to[0].steal);
}

/* ---- a run state that Xen is stopped in the middle of ---------------------------------------- */

static struct {
	u64 steal, took;
	u64 taken; /* how often Xen took the mark away */
	bool begun, over;
} half_written;

/*
 * CPU 0's reading begins when CPU 1's area is marked, and ends when the mark is gone; again where
 * Xen had a reason to take the mark away soon.
 */
static void read_half_written(void *arg)
{
	u64 *mark = &per_cpu(xen_runstate, 1).state_entry_time, start = sched_clock();

	if (smp_processor_id()) {
		while (!READ_ONCE(half_written.begun) && sched_clock() - start < PATIENCE)
			;
		set_bit(63, mark);
		for (start = sched_clock(); sched_clock() - start < (u64)arg;)
			if (!(READ_ONCE(*mark) & XEN_RUNSTATE_UPDATE)) {
				half_written.taken++; /* Xen has stopped us */
				set_bit(63, mark);
			}
		clear_bit(63, mark);
		WRITE_ONCE(half_written.over, true);
		return;
	}
	do {
		while (!(READ_ONCE(*mark) & XEN_RUNSTATE_UPDATE) && !READ_ONCE(half_written.over) &&
		       sched_clock() - start < PATIENCE)
			WRITE_ONCE(half_written.begun, true);
		start = sched_clock();
		half_written.steal = steal_clock(1);
		half_written.took = max(half_written.took, sched_clock() - start);
	} while (half_written.took <= LONG && !READ_ONCE(half_written.over));
}

SELFTEST(smp, xen_runstate_half_written)
{
	u64 before, waited;

	if (unfit(t))
		return;
	waited = ask_xen(0).time[RUNSTATE_runnable] + ask_xen(1).time[RUNSTATE_runnable];
	before = steal_clock(1);
	half_written.taken = 0;
	half_written.begun = half_written.over = false;
	half_written.took = 0;
	smp_call_function_many(3, read_half_written, (void *)(300 * NSEC_PER_MSEC));
	waited = ask_xen(0).time[RUNSTATE_runnable] + ask_xen(1).time[RUNSTATE_runnable] - waited;
	if (waited >
	    50 * NSEC_PER_MSEC) { /* Xen takes the mark away when it stops CPU 1 for CPU 0 */
		test_skip(t, "the two CPUs take turns on a real one");
		return;
	}
	CHECK(t, half_written.steal >= before, "steal goes back from %lu to %lu", before,
	      half_written.steal);
	if (alone() &&
	    !half_written.taken) /* else CPU 0 may look only when CPU 1 has been stopped */
		CHECK(t, half_written.took > LONG, "it was read in %lu ns", half_written.took);
}
