/* SPDX-License-Identifier: MIT */
/*
 * The end of all other CPUs, for a panic: an NMI reaches them with interrupts off too. Each leaves
 * where it was, and stays.
 */
#include <printk.h>
#include <smp.h>
#include <time.h>
#include <asm/apic.h>
#include <asm/panic.h>
#include <asm/paravirt.h>
#include <asm/ptrace.h>

#define PATIENCE NSEC_PER_SEC

u32 smp_stopping;
static u64 stopped; /* or asked to */
static DEFINE_PER_CPU(const struct pt_regs *, stopped_at);

void smp_stop_this_cpu(struct pt_regs *regs)
{
	this_cpu_write(stopped_at, regs);
	for (;;)
		halt();
}

static void show(u32 cpu)
{
	const struct pt_regs *regs = READ_ONCE(per_cpu(stopped_at, cpu));

	if (!regs) {
		printk("CPU %u does not answer\n", cpu);
	} else if (user_mode(regs)) {
		printk("CPU %u was in user mode, at %016lx\n", cpu, regs->ip);
	} else {
		printk("CPU %u was at %pS, interrupts %s\n", cpu, (void *)regs->ip,
		       arch_irqs_disabled_flags(regs->flags) ? "off" : "on");
		show_backtrace(regs);
	}
}

void smp_send_stop(void)
{
	u64 others = cpu_online_mask & ~BIT(smp_processor_id()), missing = others, start;
	u32 cpu;

	if (!others)
		return;
	WRITE_ONCE(smp_stopping, 1);
	for_each_cpu(cpu, others) send_IPI(cpu, NMI_VECTOR);
	for (start = sched_clock(); missing && sched_clock() - start < PATIENCE; cpu_relax())
		for_each_cpu(cpu, missing) if (READ_ONCE(per_cpu(stopped_at, cpu))) missing &=
			~BIT(cpu);
	stopped = others;
}

void smp_show_stopped(void)
{
	u32 cpu;

	if (stopped)
		printk("panic on CPU %u\n", smp_processor_id());
	for_each_cpu(cpu, stopped) show(cpu);
}
