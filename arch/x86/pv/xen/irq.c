/* SPDX-License-Identifier: MIT */
/*
 * pv_irq on Xen PV: the interrupt flag is a byte in memory, inverted. Xen delivers an upcall when
 * evtchn_upcall_pending is set and evtchn_upcall_mask is clear. One instruction reads or writes it
 * for the CPU that runs it: a thread that moves to another CPU had interrupts on, and has there.
 */
#include "hypercall.h"
#include "xen.h"
#include <asm/percpu.h>
#include <asm/paravirt.h>

/* Events masked, until Xen's is registered here: xen_register_vcpu_info(). */
DEFINE_PER_CPU(struct vcpu_info, xen_vcpu_info) __aligned(64) = { .evtchn_upcall_mask = 1 };
/* Xen takes none that lies in two pages; areas begin with a page (linker.ld). */
_Static_assert(__alignof__(xen_vcpu_info) > sizeof(xen_vcpu_info) - 1, "it may lie in two pages");

static __callee_save u64 xen_save_fl(void)
{
	return this_cpu_read(xen_vcpu_info.evtchn_upcall_mask) ? 0 : X86_EFLAGS_IF;
}

static __callee_save void xen_irq_disable(void)
{
	this_cpu_write(xen_vcpu_info.evtchn_upcall_mask, 1);
	barrier();
}

/* Any hypercall makes Xen look again. Apart, so that the usual way out saves no registers. */
static __callee_save noinline void xen_force_evtchn_callback(void)
{
	hypercall2(__HYPERVISOR_xen_version, XENVER_version, 0);
}

/*
 * What came while the mask was set raised no upcall. The mask is only ever looked at by the CPU
 * that we run on: a compiler barrier is enough. A thread that moves in between asks for nothing.
 */
static __callee_save void xen_irq_enable(void)
{
	this_cpu_write(xen_vcpu_info.evtchn_upcall_mask, 0);
	barrier();
	if (this_cpu_read(xen_vcpu_info.evtchn_upcall_pending))
		xen_force_evtchn_callback();
}

/* Xen clears the mask and looks for an event as one step: nothing can come in between. */
static void xen_safe_halt(void)
{
	hypercall2(__HYPERVISOR_sched_op, SCHEDOP_block, 0);
}

/* With events masked, as with interrupts off: an NMI ends it. A poll of no channel waits so. */
static void xen_halt(void)
{
	struct sched_poll poll = { 0 };

	if (xen_save_fl())
		xen_safe_halt();
	else
		hypercall2(__HYPERVISOR_sched_op, SCHEDOP_poll, (u64)&poll);
}

const struct pv_irq_ops xen_irq_ops = {
	.save_fl = { xen_save_fl },
	.irq_disable = { xen_irq_disable },
	.irq_enable = { xen_irq_enable },
	.safe_halt = xen_safe_halt,
	.halt = xen_halt,
};
