/* SPDX-License-Identifier: MIT */
/*
 * The list of CPU state (arch/x86/cpu/state.c), as each CPU has it: the very values, so that
 * whatever was left there, by a loader, by firmware or by what the CPU did before, is gone.
 */
#include <selftest.h>
#include <smp.h>
#include <asm/cpufeature.h>
#include <asm/msr-index.h>
#include <asm/paravirt.h>

struct state {
	u64 cr0, cr4, efer, dr7, pat, sysenter[3], fs_base, user_gs_base;
	u16 ldtr;
};
static DEFINE_PER_CPU(struct state, state);

static void look(void *arg)
{
	struct state *s = this_cpu_ptr(&state);
	int i;

	(void)arg;
	s->cr0 = read_cr0();
	s->fs_base = rdmsr(MSR_FS_BASE);
	s->user_gs_base = rdmsr(MSR_KERNEL_GS_BASE);
	if (boot_cpu_has(X86_FEATURE_XENPV))
		return;
	s->cr4 = read_cr4();
	s->efer = rdmsr(MSR_EFER);
	s->pat = boot_cpu_has(X86_FEATURE_PAT) ? rdmsr(MSR_IA32_CR_PAT) : 0x0007040600070406;
	for (i = 0; i < 3 && boot_cpu_has(X86_FEATURE_SEP); i++)
		s->sysenter[i] = rdmsr(MSR_IA32_SYSENTER_CS + i);
	asm volatile("sldt %w0" : "=r"(s->ldtr));
	asm volatile("mov %%dr7, %0" : "=r"(s->dr7));
}

/* PAE, and MCE, PGE, UMIP, SMEP and SMAP where CPUID has them. */
static u64 expected_cr4(void)
{
	return BIT(5) | (u64)boot_cpu_has(X86_FEATURE_MCE) << 6 |
	       (u64)boot_cpu_has(X86_FEATURE_PGE) << 7 | (u64)boot_cpu_has(X86_FEATURE_UMIP) << 11 |
	       (u64)boot_cpu_has(X86_FEATURE_SMEP) << 20 |
	       (u64)boot_cpu_has(X86_FEATURE_SMAP) << 21;
}

SELFTEST(cpu, state_of_each)
{
	u32 cpu;

	smp_call_function_many(cpu_online_mask, look, NULL);
	for_each_cpu(cpu, cpu_online_mask)
	{
		const struct state *s = per_cpu_ptr(&state, cpu);

		CHECK(t, s->cr0 & BIT(3), "CPU %u: CR0.TS is 0", cpu);
		CHECK(t, !s->fs_base && !s->user_gs_base, "CPU %u: FS base %lx, user GS base %lx",
		      cpu, s->fs_base, s->user_gs_base);
		if (boot_cpu_has(X86_FEATURE_XENPV))
			continue;
		CHECK(t, s->cr0 == 0x8005003b, "CPU %u: CR0 is %lx", cpu, s->cr0);
		CHECK(t, s->cr4 == expected_cr4(), "CPU %u: CR4 is %lx, expected %lx", cpu, s->cr4,
		      expected_cr4());
		CHECK(t, s->efer == 0xd01, "CPU %u: EFER is %lx", cpu, s->efer);
		CHECK(t, s->dr7 == 0x400, "CPU %u: DR7 is %lx", cpu, s->dr7);
		CHECK(t, !s->ldtr, "CPU %u: LDTR is %x", cpu, s->ldtr);
		CHECK(t, s->pat == 0x0007040600070406, "CPU %u: PAT is %016lx", cpu, s->pat);
		CHECK(t, !s->sysenter[0] && !s->sysenter[1] && !s->sysenter[2],
		      "CPU %u: SYSENTER's CS, ESP, EIP are %lx %lx %lx", cpu, s->sysenter[0],
		      s->sysenter[1], s->sysenter[2]);
	}
}
