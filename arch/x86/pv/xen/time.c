/* SPDX-License-Identifier: MIT */
/*
 * Time on Xen PV: Xen publishes what makes the TSC a clock in each vcpu_info, and the wall clock
 * in shared_info; VIRQ_TIMER comes from a one-shot timer that counts by the same clock.
 */
#include "hypercall.h"
#include "xen.h"
#include <printk.h>
#include <time.h>
#include <asm/pvclock.h>
#include <asm/special_insns.h>

/* Xen writes while this CPU is not running: one retry is usual, and a thousand means no clock. */
#define TRIES 1000

u64 xen_sched_clock(void)
{
	const struct pvclock_vcpu_time_info *src = &xen_shared_info.vcpu_info[0].time;
	u32 version;
	u64 ns;
	int i;

	for (i = 0; i < TRIES; i++) {
		version = pvclock_read_begin(src);
		ns = pvclock_read_cycles(src, rdtsc());
		if (!pvclock_read_retry(src, version))
			return ns;
	}
	panic("Xen's clock changes under every one of %d reads, version %u", TRIES, version);
}

/* What it was at system time 0, under a version of its own, and what has gone by since. */
static u64 xen_get_wallclock(void)
{
	const struct shared_info *s = &xen_shared_info;
	u32 version;
	u64 ns;
	int i;

	for (i = 0; i < TRIES; i++) {
		version = READ_ONCE(s->wc_version);
		barrier();
		ns = ((u64)READ_ONCE(s->wc_sec_hi) << 32 | READ_ONCE(s->wc_sec)) * NSEC_PER_SEC +
		     READ_ONCE(s->wc_nsec);
		barrier();
		if (!(version & 1) && version == READ_ONCE(s->wc_version))
			return ns + sched_clock();
	}
	panic("Xen's wall clock changes under every one of %d reads, version %u", TRIES, version);
}

static void xen_set_next_event(u64 delta)
{
	struct vcpu_set_singleshot_timer timer = { .timeout_abs_ns = sched_clock() + delta };
	s64 error = hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_set_singleshot_timer, 0, (u64)&timer);

	if (error)
		panic("Xen refuses a timer at %lu ns: error %ld", timer.timeout_abs_ns, error);
}

const struct pv_time_ops xen_time_ops = {
	.set_next_event = xen_set_next_event,
	.get_wallclock = xen_get_wallclock,
};

u64 xen_steal_clock(u32 cpu)
{
	struct vcpu_runstate_info info = { 0 };
	s64 error = hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_get_runstate_info, cpu, (u64)&info);

	if (error)
		panic("Xen does not tell CPU %u's run states: error %ld", cpu, error);
	return info.time[RUNSTATE_runnable];
}

/* Xen starts us with a tick of 10 ms that nobody asked for. */
void xen_init_time(void)
{
	s64 error = hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_stop_periodic_timer, 0, 0);

	if (error)
		panic("Xen refuses to stop the periodic timer: error %ld", error);
	printk("time: Xen's clock, multiplier %u, shift %d\n",
	       xen_shared_info.vcpu_info[0].time.tsc_to_system_mul,
	       xen_shared_info.vcpu_info[0].time.tsc_shift);
}
