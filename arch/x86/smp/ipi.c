/* SPDX-License-Identifier: MIT */
/*
 * What one CPU asks of another. A call waits in a list of its own on each target:
 *
 *   target's call_queue -> node (of a call by CPU 3) -> node (of a call by CPU 0)
 *                            |                            |
 *                            v                            v
 *                          struct call: fn, arg, CPUs that have not answered
 *
 * pushed and taken without a lock; only who pushes the first sends an interrupt.
 */
#include <printk.h>
#include <smp.h>
#include <time.h>
#include <asm/apic.h>
#include <asm/bitops.h>
#include <asm/paravirt.h>
#include <asm/traps.h>
#include "smp.h"

#define PATIENCE (20 * NSEC_PER_SEC)	 /* a limit: hosts are busy */
#define CLOSED	 ((struct call_node *)1) /* the CPU is down, and does nothing for anybody */

struct call {
	void (*fn)(void *);
	void *arg;
	u64 pending;
};

struct call_node {
	struct call_node *next;
	struct call *call;
};

static DEFINE_PER_CPU(struct call_node *, call_queue) = CLOSED;

static void run_queue(struct call_node *node)
{
	struct call_node *next;

	for (; node && node != CLOSED; node = next) {
		struct call *call = node->call;

		next = node->next;
		call->fn(call->arg);
		clear_bit(smp_processor_id(),
			  &call->pending); /* the caller's stack, from here on */
	}
}

static void call_function_interrupt(struct pt_regs *regs)
{
	(void)regs;
	apic_eoi();
	run_queue(xchg(this_cpu_ptr(&call_queue), NULL));
}

static void reschedule_interrupt(struct pt_regs *regs)
{
	(void)regs;
	apic_eoi(); /* on the way out of the interrupt it looks for itself */
}

void ipi_init(void)
{
	set_irq_handler(CALL_FUNCTION_VECTOR, call_function_interrupt);
	set_irq_handler(RESCHEDULE_VECTOR, reschedule_interrupt);
	ipi_open();
}

/* Not before interrupts can reach this CPU: the first call's is the only one. */
void ipi_open(void)
{
	this_cpu_write(call_queue, NULL);
}

void ipi_close(void)
{
	run_queue(xchg(this_cpu_ptr(&call_queue), CLOSED));
}

void ipi_serve(void)
{
	if (arch_irqs_disabled_flags(arch_local_save_flags()))
		run_queue(xchg(this_cpu_ptr(&call_queue), NULL));
}

/* True: nobody has told that CPU yet. */
static bool push(u32 cpu, struct call_node *node)
{
	struct call_node **queue = per_cpu_ptr(&call_queue, cpu), *old = READ_ONCE(*queue), *seen;

	for (;; old = seen) {
		if (old == CLOSED) {
			clear_bit(cpu, &node->call->pending);
			return false;
		}
		node->next = old;
		seen = cmpxchg(queue, old, node);
		if (seen == old)
			return !old;
	}
}

void smp_call_function_many(u64 mask, void (*fn)(void *), void *arg)
{
	u64 flags = arch_local_irq_save(), others, tell = 0, start;
	struct call_node nodes[NR_CPUS];
	struct call call = { fn, arg, 0 };
	u32 cpu;

	mask &= cpu_online_mask;
	others = mask & ~BIT(smp_processor_id());
	call.pending = others;
	for_each_cpu(cpu, others)
	{
		nodes[cpu].call = &call;
		if (push(cpu, &nodes[cpu]))
			tell |= BIT(cpu);
	}
	if (tell)
		send_IPI_mask(tell, CALL_FUNCTION_VECTOR);
	if (mask != others)
		fn(arg);
	start = others ? sched_clock() : 0;
	arch_local_irq_restore(flags);
	while (READ_ONCE(call.pending)) {
		ipi_serve();
		if ((s64)(sched_clock() - start) > (s64)PATIENCE)
			panic("CPUs %lx do not answer a call of %pS in %lu s", call.pending,
			      (void *)fn, PATIENCE / NSEC_PER_SEC);
		cpu_relax();
	}
}

void smp_call_function_single(u32 cpu, void (*fn)(void *), void *arg)
{
	smp_call_function_many(BIT(cpu), fn, arg);
}

void smp_send_reschedule(u32 cpu)
{
	send_IPI(cpu, RESCHEDULE_VECTOR);
}
