/* SPDX-License-Identifier: MIT */
/*
 * Time on Xen PV: Xen publishes what makes the TSC a clock in each vcpu_info, and the wall clock
 * in shared_info; VIRQ_TIMER comes from a one-shot timer that counts by the same clock.
 */
#include "hypercall.h"
#include "xen.h"
#include <printk.h>
#include <time.h>
#include <asm/percpu.h>
#include <asm/pvclock.h>
#include <asm/special_insns.h>

/* Xen writes while this CPU is not running: one retry is usual, and a thousand means no clock. */
#define TRIES 1000

static u64 last_value; /* Xen's clocks of two CPUs may be a little apart */
static u64 saved_clock;
static u64 clock_offset; /* so that it goes on where it was, whatever the host's clock says */

u64 xen_system_time(void)
{
	u32 version = 0;
	u64 ns;
	int i;

	for (i = 0; i < TRIES; i++) {
		u32 cpu = smp_processor_id();
		const struct pvclock_vcpu_time_info *src = &per_cpu(xen_vcpu_info, cpu).time;

		version = pvclock_read_begin(src);
		ns = pvclock_read_cycles(src, rdtsc());
		if (!pvclock_read_retry(src, version) && cpu == smp_processor_id())
			return ns;
	}
	panic("Xen's clock changes under every one of %d reads, version %u", TRIES, version);
}

u64 xen_sched_clock(void)
{
	return pvclock_at_least_last(&last_value, xen_system_time() + clock_offset);
}

/* By its own clock a domain is away for no time at all: limits of waits don't run out meanwhile. */
void xen_save_clock(void)
{
	saved_clock = xen_sched_clock();
}

void xen_restore_clock(void)
{
	clock_offset = saved_clock - xen_system_time();
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
			return ns + xen_system_time();
	}
	panic("Xen's wall clock changes under every one of %d reads, version %u", TRIES, version);
}

static void xen_set_next_event(u64 delta)
{
	struct vcpu_set_singleshot_timer timer = { .timeout_abs_ns = xen_system_time() + delta };

	xen_vcpu_op(VCPUOP_set_singleshot_timer, smp_processor_id(), &timer);
}

const struct pv_time_ops xen_time_ops = {
	.set_next_event = xen_set_next_event,
	.get_wallclock = xen_get_wallclock,
};

/* Xen starts each CPU with a tick of 10 ms that nobody asked for. */
void xen_init_cpu_time(void)
{
	xen_vcpu_op(VCPUOP_stop_periodic_timer, smp_processor_id(), NULL);
	xen_init_runstate();
}

void xen_init_time(void)
{
	const struct pvclock_vcpu_time_info *src = &this_cpu_ptr(&xen_vcpu_info)->time;

	xen_init_cpu_time();
	printk("time: Xen's clock, multiplier %u, shift %d\n", src->tsc_to_system_mul,
	       src->tsc_shift);
}

void xen_exit_cpu(bool panic)
{
	(void)panic;
	xen_vcpu_op(VCPUOP_stop_singleshot_timer, smp_processor_id(), NULL);
	xen_exit_runstate();
}
