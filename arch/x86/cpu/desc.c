/* SPDX-License-Identifier: MIT */
/*
 * GDT, TSS and IDT. The first thing that a way in calls, so that the first mistake after it is
 * shown and not a triple fault.
 */
#include <kstack.h>
#include <page_alloc.h>
#include <string.h>
#include <asm/desc.h>
#include "../pv/native/native.h"
#include <asm/desc_stacks.h>
#include <asm/msr-index.h>
#include <asm/page.h>
#include <asm/paravirt.h>
#include <asm/percpu.h>
#include <asm/pgtable.h>

/* SDM vol. 3A, 7.7. */
struct tss {
	u32 reserved0;
	u64 sp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3, io_bitmap;
} __packed;
_Static_assert(sizeof(struct tss) == 104, "SDM vol. 3A, 7.7");

/* SDM vol. 3A, 6.14.1. */
struct gate {
	u16 offset_low, selector;
	u8 ist, type;
	u16 offset_middle;
	u32 offset_high, reserved;
};
_Static_assert(sizeof(struct gate) == 16, "SDM vol. 3A, 6.14.1");

#define GATE_INTERRUPT 0x8e /* present, DPL 0: clears IF */
#define GATE_DPL1      0x20
#define GATE_DPL3      0x60
#define IST_DF	       1

/*
 * A page of its own among the constants, written only through write_gdt_entry() while the boot
 * page tables still allow it: a hypervisor that checks descriptors wants it read-only, and the
 * accessed and busy bits are set before it is.
 */
asm(".pushsection .rodata\n"
    ".balign " ALT_STR(
	    PAGE_SIZE) "\n"
		       "gdt: .quad 0, 0\n"
		       ".quad 0x00af9b000000ffff\n" /* __KERNEL_CS: 64-bit code, DPL 0, accessed */
		       ".quad 0x00cf93000000ffff\n" /* __KERNEL_DS: data, DPL 0, accessed */
		       ".quad 0\n" /* USER_BASE_SEL: a 32-bit code segment could be here */
		       ".quad 0x00cff3000000ffff\n" /* __USER_DS: data, DPL 3, accessed */
		       ".quad 0x00affb000000ffff\n" /* __USER_CS: 64-bit code, DPL 3, accessed */
		       ".balign " ALT_STR(PAGE_SIZE) "\n"
						     ".popsection\n");
extern u64 gdt[PAGE_SIZE / 8];

static struct gate idt[NR_VECTORS] __aligned(16) __ro_after_init;
static DEFINE_PER_CPU(struct tss, cpu_tss) __aligned(64);

/* The tops of a CPU's stacks for entries that need their own. */
struct ist_stacks {
	u64 df, nmi, mc, db;
};

/* What another CPU has of these. */
static DEFINE_PER_CPU(struct ist_stacks, cpu_stacks);
static DEFINE_PER_CPU(u64 *, cpu_gdt);
static DEFINE_PER_CPU(bool, cpu_complete);

static void set_tss(u32 cpu, const struct ist_stacks *stacks)
{
	struct tss *tss = per_cpu_ptr(&cpu_tss, cpu);
	u64 slot, ist = (u64)tss + offsetof(struct tss, ist[IST_NMI - 1]);

	/* nmi_entry finds in each slot of its stack what it has to move: paranoid.S. */
	for (slot = stacks->nmi - (NMI_SLOTS - 1) * NMI_SLOT; slot <= stacks->nmi; slot += NMI_SLOT)
		*(u64 *)(slot - NMI_RESERVE) = *(u64 *)(slot - NMI_RESERVE / 2) = ist;
	tss->ist[IST_DF - 1] = stacks->df;
	tss->ist[IST_NMI - 1] = stacks->nmi - NMI_RESERVE;
	tss->ist[IST_MC - 1] = stacks->mc;
	tss->ist[IST_DB - 1] = stacks->db;
	tss->io_bitmap = sizeof(*tss);
}

