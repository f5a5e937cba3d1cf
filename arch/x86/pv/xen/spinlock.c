/* SPDX-License-Identifier: MIT */
/*
 * Waiting for a kick on Xen: each CPU has an event channel of its own, which is masked and so never
 * interrupts. SCHEDOP_poll sleeps until it is pending, or until anything else has to be delivered;
 * a kick is an event on it.
 */
#include "hypercall.h"
#include "xen.h"
#include <printk.h>
#include <asm/percpu.h>
#include <asm/qspinlock.h>
#include <asm/sync_bitops.h>
#include <xen/events.h>

static DEFINE_PER_CPU(u32, lock_kicker_port); /* 0 = not yet: its CPU spins */
static DEFINE_PER_CPU(u32, waits);	      /* nested, by interrupts that wait in a wait */

/*
 * What was kicked before the byte is looked at is cleared, so that poll can sleep. Not in an
 * interrupt of another wait: the kick may be that one's, which has looked already.
 */
static void xen_qlock_wait(u8 *byte, u8 val)
{
	u32 port = this_cpu_read(lock_kicker_port);
	struct sched_poll poll = { .ports = &port, .nr_ports = 1 };

	if (!port)
		return;
	this_cpu_add(waits, 1);
	if (this_cpu_read(waits) == 1)
		sync_test_and_clear_bit(port % 64, &xen_shared_info.evtchn_pending[port / 64]);
	if (READ_ONCE(*byte) == val)
		hypercall2(__HYPERVISOR_sched_op, SCHEDOP_poll, (u64)&poll);
	this_cpu_add(waits, -1);
}

static void xen_qlock_kick(u32 cpu)
{
	struct evtchn_send send = { .port = per_cpu(lock_kicker_port, cpu) };

	if (send.port)
		hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_send, (u64)&send);
}

void xen_init_lock_cpu(void)
{
	struct evtchn_bind_ipi ipi = { .vcpu = smp_processor_id() };
	s64 error;

	if (this_cpu_read(lock_kicker_port)) /* it was up before */
		return;
	error = hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_ipi, (u64)&ipi);
	if (error)
		panic("Xen refuses an event channel for the locks of CPU %u: error %ld", ipi.vcpu,
		      error);
	evtchn_mask(ipi.port);
	this_cpu_write(lock_kicker_port, ipi.port);
}

void xen_lock_forget(u32 cpu)
{
	per_cpu(lock_kicker_port, cpu) = 0;
}

const struct pv_lock_ops xen_lock_ops = {
	.queued_spin_lock_slowpath = __pv_queued_spin_lock_slowpath,
	.queued_spin_unlock = { __pv_queued_spin_unlock },
	.wait = xen_qlock_wait,
	.kick = xen_qlock_kick,
};

const struct pv_lock_ops xen_preempt_ops = { .vcpu_is_preempted = { xen_vcpu_is_preempted } };
