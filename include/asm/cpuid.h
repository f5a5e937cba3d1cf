/* SPDX-License-Identifier: MIT */
/* A leaf of CPUID, through its op: a PV guest's plain instruction would show another machine. */
#ifndef ASM_CPUID_H
#define ASM_CPUID_H

#include <asm/paravirt.h>

struct cpuid {
	u32 eax, ebx, ecx, edx;
};

/* Subleaf 0. */
static inline struct cpuid cpuid(u32 leaf)
{
	struct cpuid r = { .eax = leaf };

	cpuid_regs(&r.eax, &r.ebx, &r.ecx, &r.edx);
	return r;
}

#endif
