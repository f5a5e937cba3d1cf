/* SPDX-License-Identifier: MIT */
/* What the boot CPU and the platform can do: one bitmap, filled once by cpu/features.c. */
#ifndef ASM_CPUFEATURE_H
#define ASM_CPUFEATURE_H

#include <types.h>
#include <asm/cpufeatures.h>

extern u32 boot_cpu_caps[NCAPINTS], cpu_caps_cleared[NCAPINTS];
/* The hypervisor's 12-byte signature from CPUID 0x40000000, or "" on a bare machine. */
extern char hypervisor_signature[13];

static inline bool boot_cpu_has(unsigned int feature)
{
	return boot_cpu_caps[feature / 32] >> (feature % 32) & 1;
}

/* What shall not be set, by a word on the command line or a platform's wish. Before it could be. */
static inline void setup_clear_cpu_cap(unsigned int feature)
{
	cpu_caps_cleared[feature / 32] |= 1U << (feature % 32);
}

static inline void setup_force_cpu_cap(unsigned int feature)
{
	boot_cpu_caps[feature / 32] |= 1U << (feature % 32) & ~cpu_caps_cleared[feature / 32];
}

/* Fill the CPUID words through the cpuid op: the platform's overlay is in place by now. */
void identify_boot_cpu(void);

/* A feature's name, or NULL for a bit that has none here. */
const char *feature_name(unsigned int feature);

#endif
