/* SPDX-License-Identifier: MIT */
/* Waiting for a kick, as a lock's waiter does; and a CPU that is down, which KVM leaves alone. */
#include "kvm_job.h"
#include <spinlock.h>
#include <string.h>

/* ---- wait and kick --------------------------------------------------------------------------- */

static u8 byte;
static bool came_on;

static void wait_irqs_on(void)
{
	while (READ_ONCE(byte))
		pv_wait(&byte, 1);
}

static void wait_irqs_off(void)
{
	arch_local_irq_disable();
	wait_irqs_on();
	came_on = !arch_irqs_disabled_flags(arch_local_save_flags());
	arch_local_irq_enable();
}

/* It waits, says the host, and not we. Before its job begins it does so for want of work. */
static bool until_asleep(void)
{
	u64 begin = sched_clock();

	while (READ_ONCE(due) || witness_stat(1, WITNESS_STAT_BLOCKING) != 1)
		if (sched_clock() - begin > PATIENCE)
			return false;
	return true;
}

static void wait_and_kick(struct test *t, void (*wait)(void), const char *irqs)
{
	u64 slept = witness_stat(1, WITNESS_STAT_HALT_WAIT_NS), begin;
	u64 halts = witness_stat(1, WITNESS_STAT_HALT_EXITS);
	int kicks = counter(t, 0, WITNESS_EVENT_HYPERCALL, KVM_HC_KICK_CPU);

	if (kicks < 0)
		return;
	byte = 1;
	start(wait);
	CHECK(t, until_asleep(), "interrupts %s: CPU 1 does not sleep", irqs);
	WRITE_ONCE(byte, 0);
	for (begin = sched_clock(); sched_clock() - begin < 10 * NSEC_PER_MSEC;)
		;
	CHECK(t, !READ_ONCE(done), "interrupts %s: it woke up without a kick", irqs);
	begin = sched_clock();
	pv_kick(1);
	end(t);
	begin = sched_clock() - begin;
	halts = witness_stat(1, WITNESS_STAT_HALT_EXITS) - halts;
	slept = witness_stat(1, WITNESS_STAT_HALT_WAIT_NS) - slept;
	printk("kvm: a wait with interrupts %s: %lu halts, asleep for %lu ns, %lu kick, %lu ns "
	       "from "
	       "it to the end\n",
	       irqs, halts, slept, take_counter(kicks), begin);
	CHECK(t, halts && slept > 10 * NSEC_PER_MSEC, "interrupts %s: %lu halts, asleep for %lu ns",
	      irqs, halts, slept);
}

SELFTEST(kvm, kicked_waiter_slept)
{
	if (!has(t, X86_FEATURE_KVM_PV_UNHALT) || !cpus(t, 2) || !witness(t))
		return;
	wait_and_kick(t, wait_irqs_on, "on");
	wait_and_kick(t, wait_irqs_off, "off");
	CHECK(t, !came_on, "after a wait with interrupts off they are on");
}

static bool there;

static void wait_after_the_kick(void)
{
	arch_local_irq_disable();
	WRITE_ONCE(there, true); /* before that the kick would end an idle halt */
	until(&told);
	pv_wait(&byte, 1); /* it may return for nothing, and has to for this */
	arch_local_irq_enable();
}

SELFTEST(kvm, kick_before_the_wait)
{
	if (!has(t, X86_FEATURE_KVM_PV_UNHALT) || !cpus(t, 2))
		return;
	byte = 1;
	there = false;
	start(wait_after_the_kick);
	CHECK(t, until(&there), "CPU 1 does not begin");
	pv_kick(1);
	end(t);
	WRITE_ONCE(byte, 0);
	if (!READ_ONCE(done))
		pv_kick(1);
}

static DEFINE_SPINLOCK(lock);

static void take_and_give(void)
{
	spin_lock(&lock);
	spin_unlock(&lock);
}

/* The whole way: a waiter that spun for long enough sleeps, and the unlock kicks it. */
SELFTEST(kvm, waiter_for_a_lock_sleeps)
{
	u64 kicked;
	int kicks;

	if (!has(t, X86_FEATURE_KVM_PV_UNHALT) || !cpus(t, 2) || !witness(t))
		return;
	kicks = counter(t, 0, WITNESS_EVENT_HYPERCALL, KVM_HC_KICK_CPU);
	if (kicks < 0)
		return;
	spin_lock(&lock);
	start(take_and_give);
	CHECK(t, until_asleep(), "CPU 1 does not sleep");
	CHECK(t, lock.raw.locked == _Q_SLOW_VAL, "the word is %x", lock.raw.val);
	spin_unlock(&lock);
	end(t);
	kicked = take_counter(kicks);
	CHECK(t, kicked == 1 && !lock.raw.val, "%lu kicks, the word is %x", kicked, lock.raw.val);
}

/* ---- a CPU that is down ---------------------------------------------------------------------- */

/* Woken by an NMI it runs for a moment, and KVM writes nothing into areas that are ours again. */
SELFTEST(kvm, nothing_is_written_to_a_cpu_that_is_down)
{
	struct pvclock_vcpu_time_info clock;
	struct kvm_steal_time steal;
	u64 nmis = nmi_count, begin;

	if (!has(t, X86_FEATURE_KVM) || !cpus(t, 2) || !witness(t))
		return;
	if (cpu_down(1))
		return test_fail(t, "CPU 1 does not go down");
	clock = per_cpu(kvm_clock, 1);
	steal = per_cpu(kvm_steal, 1);
	CHECK(t, !witness_nmi(1), "no NMI could be sent");
	for (begin = sched_clock(); nmi_count == nmis && sched_clock() - begin < PATIENCE;)
		;
	CHECK(t, nmi_count > nmis, "the NMI did not come");
	CHECK(t, !memcmp(&clock, per_cpu_ptr(&kvm_clock, 1), sizeof(clock)),
	      "the clock was written");
	CHECK(t, !memcmp(&steal, per_cpu_ptr(&kvm_steal, 1), sizeof(steal)), "steal was written");
	CHECK(t, !cpu_up(1), "CPU 1 does not come back");
}
