/* SPDX-License-Identifier: MIT */
/*
 * The clock on Xen, by Xen's own reading of it: a hypercall tells how long this virtual CPU has
 * been running by now, and its run state since when. The machine's other counters are no judge:
 * each of Xen's CPUs keeps a clock, which it sets once a second by the platform's timer. Where a
 * host stops one of them in the middle of that, as an emulator's host that has too few CPUs does,
 * it is milliseconds off and hundredths too quick or too slow for the next second, for Xen itself
 * as well.
 */
#include "../../arch/x86/pv/xen/hypercall.h"
#include "../../arch/x86/pv/xen/xen.h"
#include "mm_test.h"
#include <smp.h>
#include <time.h>
#include <asm/bitops.h>
#include <asm/paravirt.h>

#define ROUNDS	 100
#define PATIENCE NSEC_PER_SEC
/* Where Xen emulates the TSC, it is the clock in whole ticks, and comes back in whole ns. */
#define ROUNDED NSEC_PER_USEC

struct look {
	u64 before, ours, after, clock; /* ns */
};
static DEFINE_PER_CPU(struct look, look);

/* 0: Xen began another state meanwhile, or it did so on a real CPU whose clock was ahead. */
static u64 xens_now(void)
{
	const volatile struct vcpu_runstate_info *mine = this_cpu_ptr(&xen_runstate);
	u64 since = mine->state_entry_time, ran = mine->time[RUNSTATE_running];
	struct vcpu_runstate_info info = { 0 };

	xen_vcpu_op(VCPUOP_get_runstate_info, smp_processor_id(), &info);
	if (info.state_entry_time != since || mine->state_entry_time != since ||
	    info.time[RUNSTATE_running] == ran)
		return 0;
	return since + info.time[RUNSTATE_running] - ran;
}

/* On a real CPU's one setting of its clock. The look is all 0 where Xen does not tell. */
static bool look_once(struct look *l)
{
	const volatile u32 *version = &this_cpu_ptr(&xen_vcpu_info)->time.version;
	u64 start = xen_system_time();
	u32 was;

	do {
		was = *version;
		l->before = xens_now();
		l->ours = xen_system_time();
		l->clock = sched_clock();
		l->after = xens_now();
		if (l->before && l->after && was == *version)
			return l->before <= l->ours + ROUNDED && l->ours <= l->after + ROUNDED &&
			       l->ours <= l->clock;
	} while (xen_system_time() - start < PATIENCE);
	*l = (struct look){ 0 };
	return false;
}

/* Interrupts off. */
static void look_often(void *arg)
{
	int i;

	for (i = 0; i < ROUNDS; i++)
		if (!look_once(this_cpu_ptr(&look)))
			return;
	set_bit(smp_processor_id(), arg);
}

SELFTEST(time, xens_own_reading)
{
	u64 good = 0;
	u32 cpu;

	if (!on_xen())
		return test_skip(t, "Xen's clock");
	arch_local_irq_enable();
	for_each_cpu(cpu, cpu_online_mask)
	{
		const struct look *l = &per_cpu(look, cpu);

		smp_call_function_single(cpu, look_often, &good);
		CHECK(t, good >> cpu & 1,
		      "CPU %u: Xen reads %lu ns, then %lu; between them we read %lu, and the "
		      "kernel's clock says %lu",
		      cpu, l->before, l->after, l->ours, l->clock);
	}
	arch_local_irq_disable();
}
