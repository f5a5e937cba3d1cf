/* SPDX-License-Identifier: MIT */
/*
 * pv_cpu on Xen PV. Control registers and most MSRs are emulated by Xen when the instruction
 * traps; what it does not emulate has a hypercall.
 */
#include "hypercall.h"
#include "xen.h"
#include "../native/native.h"
#include <printk.h>
#include <asm/desc.h>
#include <asm/msr-index.h>
#include <asm/page.h>
#include <asm/percpu.h>
#include <asm/special_insns.h>

#define X86_CR0_TS BIT(3)

static DEFINE_PER_CPU(u64, xen_cr0); /* what Xen shows, so that a read need not trap */

static u64 xen_read_cr0(void)
{
	if (!this_cpu_read(xen_cr0))
		this_cpu_write(xen_cr0, native_read_cr0());
	return this_cpu_read(xen_cr0);
}

/* Only TS is ours to change. */
static void xen_write_cr0(u64 value)
{
	this_cpu_write(xen_cr0, (xen_read_cr0() & ~X86_CR0_TS) | (value & X86_CR0_TS));
	hypercall1(__HYPERVISOR_fpu_taskswitch, !!(value & X86_CR0_TS));
}

static int segment_base(u32 msr)
{
	switch (msr) {
	case MSR_FS_BASE:
		return SEGBASE_FS;
	case MSR_GS_BASE:
		return SEGBASE_GS_KERNEL;
	case MSR_KERNEL_GS_BASE:
		return SEGBASE_GS_USER;
	}
	return -1;
}

void xen_set_gs_base(u64 base)
{
	hypercall2(__HYPERVISOR_set_segment_base, SEGBASE_GS_KERNEL, base);
}

static int xen_read_msr_safe(u32 msr, u64 *value)
{
	return native_read_msr_safe(msr, value);
}

static int xen_write_msr_safe(u32 msr, u64 value)
{
	int which = segment_base(msr);

	if (which >= 0)
		return hypercall2(__HYPERVISOR_set_segment_base, which, value) ? -EIO : 0;
	return native_write_msr_safe(msr, value);
}

/* For entry.S. */
__callee_save __used u64 xen_do_read_msr(u32 msr);
__callee_save __used void xen_do_write_msr(u32 msr, u64 value);

__callee_save u64 xen_do_read_msr(u32 msr)
{
	u64 value;

	if (xen_read_msr_safe(msr, &value))
		panic("Xen refuses to read MSR %x", msr);
	return value;
}

__callee_save void xen_do_write_msr(u32 msr, u64 value)
{
	if (xen_write_msr_safe(msr, value))
		panic("Xen refuses to write %lx to MSR %x", value, msr);
}

/*
 * Xen checks every descriptor of the page, and keeps it read-only from then on: for good, since it
 * holds it while the CPU is down.
 */
static void xen_load_gdt(const struct desc_ptr *ptr)
{
	u64 mfn = xen_pfn_to_mfn(__pa((void *)ptr->address) >> PAGE_SHIFT);
	s64 error;

	error = hypercall3(__HYPERVISOR_update_va_mapping, ptr->address,
			   mfn << PAGE_SHIFT | _PAGE_PRESENT | _PAGE_NX, UVMF_INVLPG);
	if (!error)
		error = hypercall2(__HYPERVISOR_set_gdt, (u64)&mfn, (ptr->size + 1) / 8);
	if (error)
		panic("Xen refuses our GDT: error %ld", error);
}

/* The TSS is Xen's: its descriptor has no place in our GDT. */
static void xen_write_gdt_entry(u64 *entry, const u64 *desc, unsigned int words)
{
	(void)desc;
	if (words == 1)
		panic("Xen PV: descriptor %p is written after load_gdt", (void *)entry);
}

/*
 * The IDT as Xen wants it: a table of traps, with entries that pop rcx and r11 first. Xen copies
 * it, for this CPU.
 */
static void xen_load_idt(const struct desc_ptr *ptr)
{
	static struct trap_info traps[NR_VECTORS + 1];
	static bool made; /* by the boot CPU; others come up at a time, with the same IDT */
	const u8 *gates = (const u8 *)ptr->address;
	unsigned int i, nr = (ptr->size + 1) / 16;
	s64 error;

	for (i = 0; !made && i < nr; i++)
		traps[i] = (struct trap_info){
			.vector = i,
			.flags = (gates[i * 16 + 5] >> 5 & 3) | TI_MASK_EVENTS,
			.cs = FLAT_KERNEL_CS,
			.address = xen_trap_stubs[i],
		};
	made = true;
	error = hypercall1(__HYPERVISOR_set_trap_table, (u64)traps);
	if (error)
		panic("Xen refuses our trap table: error %ld", error);
}

/* Where Xen puts rsp when it brings us a trap or a system call from user mode. */
static void xen_load_sp0(u64 sp)
{
	if (hypercall2(__HYPERVISOR_stack_switch, __KERNEL_DS, sp))
		panic("Xen refuses %p as the kernel's stack", (void *)sp);
}

static void xen_load_gs_index(unsigned int selector)
{
	if (hypercall2(__HYPERVISOR_set_segment_base, SEGBASE_GS_USER_SEL, selector))
		panic("Xen refuses the user's GS selector %x", selector);
}

const struct pv_cpu_ops xen_cpu_ops = {
	.io_delay = PV_NOP(
		cpu.io_delay), /* ports are emulated or passed through: nothing to wait for */
	.read_cr0 = xen_read_cr0,
	.write_cr0 = xen_write_cr0,
	.cpuid = &xen_cpuid,
	.read_msr = &xen_read_msr,
	.write_msr = &xen_write_msr,
	.read_msr_safe = xen_read_msr_safe,
	.write_msr_safe = xen_write_msr_safe,
	.load_gdt = xen_load_gdt,
	.load_idt = xen_load_idt,
	.load_tr_desc = PV_NOP(cpu.load_tr_desc),
	.write_gdt_entry = xen_write_gdt_entry,
	.load_sp0 = xen_load_sp0,
	.load_gs_index = xen_load_gs_index,
};
