/* SPDX-License-Identifier: MIT */
/*
 * Machine checks that all CPUs have at a time, as hardware gives them: each CPU says in its own
 * registers that there is one, and calls the handler as the entry would. From outside they come in
 * tests/boot/nmi.t, where nothing makes them meet.
 */
#include <sched.h>
#include <selftest.h>
#include <smp.h>
#include <time.h>
#include <asm/atomic.h>
#include <asm/bitops.h>
#include <asm/cpufeature.h>
#include <asm/msr-index.h>
#include <asm/paravirt.h>
#include <asm/traps.h>

#define ROUNDS 10000		     /* as many, but for no longer */
#define LIMIT  (300 * NSEC_PER_MSEC) /* on a busy host they seldom meet */
#define RIPV   BIT(0)
#define MCIP   BIT(2)
#define VALID  BIT(63)

static struct {
	u64 start, nr, came, handled, bad; /* nr CPUs take part; sums over all rounds */
} all;

/* Until all are in this round; false, for all soon: the time is over. */
static bool meet(u64 round)
{
	__atomic_fetch_add(&all.came, 1, __ATOMIC_SEQ_CST);
	while (READ_ONCE(all.came) < (round + 1) * all.nr) {
		if (sched_clock() - all.start > LIMIT)
			__atomic_fetch_add(&all.came, ROUNDS * all.nr, __ATOMIC_SEQ_CST);
		barrier();
	}
	return READ_ONCE(all.came) <= ROUNDS * all.nr;
}

static int have_checks(void *unused)
{
	u64 flags = arch_local_irq_save(), round, handled = 0, bad = 0, status = 0;

	(void)unused;
	for (round = 0; round < ROUNDS && meet(round); round++) {
		/* Once with something to tell, where one may write that. */
		if (!round)
			wrmsr_safe(MSR_IA32_MC0_STATUS, VALID | smp_processor_id());
		wrmsr(MSR_IA32_MCG_STATUS, RIPV | MCIP);
		handled += do_machine_check(NULL);
		bad += rdmsr(MSR_IA32_MCG_STATUS) || rdmsr_safe(MSR_IA32_MC0_STATUS, &status) ||
		       status;
	}
	arch_local_irq_restore(flags);
	__atomic_fetch_add(&all.handled, handled, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&all.bad, bad, __ATOMIC_SEQ_CST);
	return 0;
}

SELFTEST(cpu, machine_checks_at_a_time)
{
	struct task_struct *threads[NR_CPUS] = { NULL };
	u64 mask = cpu_online_mask & 3, before = mce_count, cap = 0;
	u32 cpu;

	if (boot_cpu_has(X86_FEATURE_XENPV))
		return test_skip(t, "Xen has the machine checks");
	if (!boot_cpu_has(X86_FEATURE_MCE) || !boot_cpu_has(X86_FEATURE_MCA) ||
	    rdmsr_safe(MSR_IA32_MCG_CAP, &cap) || !(cap & 0xff))
		return test_skip(t, "the CPU has no bank of them");
	all.start = sched_clock();
	all.nr = all.came = all.handled = all.bad = 0;
	for_each_cpu(cpu, mask) all.nr++;
	for_each_cpu(cpu, mask) threads[cpu] = kthread_run(have_checks, NULL, "mce", (int)cpu);
	for_each_cpu(cpu, mask) if (!threads[cpu]) test_fail(t, "no memory for a thread");
	else kthread_join(threads[cpu]);
	if (!all.handled)
		return test_skip(t, "the CPUs did not meet in time");
	CHECK(t, mce_count - before == all.handled, "%lu machine checks were taken, %lu counted",
	      all.handled, mce_count - before);
	CHECK(t, !all.bad, "%lu times something was left in a bank or in MCG_STATUS", all.bad);
}
