/* SPDX-License-Identifier: MIT */
/*
 * The native ops: what pv_ops holds before a platform overlays it, and what an unpatched site
 * calls on a bare machine. Callable from the first instruction of C.
 */
#include "native.h"
#include <string.h>
#include <asm/extable.h>
#include <asm/io.h>
#include <asm/segment.h>
#include <asm/special_insns.h>

/* A write to the POST port takes a bus cycle of about a microsecond and harms nobody. */
void native_io_delay(void)
{
	outb(0, 0x80);
}

u64 native_op_read_cr0(void)
{
	return native_read_cr0();
}

void native_op_write_cr0(u64 value)
{
	native_write_cr0(value);
}

u64 native_op_read_cr4(void)
{
	return native_read_cr4();
}

void native_op_write_cr4(u64 value)
{
	native_write_cr4(value);
}

/* The instruction's registers are the arguments, so these are no C functions. */
asm(".pushsection .text\n"
    ".globl native_op_cpuid, native_op_read_msr, native_op_write_msr\n"
    "native_op_cpuid: cpuid; ret\n"
    "native_op_read_msr: rdmsr; ret\n"
    "native_op_write_msr: wrmsr; ret\n"
    ".popsection\n");

int native_read_msr_safe(u32 msr, u64 *value)
{
	u32 lo = 0, hi = 0;
	int error = -EIO;

	asm volatile("1: rdmsr\n"
		     "xorl %[err], %[err]\n"
		     "2:\n" _ASM_EXTABLE(1b, 2b)
		     : "+a"(lo), "+d"(hi), [err] "+r"(error)
		     : "c"(msr));
	*value = error ? 0 : (u64)hi << 32 | lo;
	return error;
}

int native_write_msr_safe(u32 msr, u64 value)
{
	int error = -EIO;

	asm volatile("1: wrmsr\n"
		     "xorl %[err], %[err]\n"
		     "2:\n" _ASM_EXTABLE(1b, 2b)
		     : [err] "+r"(error)
		     : "c"(msr), "a"((u32)value), "d"((u32)(value >> 32))
		     : "memory");
	return error;
}

void native_load_gdt(const struct desc_ptr *ptr)
{
	asm volatile("lgdt %0" : : "m"(*ptr));
}

void native_load_idt(const struct desc_ptr *ptr)
{
	asm volatile("lidt %0" : : "m"(*ptr));
}

/*
 * ltr wants an available TSS and marks it busy, in a GDT that is read-only and has it so: it sees a
 * copy. What it has read stays in the CPU.
 */
void native_load_tr_desc(void)
{
	u64 copy[GDT_ENTRIES];
	struct desc_ptr gdt, at = { sizeof(copy) - 1, (u64)copy };

	asm volatile("sgdt %0" : "=m"(gdt));
	memcpy(copy, (const void *)gdt.address, sizeof(copy));
	copy[GDT_TSS / 8] &= ~TSS_BUSY;
	native_load_gdt(&at);
	asm volatile("ltr %w0" : : "q"(GDT_TSS) : "memory");
	native_load_gdt(&gdt);
}

/* An NMI between the two swapgs tells by its base whose GS it has. */
void native_load_gs_index(unsigned int selector)
{
	asm volatile("swapgs; movl %0, %%gs; swapgs" : : "r"(selector) : "memory");
}

void native_write_gdt_entry(u64 *entry, const u64 *desc, unsigned int words)
{
	while (words--)
		*entry++ = *desc++;
}

__callee_save u64 native_save_fl(void)
{
	u64 flags;

	asm volatile("pushf; pop %0" : "=r"(flags) : : "memory");
	return flags;
}

__callee_save void native_irq_disable(void)
{
	asm volatile("cli" : : : "memory");
}

__callee_save void native_irq_enable(void)
{
	asm volatile("sti" : : : "memory");
}

/* entry/idle.c knows the address behind the hlt. */
void native_safe_halt(void)
{
	asm volatile("sti; hlt\n"
		     ".globl native_safe_halted\n"
		     "native_safe_halted:"
		     :
		     :
		     : "memory");
}

void native_halt(void)
{
	asm volatile("hlt" : : : "memory");
}

__callee_save u64 native_op_read_cr2(void)
{
	return native_read_cr2();
}

__callee_save u64 native_op_read_cr3(void)
{
	return native_read_cr3();
}

__callee_save void native_op_write_cr3(u64 value)
{
	native_write_cr3(value);
}

void native_op_flush_tlb_user(void)
{
	native_write_cr3(native_read_cr3());
}

void native_op_flush_tlb_kernel(void)
{
	native_flush_tlb_kernel();
}

__callee_save void native_flush_tlb_one_user(u64 addr)
{
	asm volatile("invlpg (%0)" : : "r"(addr) : "memory");
}

__callee_save u64 _paravirt_ident_64(u64 value)
{
	return value;
}

__callee_save void native_set_pte(u64 *ptep, u64 pte)
{
	WRITE_ONCE(*ptep, pte);
}

/* Not present in between, so that the CPU has nowhere to set an accessed or dirty bit. */
__callee_save u64 native_ptep_modify_prot_start(u64 va, u64 *ptep)
{
	u64 old = 0;

	(void)va;
	asm volatile("xchg %0, %1" : "+r"(old), "+m"(*ptep));
	return old;
}

__callee_save void native_ptep_modify_prot_commit(u64 va, u64 *ptep, u64 pte)
{
	(void)va;
	WRITE_ONCE(*ptep, pte);
}
