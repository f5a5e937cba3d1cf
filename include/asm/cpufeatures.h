/* SPDX-License-Identifier: MIT */
/*
 * The feature table's numbers: word * 32 + bit. A patch record names one of them. Words 0 to 6
 * are CPUID's, word 7 is ours, word 8 is what KVM offers. Read by assembly and host tools too.
 */
#ifndef ASM_CPUFEATURES_H
#define ASM_CPUFEATURES_H

#define NCAPINTS 9

/* Word 0: CPUID 1 edx. */
#define X86_FEATURE_TSC	 4
#define X86_FEATURE_MSR	 5
#define X86_FEATURE_PAE	 6
#define X86_FEATURE_MCE	 7
#define X86_FEATURE_APIC 9
#define X86_FEATURE_SEP	 11
#define X86_FEATURE_PGE	 13
#define X86_FEATURE_MCA	 14
#define X86_FEATURE_CMOV 15
#define X86_FEATURE_PAT	 16
#define X86_FEATURE_SSE2 26
/* Word 1: CPUID 80000001 edx. */
#define X86_FEATURE_SYSCALL (1 * 32 + 11)
#define X86_FEATURE_NX	    (1 * 32 + 20)
#define X86_FEATURE_GBPAGES (1 * 32 + 26)
#define X86_FEATURE_RDTSCP  (1 * 32 + 27)
#define X86_FEATURE_LM	    (1 * 32 + 29)
/* Word 2: CPUID 1 ecx. */
#define X86_FEATURE_X2APIC	 (2 * 32 + 21)
#define X86_FEATURE_TSC_DEADLINE (2 * 32 + 24)
/* Word 3: CPUID 80000001 ecx. Word 4: CPUID 7.0 ebx. */
#define X86_FEATURE_SMEP (4 * 32 + 7)
#define X86_FEATURE_ERMS (4 * 32 + 9)
#define X86_FEATURE_SMAP (4 * 32 + 20)
/* Word 5: CPUID 7.0 ecx. */
#define X86_FEATURE_UMIP (5 * 32 + 2)
/* Word 6: CPUID 80000007 edx. */
#define X86_FEATURE_INVARIANT_TSC (6 * 32 + 8)

/* Word 7: synthetic. */
#define X86_FEATURE_ALWAYS	(7 * 32 + 0)  /* set on every machine */
#define X86_FEATURE_HYPERVISOR	(7 * 32 + 1)  /* CPUID 1 ecx 31, or we came in from one */
#define X86_FEATURE_XENPV	(7 * 32 + 2)  /* kernel mode is not ring 0 */
#define X86_FEATURE_KVM		(7 * 32 + 3)  /* KVM's signature was found */
#define X86_FEATURE_VCPUPREEMPT (7 * 32 + 4)  /* vcpu_is_preempted has a paravirt form */
#define X86_FEATURE_PVUNLOCK	(7 * 32 + 5)  /* the lock's unlock has a paravirt form */
#define X86_FEATURE_VIRT_SPIN	(7 * 32 + 6)  /* a contended lock is test and set */
#define X86_FEATURE_VMMCALL	(7 * 32 + 7)  /* a hypercall is vmmcall: AMD's and Hygon's CPUs */
#define X86_FEATURE_TEST_ON	(7 * 32 + 30) /* for self-tests: always set, */
#define X86_FEATURE_TEST_OFF	(7 * 32 + 31) /* and never */

/* Word 8: KVM's CPUID 0x40000001 eax (Documentation/virt/kvm/x86/cpuid.rst), less what we don't
 * use.
 */
#define KVM_FEATURE_WORD		   8
#define X86_FEATURE_KVM_NOP_IO_DELAY	   (8 * 32 + 1)
#define X86_FEATURE_KVM_CLOCKSOURCE2	   (8 * 32 + 3)
#define X86_FEATURE_KVM_ASYNC_PF	   (8 * 32 + 4)
#define X86_FEATURE_KVM_STEAL_TIME	   (8 * 32 + 5)
#define X86_FEATURE_KVM_PV_EOI		   (8 * 32 + 6)
#define X86_FEATURE_KVM_PV_UNHALT	   (8 * 32 + 7)
#define X86_FEATURE_KVM_PV_TLB_FLUSH	   (8 * 32 + 9)
#define X86_FEATURE_KVM_PV_SEND_IPI	   (8 * 32 + 11)
#define X86_FEATURE_KVM_POLL_CONTROL	   (8 * 32 + 12)
#define X86_FEATURE_KVM_PV_SCHED_YIELD	   (8 * 32 + 13)
#define X86_FEATURE_KVM_ASYNC_PF_INT	   (8 * 32 + 14)
#define X86_FEATURE_KVM_CLOCKSOURCE_STABLE (8 * 32 + 24)

#endif
