/* SPDX-License-Identifier: MIT */
/*
 * Machine checks on the bare machine (SDM vol. 3B, chapter 16): what the banks say is shown and
 * cleared, and the kernel goes on if the CPU says that it can.
 */
#include <printk.h>
#include <asm/cpufeature.h>
#include <asm/msr-index.h>
#include <asm/paravirt.h>
#include <asm/traps.h>

#define X86_CR4_MCE	BIT(6)
#define MCG_STATUS_RIPV BIT(0)
#define MCI_STATUS_VAL	BIT(63)

u64 mce_count;

void mce_init(void)
{
	unsigned int i, banks;

	if (!boot_cpu_has(X86_FEATURE_MCE) || !boot_cpu_has(X86_FEATURE_MCA))
		return;
	banks = rdmsr(MSR_IA32_MCG_CAP) & 0xff;
	for (i = 0; i < banks; i++) {
		wrmsr_safe(MSR_IA32_MC0_CTL + 4 * i, -1UL);
		wrmsr_safe(MSR_IA32_MC0_STATUS + 4 * i, 0);
	}
	write_cr4(read_cr4() | X86_CR4_MCE);
}

void do_machine_check(struct pt_regs *regs)
{
	u64 global = 0, status = 0;
	unsigned int i, banks;

	mce_count++;
	if (rdmsr_safe(MSR_IA32_MCG_STATUS, &global))
		panic_regs(regs, "machine check, and nothing to read about it");
	banks = rdmsr(MSR_IA32_MCG_CAP) & 0xff;
	for (i = 0; i < banks; i++) {
		if (rdmsr_safe(MSR_IA32_MC0_STATUS + 4 * i, &status) || !(status & MCI_STATUS_VAL))
			continue;
		printk("machine check: bank %u says %016lx\n", i, status);
		wrmsr_safe(MSR_IA32_MC0_STATUS + 4 * i, 0);
	}
	if (!(global & MCG_STATUS_RIPV))
		panic_regs(regs, "machine check (MCG_STATUS %lx): the CPU can't go on", global);
	wrmsr(MSR_IA32_MCG_STATUS, 0); /* another may come */
}
