/* SPDX-License-Identifier: MIT */
/*
 * Machine checks on the bare machine (SDM vol. 3B, chapter 16): what the banks say is kept
 * and cleared, and the kernel goes on if the CPU says that it can.
 */
#include <printk.h>
#include <smp.h>
#include <asm/bitops.h>
#include <asm/cpufeature.h>
#include <asm/msr-index.h>
#include <asm/paravirt.h>
#include <asm/special_insns.h>
#include <asm/traps.h>

#define MCG_STATUS_RIPV BIT(0)
#define MCG_STATUS_MCIP BIT(2)
#define MCI_STATUS_VAL	BIT(63)
#define MCE_LOG		8

u64 mce_count;
static DEFINE_PER_CPU(u32, mce_banks); /* 0: this CPU has none that we can read */

/* A CPU's own: one of the machine comes to all at a time. It writes, whoever reports reads. */
struct mce_log {
	u64 status[MCE_LOG];
	u8 bank[MCE_LOG];
	u32 nr_logged, nr_reported;
};
static DEFINE_PER_CPU(struct mce_log, mce_log);

void mce_init(void)
{
	unsigned int i, banks;
	u64 cap = 0;

	if (!boot_cpu_has(X86_FEATURE_MCE) || !boot_cpu_has(X86_FEATURE_MCA))
		return;
	if (rdmsr_safe(MSR_IA32_MCG_CAP, &cap)) {
		if (!smp_processor_id())
			printk("machine checks: CPUID promises MCG_CAP, MSR %x, which can't be "
			       "read: they are not handled\n",
			       MSR_IA32_MCG_CAP);
		return;
	}
	banks = cap & 0xff;
	for (i = 0; i < banks; i++) {
		wrmsr_safe(MSR_IA32_MC0_CTL + 4 * i, -1UL);
		wrmsr_safe(MSR_IA32_MC0_STATUS + 4 * i, 0);
	}
	this_cpu_write(mce_banks, banks);
}

/* May come while the patcher writes: so no op, no exception and no console in here. */
noinstr bool do_machine_check(struct pt_regs *regs)
{
	struct mce_log *log = this_cpu_ptr(&mce_log);
	unsigned int i, banks;
	u64 global, status;

	banks = this_cpu_read(mce_banks);
	if (!banks)
		return false;
	global = native_rdmsr(MSR_IA32_MCG_STATUS);
	if (!(global & MCG_STATUS_MCIP))
		return false;
	asm volatile("lock; incq %0" : "+m"(mce_count) : : "cc"); /* never patched */
	for (i = 0; i < banks; i++) {
		status = native_rdmsr(MSR_IA32_MC0_STATUS + 4 * i);
		if (!(status & MCI_STATUS_VAL))
			continue;
		if (log->nr_logged - READ_ONCE(log->nr_reported) < MCE_LOG) {
			/* the first ones tell the most */
			log->bank[log->nr_logged % MCE_LOG] = i;
			log->status[log->nr_logged % MCE_LOG] = status;
			barrier();
			WRITE_ONCE(log->nr_logged, log->nr_logged + 1);
		}
		native_wrmsr(MSR_IA32_MC0_STATUS + 4 * i, 0);
	}
	if (!(global & MCG_STATUS_RIPV)) /* a panic reports */
		panic_regs(regs, "machine check (MCG_STATUS %lx): the CPU can't go on", global);
	native_wrmsr(MSR_IA32_MCG_STATUS, 0); /* another may come */
	return true;
}

void mce_report(void)
{
	u32 cpu, n;

	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		struct mce_log *log = per_cpu_ptr(&mce_log, cpu);

		if (cpu && !__per_cpu_offset[cpu])
			continue;
		while ((n = READ_ONCE(log->nr_reported)) != READ_ONCE(log->nr_logged)) {
			u64 status = log->status[n % MCE_LOG];
			u32 bank = log->bank[n % MCE_LOG];

			if (cmpxchg(&log->nr_reported, n, n + 1) == n)
				printk("machine check: CPU %u, bank %u says %016lx\n", cpu, bank,
				       status);
		}
	}
}
