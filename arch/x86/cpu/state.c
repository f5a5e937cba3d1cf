/* SPDX-License-Identifier: MIT */
/*
 * The list of CPU state that this kernel depends on, set absolutely on the boot CPU and on every
 * other one: what a loader, firmware or the CPU's earlier life left is never a part of it.
 *
 *   CR4            entry32.S, trampoline.S: PAE alone, and with paging off, since LA57 can't go
 *                  later, and FSGSBASE, PKE, CET and PCIDE would give ring 3 or page tables
 *                  another meaning; without PGE the boot tables' translations go too. cr4_init():
 *                  what the kernel wants, by features
 *   RFLAGS         entry32.S; after INIT they are as they should be
 *   EFER, CR0      entry32.S, trampoline.S; and CR0.TS: user_init_cpu(), on Xen as well
 *   DR7            entry32.S, for a #DB has nowhere to go there; below, once more, for all CPUs
 *   LDTR           below: after reset it is present, 64 KiB from address 0 on, where a program's
 *                  page may be, with a call gate in it
 *   SYSENTER       below: with CS 0 ring 3's sysenter is a #GP; it leads nowhere else
 *   PAT            below: page tables use entry 0 only, which must be write-back
 *   FS, GS bases   below, of user mode; the kernel's own: cpu_init()
 *   GDTR, IDTR, TR cpu_init(); STAR, LSTAR, SFMASK: native_init_syscall(); the local APIC:
 *                  apic.c; machine check banks: mce_init()
 *
 * What is not in the list does not matter: the FPU, SSE and XCR0, because CR0.TS and CR4 keep
 * everybody from them, MXCSR included; CR2, DR0 to DR3, DR6, because only their traps read them;
 * MSRs that CR4 or EFER turn off (CET, PKRS, SVM); and MTRRs, which are firmware's to know. On Xen
 * PV all but CR0.TS and the user's segments is Xen's.
 */
#include <printk.h>
#include <asm/cpu_state.h>
#include <asm/cpufeature.h>
#include <asm/msr-index.h>
#include <asm/paravirt.h>
#include <asm/special_insns.h>

#define PAT_STATE 0x0007040600070406 /* as after reset: WB WT UC- UC, twice; SDM 3A, 12.12.4 */

static bool cpuid_1_edx(unsigned int feature)
{
	u32 eax = 1, ebx, ecx = 0, edx;

	native_cpuid(&eax, &ebx, &ecx, &edx);
	return edx >> feature & 1;
}

void cpu_state_init(void)
{
	asm volatile("lldt %w0; mov %1, %%dr7" : : "r"(0), "r"((u64)DR7_STATE));
	if (cpuid_1_edx(X86_FEATURE_SEP)) {
		native_wrmsr(MSR_IA32_SYSENTER_CS, 0);
		native_wrmsr(MSR_IA32_SYSENTER_ESP, 0);
		native_wrmsr(MSR_IA32_SYSENTER_EIP, 0);
	}
	if (cpuid_1_edx(X86_FEATURE_PAT) && native_rdmsr(MSR_IA32_CR_PAT) != PAT_STATE) {
		native_wrmsr(MSR_IA32_CR_PAT, PAT_STATE);
		asm volatile("wbinvd" : : : "memory"); /* of what was cached by the old types */
		native_write_cr3(native_read_cr3());
	}
	native_wrmsr(MSR_FS_BASE, 0); /* a null selector clears it on Intel's CPUs only */
	native_wrmsr(MSR_KERNEL_GS_BASE, 0);
}

void cpu_state_check(void)
{
	u32 eax = 0x80000001, ebx, ecx = 0, edx;

	native_cpuid(&eax, &ebx, &ecx, &edx);
	if (!(edx >> X86_FEATURE_SYSCALL % 32 & 1))
		panic("this CPU lacks SYSCALL (80000001h edx 11), which CPUID should show and "
		      "Anole needs");
}

void cr4_init(void)
{
	static const struct {
		unsigned int feature;
		u64 bit;
	} bits[] = {
		{ X86_FEATURE_MCE, X86_CR4_MCE },   { X86_FEATURE_PGE, X86_CR4_PGE },
		{ X86_FEATURE_UMIP, X86_CR4_UMIP }, { X86_FEATURE_SMEP, X86_CR4_SMEP },
		{ X86_FEATURE_SMAP, X86_CR4_SMAP },
	};
	u64 cr4 = CR4_ENTRY;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bits); i++)
		if (boot_cpu_has(bits[i].feature))
			cr4 |= bits[i].bit;
	write_cr4(cr4);
}
