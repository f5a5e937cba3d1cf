/* SPDX-License-Identifier: MIT */
/*
 * kvmclock: KVM writes for each CPU what makes its TSC a clock (asm/pvclock.h), and the time of
 * day when it is asked. Where the host's own TSC is no common clock, the CPUs' clocks differ by
 * some ns, and only the greatest time that anybody was told keeps one from going back.
 */
#include "kvm.h"
#include "../native/native.h"
#include <preempt.h>
#include <printk.h>
#include <time.h>
#include <asm/cpufeature.h>
#include <asm/page.h>
#include <asm/paravirt.h>
#include <asm/percpu.h>
#include <asm/special_insns.h>
#include <asm/tsc.h>

DEFINE_PER_CPU(struct pvclock_vcpu_time_info, kvm_clock) __aligned(32);
static u64 last_value;

/* On one CPU: its TSC counts by what is true of it. */
static u64 read(u8 *flags)
{
	const struct pvclock_vcpu_time_info *src;
	u32 version;
	u64 ns;

	preempt_disable();
	src = this_cpu_ptr(&kvm_clock);
	do {
		version = pvclock_read_begin(src);
		ns = pvclock_read_cycles(src, rdtsc_ordered());
		*flags = src->flags;
	} while (pvclock_read_retry(src, version));
	preempt_enable();
	return ns;
}

u64 kvm_sched_clock(void)
{
	u8 flags;
	u64 ns = read(&flags);

	return flags & PVCLOCK_TSC_STABLE_BIT ? ns : pvclock_at_least_last(&last_value, ns);
}

u64 kvm_sched_clock_unstable(void)
{
	u8 flags;

	return pvclock_at_least_last(&last_value, read(&flags));
}

/* As in the structure's comment; two CPUs may ask at once, and get the same. */
static u64 kvm_get_wallclock(void)
{
	static struct pvclock_wall_clock wall __aligned(16);
	u32 version;
	u64 ns;

	wrmsr(MSR_KVM_WALL_CLOCK_NEW, __pa(&wall));
	do {
		version = READ_ONCE(wall.version);
		barrier();
		ns = READ_ONCE(wall.sec) * NSEC_PER_SEC + READ_ONCE(wall.nsec);
		barrier();
	} while (version & 1 || version != READ_ONCE(wall.version));
	return ns + sched_clock();
}

const struct pv_time_ops kvm_time_ops = { .get_wallclock = kvm_get_wallclock };

/* KVM has written when the instruction after wrmsr begins. */
void kvm_clock_on(void)
{
	const struct pvclock_vcpu_time_info *src = this_cpu_ptr(&kvm_clock);

	if (!boot_cpu_has(X86_FEATURE_KVM_CLOCKSOURCE2))
		return;
	wrmsr(MSR_KVM_SYSTEM_TIME_NEW, __pa(src) | KVM_MSR_ENABLED);
	if (!READ_ONCE(src->version) || !READ_ONCE(src->tsc_to_system_mul))
		panic("KVM took the address of a clock and writes none: version %u, multiplier %u",
		      src->version, src->tsc_to_system_mul);
}

/* What was written last goes on to be a clock, but not one that anybody corrects. */
void kvm_clock_off(void)
{
	if (boot_cpu_has(X86_FEATURE_KVM_CLOCKSOURCE2))
		wrmsr(MSR_KVM_SYSTEM_TIME_NEW, 0);
}

void kvm_init_time(void)
{
	const struct pvclock_vcpu_time_info *src = this_cpu_ptr(&kvm_clock);

	if (!boot_cpu_has(X86_FEATURE_KVM_CLOCKSOURCE2))
		return native_init_time();
	kvm_clock_on();
	tsc_khz = pvclock_tsc_khz(src);
	printk("kvmclock: multiplier %u, shift %d, %s\n", src->tsc_to_system_mul, src->tsc_shift,
	       !boot_cpu_has(X86_FEATURE_KVM_CLOCKSOURCE_STABLE) ? "stable or not is not said"
	       : src->flags & PVCLOCK_TSC_STABLE_BIT		 ? "stable"
								 : "not stable");
	native_init_time();
}
