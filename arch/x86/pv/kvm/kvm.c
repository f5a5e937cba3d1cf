/* SPDX-License-Identifier: MIT */
/*
 * KVM: the bare machine with something more to offer. Found by its CPUID signature, which is not
 * always at 0x40000000 (KVM moves up when it poses as Hyper-V too).
 */
#include "kvm.h"
#include "../native/native.h"
#include <cmdline.h>
#include <kvm/witness.h>
#include <pc_console.h>
#include <printk.h>
#include <time.h>
#include <asm/cpufeature.h>
#include <asm/paravirt.h>
#include <asm/special_insns.h>
#include <asm/traps.h>

static u32 kvm_base; /* leaf of the signature, 0 = not found */
static u32 kvm_offers, kvm_hints;

void kvm_vmcall(void), kvm_vmmcall(void);
asm(".pushsection .text\n"
    "kvm_vmcall: vmcall; ret\n"
    "kvm_vmmcall: vmmcall; ret\n"
    ".popsection");
void *kvm_hypercall_fn __ro_after_init = kvm_vmcall;

static bool kvm_probe(const struct boot_info *bi)
{
	u32 n, eax = 1, ebx = 0, ecx = 0, edx = 0;

	(void)bi;
	native_cpuid(&eax, &ebx, &ecx, &edx);
	if (!(ecx >> 31 & 1)) /* no hypervisor: the leafs mean nothing */
		return false;
	for (n = 0; n < 256; n++) {
		u32 base = 0x40000000 + 0x100 * n;

		eax = base;
		ecx = 0;
		native_cpuid(&eax, &ebx, &ecx, &edx);
		if (ebx == KVM_CPUID_SIGNATURE_EBX && ecx == KVM_CPUID_SIGNATURE_ECX &&
		    edx == KVM_CPUID_SIGNATURE_EDX) {
			kvm_base = base;
			return true;
		}
	}
	return false;
}

/* Hygon's CPUs are AMD's by design, and have vmmcall. SDM and APM vol. 3, CPUID 0. */
static bool has_vmmcall(void)
{
	u32 eax = 0, ebx, ecx = 0, edx;

	native_cpuid(&eax, &ebx, &ecx, &edx);
	return (ebx == 0x68747541 && edx == 0x69746e65 && ecx == 0x444d4163) || /* AuthenticAMD */
	       (ebx == 0x6f677948 && edx == 0x6e65476e && ecx == 0x656e6975);	/* HygonGenuine */
}

#define BIT_OF(feature) (1U << X86_FEATURE_KVM_##feature % 32)
/* What a feature is no use without, where that is not there. */
static u32 without(u32 features, u32 needed, u32 dependent)
{
	return (features & needed) == needed ? features : features & ~dependent;
}

static void kvm_init_features(void)
{
	u32 eax = kvm_base + KVM_CPUID_FEATURES, ebx, ecx = 0, edx;

	native_cpuid(&eax, &ebx, &ecx, &edx);
	kvm_offers = eax;
	kvm_hints = edx;
	setup_force_cpu_cap(X86_FEATURE_KVM);
	if (has_vmmcall()) {
		setup_force_cpu_cap(X86_FEATURE_VMMCALL);
		kvm_hypercall_fn = kvm_vmmcall;
	}
	if (is_twin) /* it has no op that could be another's */
		return;
	eax &= ~cpu_caps_cleared[KVM_FEATURE_WORD];
	/* A real CPU for each of ours: nobody is preempted, and locks are as on the bare machine.
	 */
	if (kvm_hints & 1U << KVM_HINTS_REALTIME) {
		eax &= ~(BIT_OF(PV_UNHALT) | BIT_OF(PV_TLB_FLUSH) | BIT_OF(PV_SCHED_YIELD));
		setup_clear_cpu_cap(X86_FEATURE_VIRT_SPIN);
	}
	eax = without(eax, BIT_OF(CLOCKSOURCE2), BIT_OF(CLOCKSOURCE_STABLE));
	eax = without(eax, BIT_OF(STEAL_TIME), BIT_OF(PV_TLB_FLUSH) | BIT_OF(PV_SCHED_YIELD));
	eax = without(eax, BIT_OF(ASYNC_PF) | BIT_OF(ASYNC_PF_INT),
		      BIT_OF(ASYNC_PF) | BIT_OF(ASYNC_PF_INT));
	if (cmdline.nopvspin)
		eax &= ~BIT_OF(PV_UNHALT);
	boot_cpu_caps[KVM_FEATURE_WORD] = eax;
	if (boot_cpu_has(X86_FEATURE_KVM_PV_UNHALT))
		setup_force_cpu_cap(X86_FEATURE_PVUNLOCK);
	if (boot_cpu_has(X86_FEATURE_KVM_STEAL_TIME))
		setup_force_cpu_cap(X86_FEATURE_VCPUPREEMPT);
}

