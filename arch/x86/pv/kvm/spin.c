/* SPDX-License-Identifier: MIT */
/*
 * The lock's wait and kick on KVM. A halt gives the real CPU away, with interrupts off too: a kick
 * ends it all the same, and one that comes before the halt is kept for it.
 */
#include "kvm.h"
#include <acpi.h>
#include <asm/paravirt.h>
#include <asm/qspinlock.h>
#include <asm/traps.h>

/*
 * Interrupts go off before the last look: the handler of one that came behind it might wait for a
 * lock itself, and take the kick that is ours. With them on while we wait it is the idle wait,
 * whose hlt is stepped over by an interrupt in front of it (entry/idle.c): waking for nothing is
 * allowed here.
 */
static void kvm_wait(u8 *ptr, u8 val)
{
	u64 flags = arch_local_irq_save();

	if (READ_ONCE(*ptr) != val)
		arch_local_irq_restore(flags);
	else if (arch_irqs_disabled_flags(flags))
		halt();
	else
		default_idle();
}

static void kvm_kick_cpu(u32 cpu)
{
	kvm_hypercall(KVM_HC_KICK_CPU, 0, acpi_info.apic_ids[cpu], 0, 0);
}

const struct pv_lock_ops kvm_lock_ops = {
	.queued_spin_lock_slowpath = __pv_queued_spin_lock_slowpath,
	.queued_spin_unlock = { __pv_queued_spin_unlock },
	.wait = kvm_wait,
	.kick = kvm_kick_cpu,
};
