/* SPDX-License-Identifier: MIT */
/* Ends of a Xen PV domain that are Xen's doing: tools/vm has to say where (tests/boot/broken.t). */
#include "../../arch/x86/pv/xen/hypercall.h"
#include <selftest.h>
#include <asm/cpufeature.h>

/* Without a trap table there is nobody to bring a trap to. */
static noinline void xen_trap_for_nobody(void)
{
	hypercall1(__HYPERVISOR_set_trap_table, 0);
	asm volatile("ud2");
}

SELFTEST_HIDDEN(broken, xen_crash)
{
	if (!boot_cpu_has(X86_FEATURE_XENPV))
		return test_skip(t, "only Xen ends a domain so");
	xen_trap_for_nobody();
	test_fail(t, "it goes on");
}