static void kvm_report(void)
{
	static const char *const names[32] = {
		[KVM_FEATURE_CLOCKSOURCE] = "clocksource",
		[KVM_FEATURE_NOP_IO_DELAY] = "nop-io-delay",
		[KVM_FEATURE_CLOCKSOURCE2] = "clocksource2",
		[KVM_FEATURE_ASYNC_PF] = "async-pf",
		[KVM_FEATURE_STEAL_TIME] = "steal-time",
		[KVM_FEATURE_PV_EOI] = "pv-eoi",
		[KVM_FEATURE_PV_UNHALT] = "pv-unhalt",
		[KVM_FEATURE_PV_TLB_FLUSH] = "pv-tlb-flush",
		[KVM_FEATURE_ASYNC_PF_VMEXIT] = "async-pf-vmexit",
		[KVM_FEATURE_PV_SEND_IPI] = "pv-send-ipi",
		[KVM_FEATURE_POLL_CONTROL] = "poll-control",
		[KVM_FEATURE_PV_SCHED_YIELD] = "pv-sched-yield",
		[KVM_FEATURE_ASYNC_PF_INT] = "async-pf-int",
		[KVM_FEATURE_MSI_EXT_DEST_ID] = "msi-ext-dest-id",
		[KVM_FEATURE_CLOCKSOURCE_STABLE] = "clocksource-stable",
	};
	u32 unused = kvm_offers & ~boot_cpu_caps[KVM_FEATURE_WORD], i;

	if (witness_present())
		register_console(&witness_console);
	printk("KVM at CPUID leaf %x, %s, features %08x, hints %08x:", kvm_base,
	       boot_cpu_has(X86_FEATURE_VMMCALL) ? "vmmcall" : "vmcall", kvm_offers, kvm_hints);
	for (i = 0; i < 32; i++)
		if (kvm_offers >> i & 1)
			printk(" %s%s", names[i] ? names[i] : "(unknown)",
			       unused >> i & 1 ? " (off)" : "");
	printk("\n");
}

static void kvm_poll_control(bool on)
{
	if (boot_cpu_has(X86_FEATURE_KVM_POLL_CONTROL))
		wrmsr(MSR_KVM_POLL_CONTROL, on);
}

/* All but the clock, which time itself needs first. */
static void kvm_cpu_on(void)
{
	kvm_steal_on();
	kvm_eoi_on();
	kvm_async_pf_on();
	kvm_poll_control(!cmdline.nohostpoll);
}

static void kvm_init_irq(void)
{
	native_init_irq();
	kvm_async_pf_init();
	kvm_cpu_on();
}

static void kvm_init_secondary(void)
{
	kvm_clock_on();
	native_init_secondary();
	kvm_cpu_on();
}

/* KVM would go on to write into memory that is somebody else's by then. */
static void kvm_exit_cpu(bool panic)
{
	kvm_poll_control(true);
	kvm_async_pf_off(!panic);
	kvm_eoi_off();
	kvm_steal_off();
	kvm_clock_off();
}

/* A virtual port answers at once: the pause would only be an exit. */
static const struct pv_cpu_ops kvm_nop_io_delay_cpu_ops = { .io_delay = PV_NOP(cpu.io_delay) };