/*
 * SDM vol. 3A, 7.2.3: base in four pieces, type 11 = busy 64-bit TSS: load_tr_desc() loads it from
 * a GDT that is sealed, and would have to make it that.
 */
static void set_tss_desc(u32 cpu, u64 *gdt_page)
{
	u64 base = (u64)per_cpu_ptr(&cpu_tss, cpu), desc[2];

	desc[0] = (sizeof(struct tss) - 1) | (base & 0xffffff) << 16 | 0x8bUL << 40 |
		  (base >> 24 & 0xff) << 56;
	desc[1] = base >> 32;
	write_gdt_entry(&gdt_page[GDT_TSS / 8], desc, 2);
}

static void set_idt(void)
{
	unsigned int i;

	for (i = 0; i < NR_VECTORS; i++)
		idt[i] = (struct gate){
			.offset_low = trap_stubs[i],
			.selector = __KERNEL_CS,
			.type = GATE_INTERRUPT,
			.offset_middle = trap_stubs[i] >> 16,
			.offset_high = trap_stubs[i] >> 32,
		};
	idt[X86_TRAP_BP].type |= GATE_DPL3;
	idt[X86_TRAP_DF].ist = IST_DF; /* the kernel's stack may be what is wrong */
	idt[X86_TRAP_NMI].ist = IST_NMI;
	idt[X86_TRAP_MC].ist = IST_MC;
	idt[X86_TRAP_MC].type |= GATE_DPL1; /* so that a PV kernel can try its entry by int n */
	idt[X86_TRAP_DB].ist = IST_DB;
}

void native_load_sp0(u64 sp)
{
	this_cpu_write(cpu_tss.sp[0], sp);
}

static const struct desc_ptr idt_ptr = { sizeof(idt) - 1, (u64)idt };

void cpu_init(void)
{
	const struct desc_ptr gdt_ptr = { GDT_ENTRIES * 8 - 1, (u64)gdt };
	const struct ist_stacks stacks = { (u64)df_stack_top, (u64)nmi_stack_top, (u64)mc_stack_top,
					   (u64)db_stack_top };

	percpu_init_boot();
	load_gdt(&gdt_ptr);
	wrmsr(MSR_GS_BASE, __per_cpu_offset[0]); /* after load_gdt: a selector would change it */
	set_tss(0, &stacks);
	set_tss_desc(0, gdt);
	load_tr_desc();
	set_idt();
	load_idt(&idt_ptr);
}

static bool have_stack(u64 *top, u32 pages)
{
	if (!*top)
		*top = kstack_alloc(pages);
	return *top;
}

/* What there is memory for stays the CPU's, for its next try. */
int cpu_alloc(u32 cpu)
{
	struct ist_stacks *s = per_cpu_ptr(&cpu_stacks, cpu);
	u64 **gdt_page = per_cpu_ptr(&cpu_gdt, cpu),
	    pa = *gdt_page ? __pa(*gdt_page) : alloc_page();

	if (per_cpu(cpu_complete, cpu))
		return 0;
	if (pa)
		*gdt_page = __va(pa);
	if (!pa || !have_stack(&s->df, 1) || !have_stack(&s->nmi, NMI_SLOTS) ||
	    !have_stack(&s->mc, 1) || !have_stack(&s->db, 1))
		return -ENOMEM;
	memcpy(*gdt_page, gdt, PAGE_SIZE);
	set_tss(cpu, s);
	set_tss_desc(cpu, *gdt_page);
	if (seal_page(pa))
		return -ENOMEM;
	per_cpu(cpu_complete, cpu) = true;
	return 0;
}

void cpu_init_secondary(u32 cpu)
{
	const struct desc_ptr gdt_ptr = { GDT_ENTRIES * 8 - 1, (u64)per_cpu(cpu_gdt, cpu) };

	load_gdt(&gdt_ptr);
	wrmsr(MSR_GS_BASE, __per_cpu_offset[cpu]);
	load_tr_desc();
	load_idt(&idt_ptr);
}

u64 cpu_gdt_page(u32 cpu)
{
	return (u64)per_cpu(cpu_gdt, cpu);
}
