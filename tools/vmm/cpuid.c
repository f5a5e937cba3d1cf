/* SPDX-License-Identifier: MIT */
/*
 * What CPUID shows: all that KVM can do, less what --off names, and --hint's bits; and what it
 * shows that is not so, by --tsc-khz and --no-msr.
 *
 * A feature that is off is refused by KVM too (KVM_CAP_ENFORCE_PV_FEATURE_CPUID), so that a guest
 * that uses it without looking gets #GP or -ENOSYS.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "vmm.h"

#define CPUID_MAX    256
#define KVM_FEATURES 0x40000001 /* eax: features, edx: hints */

/* Documentation/virt/kvm/x86/cpuid.rst. */
static const char *const features[32] = {
	"clocksource",	"nop-io-delay",	      [3] = "clocksource2",
	"async-pf",	"steal-time",	      "pv-eoi",
	"pv-unhalt",	[9] = "pv-tlb-flush", "async-pf-vmexit",
	"pv-send-ipi",	"poll-control",	      "pv-sched-yield",
	"async-pf-int", "msi-ext-dest-id",    [24] = "clocksource-stable",
};
static const char *const hints[32] = { "realtime" };

static uint32_t masked, hinted, tsc_khz, absent_msr;

static uint32_t bits(char *list, const char *const names[32], const char *what)
{
	uint32_t found = 0;
	char *name;
	int i;

	while ((name = strsep(&list, ","))) {
		for (i = 0; i < 32 && (!names[i] || strcmp(names[i], name)); i++)
			;
		if (i == 32)
			die(EXIT_USAGE, "'%s' is no %s of KVM's CPUID leaf %#x", name, what,
			    KVM_FEATURES);
		found |= 1u << i;
	}
	return found;
}

void cpuid_off(char *list)
{
	masked |= bits(list, features, "feature");
}

void cpuid_hint(char *list)
{
	hinted |= bits(list, hints, "hint");
}

void cpuid_tsc_khz(uint32_t khz)
{
	tsc_khz = khz;
}

void cpuid_no_msr(uint32_t index)
{
	absent_msr = index;
}

/* Leaf 15: a crystal of tsc_khz, and the TSC at once its rate. SDM vol. 2A, CPUID. */
static void tell_tsc(struct kvm_cpuid2 *cpuid)
{
	struct kvm_cpuid_entry2 *leaf = NULL;
	uint32_t i;

	for (i = 0; i < cpuid->nent; i++) {
		if (cpuid->entries[i].function == 0 && cpuid->entries[i].eax < 0x15)
			cpuid->entries[i].eax = 0x15;
		if (cpuid->entries[i].function == 0x15)
			leaf = &cpuid->entries[i];
	}
	if (!leaf)
		leaf = &cpuid->entries[cpuid->nent++];
	*leaf = (struct kvm_cpuid_entry2){
		.function = 0x15, .eax = 1, .ebx = 1, .ecx = tsc_khz * 1000
	};
}

void msr_filter(int vm)
{
	uint8_t refused[1] = { 0 };
	struct kvm_msr_filter filter = {
		.flags = KVM_MSR_FILTER_DEFAULT_ALLOW,
		.ranges = { { .flags = KVM_MSR_FILTER_READ | KVM_MSR_FILTER_WRITE,
			      .nmsrs = 1,
			      .base = absent_msr,
			      .bitmap = refused } },
	};

	if (absent_msr)
		NEED(vm, KVM_X86_SET_MSR_FILTER, &filter);
}

/*
 * KVM's list is what it can do, as seen on some host CPU: APIC ids and the CPU count are ours to
 * fill in. Two bits it leaves to us although it provides both: "hypervisor" and TSC-deadline.
 */
void cpuid_set(struct vcpu *vcpu)
{
	struct kvm_enable_cap enforce = { .cap = KVM_CAP_ENFORCE_PV_FEATURE_CPUID, .args = { 1 } };
	bool deadline = ioctl(vcpu->vm->kvm, KVM_CHECK_EXTENSION, KVM_CAP_TSC_DEADLINE_TIMER) > 0;
	uint32_t ncpus = vcpu->vm->ncpus;
	struct kvm_cpuid_entry2 *leaf;
	struct kvm_cpuid2 *cpuid;

	cpuid = calloc(1, sizeof(*cpuid) + (CPUID_MAX + 1) * sizeof(*leaf));
	if (!cpuid)
		die(EXIT_MISSING, "no memory for %d CPUID leaves", CPUID_MAX);
	cpuid->nent = CPUID_MAX;
	NEED(vcpu->vm->kvm, KVM_GET_SUPPORTED_CPUID, cpuid);
	for (leaf = cpuid->entries; leaf < cpuid->entries + cpuid->nent; leaf++) {
		if (leaf->function == 1) {
			leaf->ebx = (leaf->ebx & 0xffff) | ncpus << 16 | vcpu->id << 24;
			leaf->ecx |= 1u << 31 | (deadline ? 1u << 24 : 0);
			leaf->edx = (leaf->edx & ~(1u << 28)) | (ncpus > 1 ? 1u << 28 : 0);
		} else if (leaf->function == 0xb || leaf->function == 0x1f) {
			leaf->edx = vcpu->id;
		} else if (leaf->function == 0x8000001e) {
			leaf->eax = vcpu->id;
		} else if (leaf->function == KVM_FEATURES) {
			leaf->eax &= ~masked;
			leaf->edx |= hinted;
		}
	}
	if (tsc_khz)
		tell_tsc(cpuid);
	NEED(vcpu->fd, KVM_SET_CPUID2, cpuid);
	free(cpuid);
	if (ioctl(vcpu->vm->kvm, KVM_CHECK_EXTENSION, enforce.cap) > 0)
		NEED(vcpu->fd, KVM_ENABLE_CAP, &enforce);
}
