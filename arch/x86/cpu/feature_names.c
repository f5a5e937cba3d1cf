/* SPDX-License-Identifier: MIT */
/* What the numbers of asm/cpufeatures.h are called. Pure: the host's tools use it too. */
#include <asm/cpufeature.h>

const char *feature_name(unsigned int feature)
{
	static const struct {
		unsigned int feature;
		const char *name;
	} names[] = {
		{ X86_FEATURE_TSC, "TSC" },
		{ X86_FEATURE_NX, "NX" },
		{ X86_FEATURE_ERMS, "ERMS" },
		{ X86_FEATURE_SMAP, "SMAP" },
		{ X86_FEATURE_ALWAYS, "ALWAYS" },
		{ X86_FEATURE_HYPERVISOR, "HYPERVISOR" },
		{ X86_FEATURE_XENPV, "XENPV" },
		{ X86_FEATURE_KVM, "KVM" },
		{ X86_FEATURE_VCPUPREEMPT, "VCPUPREEMPT" },
		{ X86_FEATURE_PVUNLOCK, "PVUNLOCK" },
		{ X86_FEATURE_VIRT_SPIN, "VIRT_SPIN" },
		{ X86_FEATURE_TEST_ON, "TEST_ON" },
		{ X86_FEATURE_TEST_OFF, "TEST_OFF" },
		{ X86_FEATURE_VMMCALL, "VMMCALL" },
		{ X86_FEATURE_KVM_NOP_IO_DELAY, "KVM_NOP_IO_DELAY" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].feature == feature)
			return names[i].name;
	return NULL;
}
