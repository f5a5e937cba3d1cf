/* SPDX-License-Identifier: MIT */
/*
 * KVM's paravirtual interface: Documentation/virt/kvm/x86/cpuid.rst, msr.rst, hypercalls.rst.
 *
 * The guest gives KVM the physical addresses of some words of its own, by an MSR on each CPU:
 *
 *   MSR            shared area                        KVM writes         the guest writes
 *   SYSTEM_TIME    struct pvclock_vcpu_time_info      what time it is
 *   STEAL_TIME     struct kvm_steal_time              steal, preempted   preempted: FLUSH_TLB
 *   PV_EOI_EN      u32, bit 0                         1: needs no EOI    0: this was the EOI
 *   ASYNC_PF_EN    struct kvm_vcpu_pv_apf_data        flags, token       0, when it has read them
 */
#ifndef KVM_PARA_H
#define KVM_PARA_H

#include <types.h>

/* The signature "KVMKVMKVM\0\0\0" in ebx ecx edx of leaf base, base = 0x40000000 + 0x100 n. */
#define KVM_CPUID_SIGNATURE_EBX 0x4b4d564b
#define KVM_CPUID_SIGNATURE_ECX 0x564b4d56
#define KVM_CPUID_SIGNATURE_EDX 0x0000004d
/* Leaf base + 1: eax features, edx hints. */
#define KVM_CPUID_FEATURES 1

#define KVM_FEATURE_CLOCKSOURCE	       0
#define KVM_FEATURE_NOP_IO_DELAY       1
#define KVM_FEATURE_CLOCKSOURCE2       3
#define KVM_FEATURE_ASYNC_PF	       4
#define KVM_FEATURE_STEAL_TIME	       5
#define KVM_FEATURE_PV_EOI	       6
#define KVM_FEATURE_PV_UNHALT	       7
#define KVM_FEATURE_PV_TLB_FLUSH       9
#define KVM_FEATURE_ASYNC_PF_VMEXIT    10
#define KVM_FEATURE_PV_SEND_IPI	       11
#define KVM_FEATURE_POLL_CONTROL       12
#define KVM_FEATURE_PV_SCHED_YIELD     13
#define KVM_FEATURE_ASYNC_PF_INT       14
#define KVM_FEATURE_MSI_EXT_DEST_ID    15
#define KVM_FEATURE_CLOCKSOURCE_STABLE 24
#define KVM_HINTS_REALTIME	       0

/* msr.rst. Bit 0 of a shared area's address says that it is in use. */
#define MSR_KVM_WALL_CLOCK_NEW	0x4b564d00
#define MSR_KVM_SYSTEM_TIME_NEW 0x4b564d01
#define MSR_KVM_ASYNC_PF_EN	0x4b564d02
#define MSR_KVM_STEAL_TIME	0x4b564d03
#define MSR_KVM_PV_EOI_EN	0x4b564d04
#define MSR_KVM_POLL_CONTROL	0x4b564d05
#define MSR_KVM_ASYNC_PF_INT	0x4b564d06
#define MSR_KVM_ASYNC_PF_ACK	0x4b564d07
#define KVM_MSR_ENABLED		BIT(0)

/* What the wall clock showed when the system time was 0; written once for each write of its MSR. */
struct pvclock_wall_clock {
	u32 version, sec, nsec;
};
_Static_assert(sizeof(struct pvclock_wall_clock) == 12, "msr.rst");

#define PVCLOCK_TSC_STABLE_BIT BIT(0) /* of pvclock_vcpu_time_info.flags, by leaf 1's bit 24 */

struct kvm_steal_time {
	u64 steal; /* ns, under the version */
	u32 version, flags;
	u8 preempted; /* KVM_VCPU_*: KVM exchanges it for 0 before the CPU runs again */
	u8 pad0[3];
	u32 pad1[11];
} __aligned(64);
_Static_assert(sizeof(struct kvm_steal_time) == 64, "msr.rst");
_Static_assert(offsetof(struct kvm_steal_time, preempted) == 16, "msr.rst");
#define KVM_VCPU_PREEMPTED BIT(0)
#define KVM_VCPU_FLUSH_TLB BIT(1)

#define KVM_PV_EOI_BIT 0

struct kvm_vcpu_pv_apf_data {
	u32 flags; /* of a #PF: not 0 = its CR2 is a token */
	u32 token; /* of a "page ready" interrupt */
	u8 pad[56];
} __aligned(64);
_Static_assert(sizeof(struct kvm_vcpu_pv_apf_data) == 64, "msr.rst");
#define KVM_ASYNC_PF_SEND_ALWAYS       BIT(1) /* in kernel mode too */
#define KVM_ASYNC_PF_DELIVERY_AS_INT   BIT(3)
#define KVM_PV_REASON_PAGE_NOT_PRESENT BIT(0)
#define KVM_APF_WAKE_ALL	       (~0U) /* the token for everybody */

/* hypercalls.rst; the result is -KVM_ENOSYS for a number that KVM does not know. */
#define KVM_HC_KICK_CPU	   5
#define KVM_HC_SEND_IPI	   10
#define KVM_HC_SCHED_YIELD 11
#define KVM_ENOSYS	   1000

#endif
