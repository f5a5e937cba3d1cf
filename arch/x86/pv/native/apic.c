/* SPDX-License-Identifier: MIT */
/*
 * The PC's interrupt controllers: this CPU's local APIC, as xAPIC (registers in memory) or where
 * CPUID has it as x2APIC (registers as MSRs), and silence from the I/O APICs. SDM vol. 3A, 11.
 *
 * The registers in memory are reached through the direct map, whose type is write-back: that is
 * harmless, since firmware's MTRRs say "uncached" there, and uncached wins (SDM vol. 3A, 12.5.2.2).
 */
#include "native.h"
#include <acpi.h>
#include <boot_info.h>
#include <printk.h>
#include <smp.h>
#include <asm/apic.h>
#include <asm/cpufeature.h>
#include <asm/msr-index.h>
#include <asm/page.h>
#include <asm/paravirt.h>
#include <asm/traps.h>

#define APICBASE_ENABLE BIT(11)
#define APICBASE_X2APIC BIT(10)
#define ICR_TRIES	1000000

/* I/O APIC, 82093AA data sheet: a window of one register, and entries of two registers each. */
#define IOAPIC_SELECT  0x00
#define IOAPIC_WINDOW  0x10
#define IOAPIC_VERSION 1 /* bits 23:16: the last entry */
#define IOAPIC_ENTRY   0x10
#define IOAPIC_MASKED  BIT(16)

bool x2apic_mode __ro_after_init;
static volatile u8 *apic_regs __ro_after_init;

u32 apic_read(u32 reg)
{
	if (x2apic_mode)
		return rdmsr(X2APIC_MSR(reg));
	return *(volatile u32 *)(apic_regs + reg);
}

void apic_write(u32 reg, u32 value)
{
	if (x2apic_mode)
		wrmsr(X2APIC_MSR(reg), value);
	else
		*(volatile u32 *)(apic_regs + reg) = value;
}

void native_apic_mem_eoi(void)
{
	*(volatile u32 *)(apic_regs + APIC_EOI) = 0;
}

static void wait_for_icr(u32 cpu)
{
	unsigned int tries;

	for (tries = 0; apic_read(APIC_ICR) & APIC_ICR_BUSY; tries++)
		if (tries == ICR_TRIES)
			panic("local APIC: an IPI to CPU %u is still under way after %u looks", cpu,
			      tries);
}

/* Two registers, of which the second sends: no interrupt of ours may send in between. */
static noinline void mem_icr_write(u32 cpu, u32 low)
{
	u64 flags = arch_local_irq_save();

	wait_for_icr(cpu);
	apic_write(APIC_ICR2, acpi_info.apic_ids[cpu] << 24);
	apic_write(APIC_ICR, low);
	arch_local_irq_restore(flags);
}

static u32 icr_low(u32 vector)
{
	return vector == NMI_VECTOR ? APIC_DM_NMI : vector;
}

noinline void native_apic_mem_send_IPI(u32 cpu, u32 vector)
{
	mem_icr_write(cpu, icr_low(vector));
}

void native_send_IPI_mask(u64 mask, u32 vector)
{
	u32 cpu;

	for_each_cpu(cpu, mask) send_IPI(cpu, vector);
}

static void x2apic_eoi(void)
{
	wrmsr(X2APIC_MSR(APIC_EOI), 0);
}

/* This wrmsr waits for no earlier store, which the other CPU may be meant to see: 11.12.3. */
static void x2apic_icr_write(u32 cpu, u32 low)
{
	asm volatile("mfence; lfence" : : : "memory");
	wrmsr(X2APIC_MSR(APIC_ICR), (u64)acpi_info.apic_ids[cpu] << 32 | low);
}

static void x2apic_send_IPI(u32 cpu, u32 vector)
{
	x2apic_icr_write(cpu, icr_low(vector));
}

void apic_icr_write(u32 cpu, u32 low)
{
	if (x2apic_mode)
		x2apic_icr_write(cpu, low);
	else
		mem_icr_write(cpu, low);
}

const struct pv_apic_ops native_x2apic_ops = {
	.eoi = x2apic_eoi,
	.send_IPI = x2apic_send_IPI,
};

static void mask_ioapic(u32 address)
{
	volatile u8 *regs = __va(address);
	volatile u32 *select = (volatile u32 *)(regs + IOAPIC_SELECT);
	volatile u32 *window = (volatile u32 *)(regs + IOAPIC_WINDOW);
	u32 last, i;

	*select = IOAPIC_VERSION;
	last = *window >> 16 & 0xff;
	for (i = 0; i <= last; i++) {
		*select = IOAPIC_ENTRY + 2 * i;
		*window = IOAPIC_MASKED;
	}
}

/* It says that there was an interrupt, and then none: nothing to do, no EOI. */
static void spurious_interrupt(struct pt_regs *regs)
{
	(void)regs;
}

/* This CPU's. Gives where its registers are. */
static u64 enable(void)
{
	u64 base = rdmsr(MSR_IA32_APICBASE) | APICBASE_ENABLE;

	wrmsr(MSR_IA32_APICBASE, base);
	if (x2apic_mode) /* by two steps: 11.12.1.1 */
		wrmsr(MSR_IA32_APICBASE, base | APICBASE_X2APIC);
	return base & PTE_PFN_MASK;
}

static void set_up(void)
{
	apic_write(APIC_SPIV, APIC_SPIV_ON | SPURIOUS_APIC_VECTOR);
	apic_write(APIC_TASKPRI, 0);
	apic_write(APIC_LVTT, APIC_MASKED);
	apic_write(APIC_LVTERR, APIC_MASKED);
	apic_write(APIC_LVT0, APIC_MASKED); /* the 8259 */
	apic_write(APIC_LVT1, APIC_DM_NMI); /* as the PC is wired */
}

void native_apic_init_cpu(void)
{
	enable();
	set_up();
}

void native_apic_init(void)
{
	u64 base;
	u32 i;

	acpi_init(boot_info.rsdp);
	x2apic_mode = !is_twin && boot_cpu_has(X86_FEATURE_X2APIC);
	base = enable();
	if (base >> 32)
		panic("local APIC: its registers are at %lx, expected below 4 GiB", base);
	apic_regs = __va(base);
	if (!acpi_info.nr_cpus)
		printk("ACPI: no MADT, which names CPUs (%s): the boot CPU is the only one\n",
		       acpi_info.rsdp ? "the tables have none" : "no RSDP was found");
	acpi_info.nr_cpus = native_choose_cpus(
		acpi_info.apic_ids, acpi_info.nr_cpus,
		x2apic_mode ? apic_read(APIC_ID) : apic_read(APIC_ID) >> 24, x2apic_mode);

	set_irq_handler(SPURIOUS_APIC_VECTOR, spurious_interrupt);
	set_up();
	for (i = 0; i < acpi_info.nr_ioapics; i++)
		mask_ioapic(acpi_info.ioapics[i].address);
	printk("local APIC %u: %s; ACPI: %u CPUs, %u I/O APICs, %u overrides, %s",
	       acpi_info.apic_ids[0], x2apic_mode ? "x2APIC" : "xAPIC", acpi_info.nr_cpus,
	       acpi_info.nr_ioapics, acpi_info.nr_overrides,
	       acpi_info.hpet ? "HPET at " : "no HPET");
	if (acpi_info.hpet)
		printk("%lx", acpi_info.hpet);
	printk("\n");
}
