/* SPDX-License-Identifier: MIT */
/* What the files of this folder share. "Of this CPU": interrupts off, on the CPU itself. */
#ifndef PV_KVM_H
#define PV_KVM_H

#include <platform.h>
#include <types.h>
#include <asm/alternative.h>
#include <asm/paravirt_types.h>
#include <asm/percpu.h>
#include <asm/pvclock.h>
#include <kvm/kvm_para.h>

/* The instruction of this CPU's maker in a function: what a site calls until it is patched. */
extern void *kvm_hypercall_fn;

/*
 * Number in rax, arguments in rbx rcx rdx rsi, result in rax; nothing else changes. vmcall is
 * Intel's, vmmcall AMD's: either CPU takes the other's for an invalid opcode, and KVM would then
 * put the right one into our text.
 */
static inline s64 kvm_hypercall(u64 nr, u64 a, u64 b, u64 c, u64 d)
{
	s64 result;

	asm volatile(ALTERNATIVE_2("call *%c[fn](%%rip)", "vmcall", X86_FEATURE_KVM, "vmmcall",
				   X86_FEATURE_VMMCALL)
		     : "=a"(result)
		     : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d), [fn] "i"(&kvm_hypercall_fn)
		     : "memory");
	return result;
}

/* clock.c */
DECLARE_PER_CPU(struct pvclock_vcpu_time_info, kvm_clock);
u64 kvm_sched_clock(void);	    /* where KVM may say that all CPUs' clocks are one */
u64 kvm_sched_clock_unstable(void); /* where it has no way to */
extern const struct pv_time_ops kvm_time_ops;
void kvm_clock_on(void);  /* of this CPU */
void kvm_clock_off(void); /* of this CPU */
void kvm_init_time(void);

/* steal.c */
DECLARE_PER_CPU(struct kvm_steal_time, kvm_steal);

/* Has it no real CPU? What vcpu_is_preempted() is on KVM. */
static inline bool kvm_preempted(u32 cpu)
{
	return READ_ONCE(per_cpu(kvm_steal, cpu).preempted) & KVM_VCPU_PREEMPTED;
}

u64 kvm_steal_clock(u32 cpu);
extern const struct pv_mmu_ops kvm_flush_ops;
extern const struct pv_lock_ops kvm_preempted_ops;
void kvm_steal_on(void);  /* of this CPU */
void kvm_steal_off(void); /* of this CPU */

/* apic.c */
extern const struct pv_apic_ops kvm_eoi_ops, kvm_ipi_ops, kvm_yield_ops;
void kvm_eoi_on(void);	/* of this CPU */
void kvm_eoi_off(void); /* of this CPU */

/* spin.c */
extern const struct pv_lock_ops kvm_lock_ops;

/* async_pf.c */
struct pt_regs;
bool kvm_async_page_fault(struct pt_regs *regs, u64 token);
void kvm_async_pf_init(void);
void kvm_async_pf_on(void);	      /* of this CPU */
void kvm_async_pf_off(bool wake_all); /* of this CPU */

#endif
