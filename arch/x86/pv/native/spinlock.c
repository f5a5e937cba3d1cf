/* SPDX-License-Identifier: MIT */
/* Which slow path a contended lock has, where the platform brings none of its own. */
#include "native.h"
#include <cmdline.h>
#include <spinlock.h>
#include <asm/cpufeature.h>

const struct pv_lock_ops virt_lock_ops = { .queued_spin_lock_slowpath = virt_spin_lock };

void native_pv_lock_init(void)
{
	if (boot_cpu_has(X86_FEATURE_HYPERVISOR) && !boot_cpu_has(X86_FEATURE_PVUNLOCK) &&
	    !cmdline.nopvspin)
		setup_force_cpu_cap(X86_FEATURE_VIRT_SPIN);
}