static const struct pv_overlay kvm_overlays[] = {
	PV_OVERLAY(X86_FEATURE_KVM_NOP_IO_DELAY, cpu, kvm_nop_io_delay_cpu_ops),
	PV_OVERLAY(X86_FEATURE_X2APIC, apic, native_x2apic_ops),
	PV_OVERLAY(X86_FEATURE_KVM_PV_EOI, apic, kvm_eoi_ops),
	PV_OVERLAY(X86_FEATURE_KVM_PV_SEND_IPI, apic, kvm_ipi_ops),
	PV_OVERLAY(X86_FEATURE_KVM_PV_SCHED_YIELD, apic, kvm_yield_ops),
	PV_OVERLAY(X86_FEATURE_TSC_DEADLINE, time, native_tsc_deadline_ops),
	PV_OVERLAY(X86_FEATURE_KVM_CLOCKSOURCE2, time, kvm_time_ops),
	PV_OVERLAY(X86_FEATURE_KVM_PV_TLB_FLUSH, mmu, kvm_flush_ops),
	PV_OVERLAY(X86_FEATURE_VIRT_SPIN, lock, virt_lock_ops),
	PV_OVERLAY(X86_FEATURE_PVUNLOCK, lock, kvm_lock_ops),
	PV_OVERLAY(X86_FEATURE_VCPUPREEMPT, lock, kvm_preempted_ops),
	{ 0 },
};

static const struct pv_static_call kvm_static_calls[] = {
	PV_STATIC_CALL(X86_FEATURE_KVM_CLOCKSOURCE2, pv_sched_clock, kvm_sched_clock_unstable),
	PV_STATIC_CALL(X86_FEATURE_KVM_CLOCKSOURCE_STABLE, pv_sched_clock, kvm_sched_clock),
	PV_STATIC_CALL(X86_FEATURE_KVM_STEAL_TIME, pv_steal_clock, kvm_steal_clock),
	PV_STATIC_CALL(X86_FEATURE_KVM_ASYNC_PF, pv_async_page_fault, kvm_async_page_fault),
	{ 0 },
};

static const struct pv_word kvm_words[] = {
	{ "no-kvmclock", X86_FEATURE_KVM_CLOCKSOURCE2, "time by the TSC alone" },
	{ "no-steal-acc", X86_FEATURE_KVM_STEAL_TIME, "no steal time" },
	{ "no-kvmapf", X86_FEATURE_KVM_ASYNC_PF, "no asynchronous page faults" },
	{ "no-kvm-pveoi", X86_FEATURE_KVM_PV_EOI, "every EOI is a write" },
	{ "no-kvm-pvipi", X86_FEATURE_KVM_PV_SEND_IPI, "an IPI for each CPU" },
	{ "no-kvm-pvtlb", X86_FEATURE_KVM_PV_TLB_FLUSH, "an IPI for preempted CPUs too" },
	{ "no-kvm-yield", X86_FEATURE_KVM_PV_SCHED_YIELD, "no yield to whom we called" },
	{ "no-kvm-poll", X86_FEATURE_KVM_POLL_CONTROL, "no word on the host's polling" },
	{ 0 },
};

const struct platform platform_kvm = {
	.name = "KVM",
	.probe = kvm_probe,
	.init_features = kvm_init_features,
	.overlays = kvm_overlays,
	.static_calls = kvm_static_calls,
	.words = kvm_words,
	.report = kvm_report,
	.init_irq = kvm_init_irq,
	.init_time = kvm_init_time,
	.init_mm = native_init_mm,
	.smp_prepare = native_smp_prepare,
	.start_cpus = native_start_cpus,
	.nudge_cpus = native_nudge_cpus,
	.forget_cpus = native_forget_cpus,
	.print_cpu_ids = native_print_cpu_ids,
	.init_secondary = kvm_init_secondary,
	.exit_cpu = kvm_exit_cpu,
	.play_dead = native_play_dead,
	.exit = native_exit,
};
