/* SPDX-License-Identifier: MIT */
/*
 * What KVM tells of each virtual CPU's real one: how long it had none although it could have run
 * (steal), and whether it has none just now (preempted). Who wants such a CPU to forget
 * translations leaves a note, and KVM flushes before it runs again.
 */
#include "kvm.h"
#include "../native/native.h"
#include <smp.h>
#include <asm/cpufeature.h>
#include <asm/page.h>
#include <asm/paravirt.h>
#include <asm/sync_bitops.h>

DEFINE_PER_CPU(struct kvm_steal_time, kvm_steal);

u64 kvm_steal_clock(u32 cpu)
{
	const struct kvm_steal_time *src = per_cpu_ptr(&kvm_steal, cpu);
	u32 version;
	u64 steal;

	do {
		version = READ_ONCE(src->version);
		barrier();
		steal = READ_ONCE(src->steal);
		barrier();
	} while (version & 1 || version != READ_ONCE(src->version));
	return steal;
}

static __callee_save bool kvm_vcpu_is_preempted(u64 cpu)
{
	return kvm_preempted(cpu);
}

const struct pv_lock_ops kvm_preempted_ops = {
	.vcpu_is_preempted = { kvm_vcpu_is_preempted },
};

/* If the CPU gets to run first, KVM has taken the word away: then it has to be asked. */
static bool leave_note(u32 cpu)
{
	u8 *p = &per_cpu(kvm_steal, cpu).preempted, old = READ_ONCE(*p);

	return old & KVM_VCPU_PREEMPTED && sync_cmpxchg(p, old, old | KVM_VCPU_FLUSH_TLB) == old;
}

static void kvm_flush_tlb_multi(u64 mask, const struct flush_tlb_info *info)
{
	u32 cpu;

	for_each_cpu(cpu, mask) if (leave_note(cpu)) mask &= ~BIT(cpu);
	if (mask)
		native_flush_tlb_multi(mask, info);
}

const struct pv_mmu_ops kvm_flush_ops = { .flush_tlb_multi = kvm_flush_tlb_multi };

/* The area is zero when the CPU first comes up; after that KVM goes on to add to what is there. */
void kvm_steal_on(void)
{
	if (boot_cpu_has(X86_FEATURE_KVM_STEAL_TIME))
		wrmsr(MSR_KVM_STEAL_TIME, __pa(this_cpu_ptr(&kvm_steal)) | KVM_MSR_ENABLED);
}

void kvm_steal_off(void)
{
	if (boot_cpu_has(X86_FEATURE_KVM_STEAL_TIME))
		wrmsr(MSR_KVM_STEAL_TIME, 0);
}
