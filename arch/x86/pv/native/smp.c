/* SPDX-License-Identifier: MIT */
/*
 * Other CPUs of a PC: found in the MADT, started by INIT and start-up IPIs (SDM vol. 3A, 8.4) at a
 * page below 1 MiB with boot/trampoline.S in it, all at a time: each finds itself by the number of
 * its local APIC.
 */
#include "native.h"
#include <acpi.h>
#include <boot_info.h>
#include <mm.h>
#include <printk.h>
#include <smp.h>
#include <string.h>
#include <time.h>
#include <asm/apic.h>
#include <asm/cpu_state.h>
#include <asm/page.h>
#include <asm/paravirt.h>
#include <asm/pgtable.h>
#include <asm/traps.h>

#define TRAMPOLINE_LIMIT 0xa0000 /* a start-up IPI's 8 bits name a page below it */

extern const u8 trampoline_start[], trampoline_end[];
extern const u8 trampoline_jump[], trampoline_cr3[], trampoline_gdt_ptr[];

/* What CPUs need in their first instructions in the image. */
u64 secondary_cr3, secondary_sp[NR_CPUS]; /* 0: this one is not wanted */
u32 secondary_nr;
const u32 *secondary_ids; /* [secondary_nr], of their local APICs */

static u64 trampoline; /* physical, 0 = there is no place */
/* 0 and KERNEL_BASE: the first 2 MiB, readable and executable; the kernel's own. */
static u64 pml4[PTRS_PER_TABLE] __aligned(PAGE_SIZE) __section(".bss..page_aligned");
static u64 pdpt[PTRS_PER_TABLE] __aligned(PAGE_SIZE) __section(".bss..page_aligned");
static u64 pd[PTRS_PER_TABLE] __aligned(PAGE_SIZE) __section(".bss..page_aligned");

static struct mm trampoline_mm; /* these tables, which no CPU stays on */

/* The highest page of low memory that the map calls usable; not 0, which says "none". */
static u64 find_page(void)
{
	u64 best = 0;
	u32 i;

	for (i = 0; i < boot_info.nr_regions; i++) {
		const struct mem_region *r = &boot_info.regions[i];
		u64 end = ALIGN_DOWN(min(r->start + r->size, (u64)TRAMPOLINE_LIMIT), PAGE_SIZE);

		if (r->type == MEM_USABLE && end > PAGE_SIZE && end - PAGE_SIZE >= r->start)
			best = max(best, end - PAGE_SIZE);
	}
	return best;
}

/* A 32-bit word of the copy: where the page is, to be added, or a value. */
static u32 *word(const u8 *at)
{
	return __va(trampoline + (at - trampoline_start));
}

static void set_up_trampoline(void)
{
	pd[0] = _PAGE_PRESENT | _PAGE_PSE;
	pdpt[0] = __pa(pd) | _PAGE_PRESENT;
	pml4[0] = __pa(pdpt) | _PAGE_PRESENT;
	pml4[511] = ((u64 *)__va(kernel_mm.pgd))[511];
	memcpy(__va(trampoline), trampoline_start, trampoline_end - trampoline_start);
	*word(trampoline_jump) += trampoline;
	*word(trampoline_cr3) = __pa(pml4);
	*word(trampoline_gdt_ptr + 2) += trampoline;
	secondary_cr3 = kernel_mm.pgd;
	trampoline_mm.pgd = __pa(pml4);
	mm_add(&trampoline_mm);
	secondary_nr = acpi_info.nr_cpus;
	secondary_ids = acpi_info.apic_ids;
}

u32 native_smp_prepare(void)
{
	if (acpi_info.nr_cpus < 2)
		return 1;
	trampoline = find_page();
	if (!trampoline) {
		printk("SMP: the memory map has no usable page below 640 KiB to start %u CPUs at\n",
		       acpi_info.nr_cpus - 1);
		return 1;
	}
	set_up_trampoline();
	if (seal_page(trampoline))
		panic("SMP: no memory to seal the page at %lx", trampoline);
	return acpi_info.nr_cpus;
}

/* INIT takes effect within this; a CPU that needed the manual's 10 ms has no long mode. */
#define INIT_TIME (10 * NSEC_PER_USEC)

static void send_to_all(u64 mask, u32 icr)
{
	u32 cpu;

	for_each_cpu(cpu, mask) apic_icr_write(cpu, icr);
}

u64 native_start_cpus(u64 mask)
{
	u64 start;
	u32 cpu;

	for_each_cpu(cpu, mask) WRITE_ONCE(secondary_sp[cpu], secondary_stack(cpu));
	send_to_all(mask, APIC_DM_INIT | APIC_INT_ASSERT);
	for (start = sched_clock(); sched_clock() - start < INIT_TIME;)
		cpu_relax();
	native_nudge_cpus(mask);
	return 0;
}

/* A start-up IPI may be lost; a CPU that has started ignores a second one. */
void native_nudge_cpus(u64 mask)
{
	send_to_all(mask, APIC_DM_STARTUP | trampoline >> PAGE_SHIFT);
}

/* After an INIT a CPU waits for a start-up IPI. */
void native_forget_cpus(u64 mask)
{
	u32 cpu;

	for_each_cpu(cpu, mask) WRITE_ONCE(secondary_sp[cpu], 0);
	send_to_all(mask, APIC_DM_INIT | APIC_INT_ASSERT);
}

void native_print_cpu_ids(u64 mask)
{
	printk(", local APICs");
	native_print_ids(acpi_info.apic_ids, acpi_info.nr_cpus, mask);
}

/* From boot/trampoline.S: a CPU's first C. */
void native_start_secondary(u32 cpu) __noreturn;

void native_start_secondary(u32 cpu)
{
	cpu_state_init();
	start_secondary(cpu);
}

void native_init_secondary(void)
{
	cr4_init();
	native_init_syscall();
	mce_init();
	native_apic_init_cpu();
	native_timer_init_cpu();
}

/*
 * An INIT starts it again. An NMI may end the halt, and no more. No op: sites are written while
 * CPUs are down.
 */
noinstr void native_play_dead(void)
{
	for (;;)
		asm volatile("hlt");
}
