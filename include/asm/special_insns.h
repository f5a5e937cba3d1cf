/* SPDX-License-Identifier: MIT */
/*
 * The privileged instructions themselves, as a kernel for the bare machine alone would write them.
 * Used by the native ops, by the ways in and by platform probes: everybody else goes through the
 * ops in asm/paravirt.h. All run at CPL 0 (under Xen PV most of them trap and are emulated).
 */
#ifndef ASM_SPECIAL_INSNS_H
#define ASM_SPECIAL_INSNS_H

#include <types.h>

#define X86_CR4_MCE  BIT(6)
#define X86_CR4_PGE  BIT(7)
#define X86_CR4_UMIP BIT(11)
#define X86_CR4_SMEP BIT(20)
#define X86_CR4_SMAP BIT(21)

static inline u64 native_read_cr0(void)
{
	u64 value;

	asm volatile("mov %%cr0, %0" : "=r"(value));
	return value;
}

static inline void native_write_cr0(u64 value)
{
	asm volatile("mov %0, %%cr0" : : "r"(value) : "memory");
}

static inline u64 native_read_cr2(void)
{
	u64 value;

	asm volatile("mov %%cr2, %0" : "=r"(value));
	return value;
}

static inline u64 native_read_cr3(void)
{
	u64 value;

	asm volatile("mov %%cr3, %0" : "=r"(value) : : "memory");
	return value;
}

static inline void native_write_cr3(u64 value)
{
	asm volatile("mov %0, %%cr3" : : "r"(value) : "memory");
}

static inline u64 native_read_cr4(void)
{
	u64 value;

	asm volatile("mov %%cr4, %0" : "=r"(value));
	return value;
}

static inline void native_write_cr4(u64 value)
{
	asm volatile("mov %0, %%cr4" : : "r"(value) : "memory");
}

/* Drop every translation of this CPU, global ones too: SDM vol. 3A, 4.10.4.1. */
static inline void native_flush_tlb_kernel(void)
{
	u64 cr4 = native_read_cr4();

	if (!(cr4 & X86_CR4_PGE)) {
		native_write_cr3(native_read_cr3());
		return;
	}
	native_write_cr4(cr4 & ~X86_CR4_PGE);
	native_write_cr4(cr4);
}

static inline void native_cpuid(u32 *eax, u32 *ebx, u32 *ecx, u32 *edx)
{
	asm volatile("cpuid" : "+a"(*eax), "=b"(*ebx), "+c"(*ecx), "=d"(*edx));
}

/* For where no op may be: the patcher could just be writing its site. */
static __always_inline u64 native_rdmsr(u32 msr)
{
	u32 lo, hi;

	asm volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (u64)hi << 32 | lo;
}

static __always_inline void native_wrmsr(u32 msr, u64 value)
{
	asm volatile("wrmsr" : : "c"(msr), "a"((u32)value), "d"((u32)(value >> 32)) : "memory");
}

/* Not before what stands before it: for what other CPUs compare with. SDM vol. 2B, RDTSC. */
static inline u64 rdtsc_ordered(void)
{
	u32 lo, hi;

	asm volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (u64)hi << 32 | lo;
}

/* The time-stamp counter, in its own unit. Under QEMU's -icount it counts instructions. */
static inline u64 rdtsc(void)
{
	u32 lo, hi;

	asm volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (u64)hi << 32 | lo;
}

#endif
