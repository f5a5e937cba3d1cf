/* SPDX-License-Identifier: MIT */
/*
 * The feature table's CPUID words, read once on the boot CPU through the cpuid op: a PV guest's
 * plain CPUID would show a machine that is not there for it.
 */
#include <string.h>
#include <asm/cpufeature.h>
#include <asm/cpuid.h>

u32 boot_cpu_caps[NCAPINTS] __ro_after_init;
u32 cpu_caps_cleared[NCAPINTS] __ro_after_init;
char hypervisor_signature[13] __ro_after_init;

void identify_boot_cpu(void)
{
	u32 max = cpuid(0).eax, max_ext = cpuid(0x80000000).eax;
	struct cpuid r = cpuid(1);
	bool hypervisor = r.ecx >> 31;

	boot_cpu_caps[0] = r.edx;
	boot_cpu_caps[2] = r.ecx;
	if (max_ext >= 0x80000001) {
		r = cpuid(0x80000001);
		boot_cpu_caps[1] = r.edx;
		boot_cpu_caps[3] = r.ecx;
	}
	if (max >= 7) {
		r = cpuid(7);
		boot_cpu_caps[4] = r.ebx;
		boot_cpu_caps[5] = r.ecx;
	}
	if (max_ext >= 0x80000007)
		boot_cpu_caps[6] = cpuid(0x80000007).edx;
	if (hypervisor) {
		setup_force_cpu_cap(X86_FEATURE_HYPERVISOR);
		r = cpuid(0x40000000);
		memcpy(hypervisor_signature, &r.ebx, sizeof(hypervisor_signature) - 1);
	}
}
