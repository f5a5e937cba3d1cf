/* SPDX-License-Identifier: MIT */
/*
 * GDT, TSS and IDT. The first thing that a way in calls, so that the first mistake after it is
 * shown and not a triple fault.
 */
#include <asm/desc.h>
#include "../pv/native/native.h"
#include <asm/desc_stacks.h>
#include <asm/msr-index.h>
#include <asm/page.h>
#include <asm/paravirt.h>
#include <asm/percpu.h>

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
#define TSS_IST_NMI 44 /* ist[IST_NMI - 1] */
_Static_assert(offsetof(struct tss, ist) + 8 * (IST_NMI - 1) == TSS_IST_NMI, "tss_ist_nmi");

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

static struct gate idt[NR_VECTORS] __aligned(16);
static struct tss tss __used __aligned(16);
/* nmi_entry moves it: paranoid.S. */
asm(".globl tss_ist_nmi; tss_ist_nmi = tss + " ALT_STR(TSS_IST_NMI));
struct percpu percpu;

static void set_tss(void)
{
	u64 base = (u64)&tss, desc[2];

	tss.ist[IST_DF - 1] = (u64)df_stack_top;
	tss.ist[IST_NMI - 1] = (u64)nmi_stack_top - NMI_RESERVE;
	tss.ist[IST_MC - 1] = (u64)mc_stack_top;
	tss.ist[IST_DB - 1] = (u64)db_stack_top;
	tss.io_bitmap = sizeof(tss);
	/* SDM vol. 3A, 7.2.3: base in four pieces, type 9 = available 64-bit TSS. */
	desc[0] = (sizeof(tss) - 1) | (base & 0xffffff) << 16 | 0x89UL << 40 |
		  (base >> 24 & 0xff) << 56;
	desc[1] = base >> 32;
	write_gdt_entry(&gdt[GDT_TSS / 8], desc, 2);
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
	tss.sp[0] = sp;
}

void cpu_init(void)
{
	const struct desc_ptr gdt_ptr = { GDT_ENTRIES * 8 - 1, (u64)gdt };
	const struct desc_ptr idt_ptr = { sizeof(idt) - 1, (u64)idt };

	load_gdt(&gdt_ptr);
	set_tss();
	load_tr_desc();
	set_idt();
	load_idt(&idt_ptr);
	wrmsr(MSR_GS_BASE, (u64)&percpu);
}
