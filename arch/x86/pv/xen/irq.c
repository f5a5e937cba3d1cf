/* SPDX-License-Identifier: MIT */
/*
 * pv_irq and pv_apic on Xen PV: the interrupt flag is a byte in memory. Xen delivers an upcall when
 * evtchn_upcall_pending is set and evtchn_upcall_mask is clear.
 *
 * In place of a local APIC there are event channels, a bit each in three levels:
 *
 *   vcpu_info.evtchn_upcall_pending           is there anything for this CPU?
 *   vcpu_info.evtchn_pending_sel  bit w       in word w of:
 *   shared_info.evtchn_pending[w] bit b       channel 64 w + b has an event
 *   shared_info.evtchn_mask[w]    bit b       but it goes no further up
 *
 * Xen sets a bit of the upper levels only when the one below it changes from 0 to 1 and is not
 * masked. A channel here stands for a vector, whose handler it calls.
 */
#include "hypercall.h"
#include "xen.h"
#include <printk.h>
#include <asm/apic.h>
#include <asm/desc.h>
#include <asm/panic.h>
#include <asm/paravirt.h>
#include <asm/sync_bitops.h>
#include <asm/traps.h>
#include <xen/events.h>

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

/* Xen clears the mask and looks for an event as one step: nothing can come in between. */
static void xen_safe_halt(void)
{
	hypercall2(__HYPERVISOR_sched_op, SCHEDOP_block, 0);
}

/* With events masked nothing wakes us: as good as off. Else wait for one. */
static void xen_halt(void)
{
	if (xen_save_fl())
		xen_safe_halt();
	else
		hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_down, 0, 0);
}

const struct pv_irq_ops xen_irq_ops = {
	.save_fl = { (void *)xen_save_fl },
	.irq_disable = { (void *)xen_irq_disable },
	.irq_enable = { (void *)xen_irq_enable },
	.safe_halt = xen_safe_halt,
	.halt = xen_halt,
};

#define NR_EVENT_CHANNELS 4096

static u8 evtchn_vectors[NR_EVENT_CHANNELS]; /* 0 = not bound */
static u32 ipi_ports[NR_VECTORS];	     /* 0 = none; port 0 is never bound */

static void evtchn_op(u32 op, void *arg)
{
	s64 error = hypercall2(__HYPERVISOR_event_channel_op, op, (u64)arg);

	if (error)
		panic("Xen refuses event channel operation %u: error %ld", op, error);
}

void evtchn_mask(u32 port)
{
	sync_test_and_set_bit(port, xen_shared_info.evtchn_mask);
}

/*
 * An event that came meanwhile went no further than its own bit, and the next one won't either:
 * that bit is set. So carry it up, with upcalls off; irq_restore looks at what is pending.
 */
void evtchn_unmask(u32 port)
{
	u64 flags = arch_local_irq_save();

	sync_test_and_clear_bit(port, xen_shared_info.evtchn_mask);
	if (evtchn_pending(port) &&
	    !sync_test_and_set_bit(port / 64, &this_vcpu()->evtchn_pending_sel))
		WRITE_ONCE(this_vcpu()->evtchn_upcall_pending, 1);
	arch_local_irq_restore(flags);
}

bool evtchn_pending(u32 port)
{
	return READ_ONCE(xen_shared_info.evtchn_pending[port / 64]) >> port % 64 & 1;
}

u32 evtchn_of_ipi(unsigned int vector)
{
	return ipi_ports[vector];
}

static void bind(u32 port, unsigned int vector)
{
	if (port >= NR_EVENT_CHANNELS)
		panic("Xen gave us event channel %u, expected below %u", port, NR_EVENT_CHANNELS);
	evtchn_vectors[port] = vector;
	evtchn_unmask(port);
}

void xen_init_evtchn(void)
{
	static const u8 ipis[] = { RESCHEDULE_VECTOR };
	struct evtchn_bind_virq timer = { .virq = VIRQ_TIMER };
	size_t i;

	evtchn_op(EVTCHNOP_bind_virq, &timer);
	bind(timer.port, LOCAL_TIMER_VECTOR);
	for (i = 0; i < ARRAY_SIZE(ipis); i++) {
		struct evtchn_bind_ipi ipi = { 0 };

		evtchn_op(EVTCHNOP_bind_ipi, &ipi);
		ipi_ports[ipis[i]] = ipi.port;
		bind(ipi.port, ipis[i]);
	}
	xen_init_lock_cpu();
}

static void xen_send_IPI(u32 cpu, u32 vector)
{
	struct evtchn_send send = { .port = ipi_ports[vector] };

	if (cpu || !send.port)
		panic("no event channel stands for vector %02x of CPU %u", vector, cpu);
	evtchn_op(EVTCHNOP_send, &send);
}

const struct pv_apic_ops xen_apic_ops = {
	.eoi = PV_NOP, /* the channel's bit is cleared before its handler runs */
	.send_IPI = xen_send_IPI,
};

static void handle_port(u32 port, struct pt_regs *regs)
{
	if (!sync_test_and_clear_bit(port, xen_shared_info.evtchn_pending))
		return;
	if (!evtchn_vectors[port])
		panic_regs(regs, "an event on channel %u, which nobody bound", port);
	handle_irq(evtchn_vectors[port], regs);
}

/*
 * From the top down, each level cleared before the one below is looked at: an event that comes
 * behind our back is seen in this round or raises pending for the next. The exchange is a barrier.
 */
static void xen_evtchn_do_upcall(struct pt_regs *regs)
{
	struct vcpu_info *v = this_vcpu();

	do {
		u64 words, bits;

		WRITE_ONCE(v->evtchn_upcall_pending, 0);
		for (words = sync_xchg(&v->evtchn_pending_sel, 0); words; words &= words - 1) {
			u32 w = __builtin_ctzl(words);

			bits = READ_ONCE(xen_shared_info.evtchn_pending[w]) &
			       ~READ_ONCE(xen_shared_info.evtchn_mask[w]);
			for (; bits; bits &= bits - 1)
				handle_port(64 * w + __builtin_ctzl(bits), regs);
		}
	} while (READ_ONCE(v->evtchn_upcall_pending));
}

static void register_callback(u16 type, void (*entry)(void))
{
	struct callback_register cb = {
		.type = type,
		.flags = CALLBACKF_mask_events,
		.address = (u64)entry,
	};
	s64 error = hypercall2(__HYPERVISOR_callback_op, CALLBACKOP_register, (u64)&cb);

	if (error)
		panic("Xen refuses callback %u: error %ld", type, error);
}

void xen_init_callbacks(void)
{
	set_irq_handler(HYPERVISOR_CALLBACK_VECTOR, xen_evtchn_do_upcall);
	register_callback(CALLBACKTYPE_event, xen_event_callback);
	register_callback(CALLBACKTYPE_failsafe, xen_failsafe_callback);
	register_callback(CALLBACKTYPE_syscall, xen_entry_SYSCALL_64);
}
