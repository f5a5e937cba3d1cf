/* SPDX-License-Identifier: MIT */
/* KVM's paravirtual interface: Documentation/virt/kvm/x86/cpuid.rst, msr.rst, hypercalls.rst. */
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

#endif
