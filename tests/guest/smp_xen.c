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

#define PATIENCE NSEC_PER_SEC

static DEFINE_PER_CPU(u32, resched);

static bool unfit(struct test *t)
{
	if (!on_xen())
		test_skip(t, "Xen's virtual CPUs");
	else if (num_online_cpus() == 1)
		test_skip(t, "one CPU");
	return t->skipped;
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
	if (!READ_ONCE(mine->evtchn_upcall_pending) || READ_ONCE(old->evtchn_upcall_pending) != before)
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
	u32 cpu, port, i;

	if (unfit(t))
		return;
	set_irq_handler(RESCHEDULE_VECTOR, on_resched);
	arch_local_irq_enable();
	for_each_cpu(cpu, cpu_online_mask)
	{
		smp_call_function_single(cpu, look_at_channels, &areas);
		smp_call_function_single(cpu, look_at_timer, &timers);
		port = evtchn_of_ipi(cpu, RESCHEDULE_VECTOR);
		i = per_cpu(resched, cpu);
		evtchn_mask(port);
		send_IPI(cpu, RESCHEDULE_VECTOR);
		CHECK(t, evtchn_pending(port) && per_cpu(resched, cpu) == i,
		      "CPU %u's masked channel: pending %d", cpu, evtchn_pending(port));
		evtchn_unmask(port);
		CHECK(t, wait_for(&per_cpu(resched, cpu), i + 1), "CPU %u: %u events after unmasking",
		      cpu, per_cpu(resched, cpu) - i);
		for (i = per_cpu(resched, cpu); !t->failed && i % 20; i++) {
			send_IPI(cpu, RESCHEDULE_VECTOR);
			CHECK(t, wait_for(&per_cpu(resched, cpu), i + 1), "CPU %u took no IPI %u", cpu, i);
		}
	}
	arch_local_irq_disable();
	CHECK(t, areas == cpu_online_mask, "on CPUs %lx events are where they should be", areas);
	CHECK(t, timers == cpu_online_mask, "on CPUs %lx the timer goes off", timers);
}
