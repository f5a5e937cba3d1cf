/* SPDX-License-Identifier: MIT */
/*
 * pv_apic on Xen PV. In place of local APICs there are event channels, a bit each in three levels:
 *
 *   vcpu_info.evtchn_upcall_pending           is there anything for this CPU?
 *   vcpu_info.evtchn_pending_sel  bit w       in word w of:
 *   shared_info.evtchn_pending[w] bit b       channel 64 w + b has an event
 *   shared_info.evtchn_mask[w]    bit b       but it goes no further up
 *
 * Xen sets a bit of the upper levels only when the one below it changes from 0 to 1 and is not
 * masked. A channel here stands for a vector of one CPU, whose handler it calls there; a word has
 * channels of several CPUs, of which each takes its own. A CPU keeps its channels when it goes
 * down.
 */
#include "hypercall.h"
#include "xen.h"
#include <printk.h>
#include <smp.h>
#include <string.h>
#include <asm/apic.h>
#include <asm/desc.h>
#include <asm/panic.h>
#include <asm/paravirt.h>
#include <asm/sync_bitops.h>
#include <asm/traps.h>
#include <xen/events.h>

#define NR_EVENT_CHANNELS 4096

static const u8 ipis[] = { RESCHEDULE_VECTOR, CALL_FUNCTION_VECTOR };

static u8 evtchn_vectors[NR_EVENT_CHANNELS]; /* 0 = not bound */
static DEFINE_PER_CPU(u64, my_channels[NR_EVENT_CHANNELS / 64]);
static DEFINE_PER_CPU(u32, ipi_ports[ARRAY_SIZE(ipis)]); /* 0 = none: port 0 is never bound */

static noinline void xen_evtchn_op(u32 op, void *arg)
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
 * that bit is set. So carry it up, with upcalls off; irq_restore looks at what is pending. For
 * another CPU's channel Xen does it, which knows how to wake that CPU.
 */
void evtchn_unmask(u32 port)
{
	struct evtchn_unmask unmask = { port };
	u64 flags = arch_local_irq_save();

	if (!((*this_cpu_ptr(&my_channels))[port / 64] >> port % 64 & 1)) {
		xen_evtchn_op(EVTCHNOP_unmask, &unmask);
	} else {
		sync_test_and_clear_bit(port, xen_shared_info.evtchn_mask);
		if (evtchn_pending(port) &&
		    !sync_test_and_set_bit(port / 64,
					   &this_cpu_ptr(&xen_vcpu_info)->evtchn_pending_sel))
			this_cpu_write(xen_vcpu_info.evtchn_upcall_pending, 1);
	}
	arch_local_irq_restore(flags);
}

bool evtchn_pending(u32 port)
{
	return READ_ONCE(xen_shared_info.evtchn_pending[port / 64]) >> port % 64 & 1;
}

bool evtchn_take(u32 port)
{
	return sync_test_and_clear_bit(port % 64, &xen_shared_info.evtchn_pending[port / 64]);
}

/* Not a panic, which would be told by the same way. */
void evtchn_send(u32 port)
{
	struct evtchn_send send = { port };

	hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_send, (u64)&send);
}

void evtchn_wait(u32 port, u64 ns)
{
	xen_poll(&port, 1, ns);
}

u32 evtchn_of_ipi(u32 cpu, unsigned int vector)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ipis); i++)
		if (ipis[i] == vector)
			return per_cpu(ipi_ports[i], cpu);
	return 0;
}

void evtchn_bind(u32 port, unsigned int vector)
{
	if (port >= NR_EVENT_CHANNELS)
		panic("Xen gave us event channel %u, expected below %u", port, NR_EVENT_CHANNELS);
	evtchn_vectors[port] = vector;
	(*this_cpu_ptr(&my_channels))[port / 64] |= BIT(port % 64);
	evtchn_unmask(port);
}

void xen_init_evtchn(void)
{
	u32 cpu = smp_processor_id();
	struct evtchn_bind_virq timer = { .virq = VIRQ_TIMER, .vcpu = cpu };
	size_t i;

	if (per_cpu(ipi_ports[0], cpu)) /* from when it was up before */
		return;
	xen_evtchn_op(EVTCHNOP_bind_virq, &timer);
	evtchn_bind(timer.port, LOCAL_TIMER_VECTOR);
	for (i = 0; i < ARRAY_SIZE(ipis); i++) {
		struct evtchn_bind_ipi ipi = { .vcpu = cpu };

		xen_evtchn_op(EVTCHNOP_bind_ipi, &ipi);
		per_cpu(ipi_ports[i], cpu) = ipi.port;
		evtchn_bind(ipi.port, ipis[i]);
	}
	xen_init_lock_cpu();
}

void xen_evtchn_forget(u32 cpu)
{
	u64 *mine = *per_cpu_ptr(&my_channels, cpu);
	u32 port;

	for (port = 0; port < NR_EVENT_CHANNELS; port++)
		if (mine[port / 64] >> port % 64 & 1)
			evtchn_vectors[port] = 0;
	memset(mine, 0, sizeof(my_channels));
	memset(per_cpu_ptr(&ipi_ports, cpu), 0, sizeof(ipi_ports));
}

static void xen_send_IPI(u32 cpu, u32 vector)
{
	struct evtchn_send send = { evtchn_of_ipi(cpu, vector) };

	if (vector == NMI_VECTOR)
		return xen_vcpu_op(VCPUOP_send_nmi, cpu, NULL);
	if (!send.port)
		panic("no event channel stands for vector %02x of CPU %u", vector, cpu);
	xen_evtchn_op(EVTCHNOP_send, &send);
}

static void xen_send_IPI_mask(u64 mask, u32 vector)
{
	u32 cpu;

	for_each_cpu(cpu, mask) xen_send_IPI(cpu, vector);
}

const struct pv_apic_ops xen_apic_ops = {
	.eoi = PV_NOP(apic.eoi), /* the channel's bit is cleared before its handler runs */
	.send_IPI = xen_send_IPI,
	.send_IPI_mask = xen_send_IPI_mask,
};

static void handle_port(u32 port, struct pt_regs *regs)
{
	if (!evtchn_take(port))
		return;
	handle_irq(evtchn_vectors[port], regs);
}

/*
 * From the top down, each level cleared before the one below is looked at: an event that comes
 * behind our back is seen in this round or raises pending for the next. The exchange is a barrier.
 */
static void xen_evtchn_do_upcall(struct pt_regs *regs)
{
	struct vcpu_info *v = this_cpu_ptr(&xen_vcpu_info);
	const u64 *mine = *this_cpu_ptr(&my_channels);

	do {
		u64 words, bits;

		WRITE_ONCE(v->evtchn_upcall_pending, 0);
		for (words = sync_xchg(&v->evtchn_pending_sel, 0); words; words &= words - 1) {
			u32 w = __builtin_ctzl(words);

			bits = READ_ONCE(xen_shared_info.evtchn_pending[w]) &
			       ~READ_ONCE(xen_shared_info.evtchn_mask[w]) & mine[w];
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
