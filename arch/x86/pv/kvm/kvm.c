/* SPDX-License-Identifier: MIT */
/*
 * KVM: the bare machine with something more to offer. Found by its CPUID signature, which is not
 * always at 0x40000000 (KVM moves up when it poses as Hyper-V too).
 */
#include "../native/native.h"
#include <kvm/kvm_para.h>
#include <platform.h>
#include <printk.h>
#include <asm/cpufeature.h>
#include <asm/special_insns.h>

static u32 kvm_base; /* leaf of the signature, 0 = not found */
static u32 kvm_hints;

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

static void kvm_init_features(void)
{
	u32 eax = kvm_base + KVM_CPUID_FEATURES, ebx, ecx = 0, edx;

	native_cpuid(&eax, &ebx, &ecx, &edx);
	boot_cpu_caps[KVM_FEATURE_WORD] = eax;
	kvm_hints = edx;
	setup_force_cpu_cap(X86_FEATURE_KVM);
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
	u32 features = boot_cpu_caps[KVM_FEATURE_WORD], i;

	printk("KVM at CPUID leaf %x, features %08x, hints %08x:", kvm_base, features, kvm_hints);
	for (i = 0; i < 32; i++)
		if (features >> i & 1)
			printk(" %s", names[i] ? names[i] : "(unknown)");
	printk("\n");
}

/* A virtual port answers at once: the pause would only be an exit. */
static const struct pv_cpu_ops kvm_nop_io_delay_cpu_ops = { .io_delay = PV_NOP };

static const struct pv_overlay kvm_overlays[] = {
	PV_OVERLAY(X86_FEATURE_KVM_NOP_IO_DELAY, cpu, kvm_nop_io_delay_cpu_ops),
	PV_OVERLAY(X86_FEATURE_X2APIC, apic, native_x2apic_ops),
	PV_OVERLAY(X86_FEATURE_TSC_DEADLINE, time, native_tsc_deadline_ops),
	PV_OVERLAY(X86_FEATURE_VIRT_SPIN, lock, virt_lock_ops),
	{ 0 },
};

const struct platform platform_kvm = {
	.name = "KVM",
	.probe = kvm_probe,
	.init_features = kvm_init_features,
	.overlays = kvm_overlays,
	.report = kvm_report,
	.init_irq = native_init_irq,
	.init_time = native_init_time,
	.init_mm = native_init_mm,
	.smp_prepare = native_smp_prepare,
	.start_cpu = native_start_cpu,
	.init_secondary = native_init_secondary,
	.play_dead = native_play_dead,
	.exit = native_exit,
};
