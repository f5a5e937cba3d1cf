/* SPDX-License-Identifier: MIT */
/*
 * pv_irq on Xen PV: the interrupt flag is a byte in memory. Xen delivers an upcall when
 * evtchn_upcall_pending is set and evtchn_upcall_mask is clear.
 */
#include "hypercall.h"
#include "xen.h"
#include <printk.h>
#include <asm/sync_bitops.h>
#include <asm/traps.h>

static inline struct vcpu_info *this_vcpu(void)
{
	return &xen_shared_info.vcpu_info[0];
}

static __callee_save u64 xen_save_fl(void)
{
	return READ_ONCE(this_vcpu()->evtchn_upcall_mask) ? 0 : X86_EFLAGS_IF;
}

static __callee_save void xen_irq_disable(void)
{
	WRITE_ONCE(this_vcpu()->evtchn_upcall_mask, 1);
	barrier();
}

/* Any hypercall makes Xen look again. Apart, so that the usual way out saves no registers. */
static __callee_save noinline void xen_force_evtchn_callback(void)
{
	hypercall2(__HYPERVISOR_xen_version, XENVER_version, 0);
}

/*
 * What came while the mask was set raised no upcall. The mask is only ever looked at by the CPU
 * that we run on: a compiler barrier is enough.
 */
static __callee_save void xen_irq_enable(void)
{
	WRITE_ONCE(this_vcpu()->evtchn_upcall_mask, 0);
	barrier();
	if (READ_ONCE(this_vcpu()->evtchn_upcall_pending))
		xen_force_evtchn_callback();
}

/* With events masked nothing wakes us: as good as off. Else wait for one. */
static void xen_halt(void)
{
	if (xen_save_fl())
		hypercall2(__HYPERVISOR_sched_op, SCHEDOP_block, 0);
	else
		hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_down, 0, 0);
}

const struct pv_irq_ops xen_irq_ops = {
	.save_fl = { (void *)xen_save_fl },
	.irq_disable = { (void *)xen_irq_disable },
	.irq_enable = { (void *)xen_irq_enable },
	.halt = xen_halt,
};

/*
 * Nothing is bound to an event channel yet, so there is nobody to call: take note and clear, in
 * Xen's order, pending before the selector.
 */
static void xen_evtchn_do_upcall(struct pt_regs *regs)
{
	struct vcpu_info *v = this_vcpu();
	u64 words, i;

	(void)regs;
	do {
		WRITE_ONCE(v->evtchn_upcall_pending, 0);
		words = sync_xchg(&v->evtchn_pending_sel, 0);
		for (i = 0; i < 64; i++)
			if (words >> i & 1)
				sync_xchg(&xen_shared_info.evtchn_pending[i], 0);
	} while (READ_ONCE(v->evtchn_upcall_pending));
}

static void register_callback(u16 type, void (*entry)(void))
{
	struct callback_register cb = { .type = type, .address = (u64)entry };
	s64 error = hypercall2(__HYPERVISOR_callback_op, CALLBACKOP_register, (u64)&cb);

	if (error)
		panic("Xen refuses callback %u: error %ld", type, error);
}

void xen_init_callbacks(void)
{
	set_irq_handler(HYPERVISOR_CALLBACK_VECTOR, xen_evtchn_do_upcall);
	register_callback(CALLBACKTYPE_event, xen_event_callback);
	register_callback(CALLBACKTYPE_failsafe, xen_failsafe_callback);
}
