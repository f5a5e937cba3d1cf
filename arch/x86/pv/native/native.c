/* SPDX-License-Identifier: MIT */
/* The bare machine: the platform that is left when nobody else says that it is theirs. */
#include "native.h"
#include <acpi_poweroff.h>
#include <platform.h>
#include <printk.h>
#include <shutdown_port.h>
#include <time.h>
#include <asm/cpufeature.h>
#include <asm/io.h>
#include <asm/paravirt.h>
#include <asm/msr-index.h>
#include <asm/pgtable.h>
#include <asm/segment.h>
#include <asm/traps.h>

extern char entry_SYSCALL_64[];

#define DEBUG_EXIT 0xf4 /* tools/vm: -device isa-debug-exit,iobase=0xf4 */
#define EXIT_PAUSES                                                                                \
	(1 << 20) /* 40 ms and more of a real CPU, a second of a software one, where no clock goes \
		   */
#define EXIT_PATIENCE (50 * NSEC_PER_MSEC)
#define PIC1_DATA     0x21
#define PIC2_DATA     0xa1

static void native_init_features(void)
{
}

static void native_report(void)
{
	if (hypervisor_signature[0])
		printk("CPUID names the hypervisor '%s', which needs nothing from us\n",
		       hypervisor_signature);
}

/*
 * Firmware leaves the 8259s at vectors 8 to 15, which are exceptions: mask all of their lines.
 * On old chips a second access needs its pause.
 */
void native_init_irq(void)
{
	outb(0xff, PIC1_DATA);
	io_delay();
	outb(0xff, PIC2_DATA);
	io_delay();
	native_init_syscall();
	mce_init();
	native_apic_init();
}

/* syscall: SDM vol. 3A, 5.8.8. Interrupts, traps, direction, nesting and AC go off on the way in.
 */
void native_init_syscall(void)
{
	wrmsr(MSR_STAR, (u64)USER_BASE_SEL << 48 | (u64)__KERNEL_CS << 32);
	wrmsr(MSR_LSTAR, (u64)entry_SYSCALL_64);
	wrmsr(MSR_SYSCALL_MASK, 0x44700);
}

void native_init_mm(void)
{
	pgtable_init();
}

void native_exit(enum exit_code code)
{
	u64 start = sched_clock();
	unsigned int i;

	outb(code, DEBUG_EXIT);
	/* Newer QEMUs' debug exit ends the machine a moment after the `out`. */
	for (i = 0; i < EXIT_PAUSES && sched_clock() - start < EXIT_PATIENCE; i++)
		asm volatile("pause");
	acpi_power_off();
	shutdown_port_power_off();
}

static const struct pv_overlay native_overlays[] = {
	PV_OVERLAY(X86_FEATURE_X2APIC, apic, native_x2apic_ops),
	PV_OVERLAY(X86_FEATURE_TSC_DEADLINE, time, native_tsc_deadline_ops),
	PV_OVERLAY(X86_FEATURE_VIRT_SPIN, lock, virt_lock_ops),
	{ 0 },
};

const struct platform platform_native = {
	.name = "bare machine",
	.init_features = native_init_features,
	.overlays = native_overlays,
	.report = native_report,
	.init_irq = native_init_irq,
	.init_time = native_init_time,
	.init_mm = native_init_mm,
	.smp_prepare = native_smp_prepare,
	.start_cpus = native_start_cpus,
	.nudge_cpus = native_nudge_cpus,
	.forget_cpus = native_forget_cpus,
	.print_cpu_ids = native_print_cpu_ids,
	.init_secondary = native_init_secondary,
	.play_dead = native_play_dead,
	.exit = native_exit,
};
