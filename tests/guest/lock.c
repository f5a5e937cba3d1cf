/* SPDX-License-Identifier: MIT */
/*
 * Spinlocks on one CPU: the word, and what the boot patch made of the ops' sites. What takes more
 * CPUs is in lock_smp.c.
 */
#include <cmdline.h>
#include <selftest.h>
#include <spinlock.h>
#include <string.h>
#include <asm/alt_sites.h>
#include <asm/cpufeature.h>
#include <asm/insn.h>
#include <asm/percpu.h>
#include <asm/traps.h>

static DEFINE_SPINLOCK(lock);

SELFTEST(lock, word)
{
	u64 flags;

	CHECK(t, lock.raw.val == 0, "a new lock's word is %x", lock.raw.val);
	spin_lock(&lock);
	CHECK(t, lock.raw.val == 1, "taken, it is %x", lock.raw.val);
	CHECK(t, !spin_trylock(&lock), "a lock that is taken could be taken");
	CHECK(t, lock.raw.val == 1, "the attempt left %x", lock.raw.val);
	spin_unlock(&lock);
	CHECK(t, lock.raw.val == 0, "given back, it is %x", lock.raw.val);
	CHECK(t, spin_trylock(&lock) && lock.raw.val == 1, "a free lock could not be taken: %x",
	      lock.raw.val);
	spin_unlock(&lock);

	arch_local_irq_enable();
	spin_lock_irqsave(&lock, flags);
	CHECK(t, arch_irqs_disabled_flags(arch_local_save_flags()), "irqsave left them on");
	spin_unlock_irqrestore(&lock, flags);
	CHECK(t, !arch_irqs_disabled_flags(arch_local_save_flags()), "irqrestore left them off");
	arch_local_irq_disable();
	CHECK(t, !lock.raw.val, "given back, it is %x", lock.raw.val);
}

/* Under a hypervisor its own way to wait, or test and set; the native queue elsewhere, or if asked.
 */
SELFTEST(lock, which_slow_path)
{
	bool pv = boot_cpu_has(X86_FEATURE_PVUNLOCK), virt = boot_cpu_has(X86_FEATURE_VIRT_SPIN);

	CHECK(t, pv + virt == (boot_cpu_has(X86_FEATURE_HYPERVISOR) && !cmdline.nopvspin),
	      "hypervisor %d, nopvspin %d, but PVUNLOCK %d and VIRT_SPIN %d",
	      boot_cpu_has(X86_FEATURE_HYPERVISOR), cmdline.nopvspin, pv, virt);
	CHECK(t,
	      pv_ops.lock.queued_spin_lock_slowpath == (pv     ? __pv_queued_spin_lock_slowpath
							: virt ? virt_spin_lock
							       : native_queued_spin_lock_slowpath),
	      "PVUNLOCK %d, VIRT_SPIN %d, but the slow path is %pS", pv, virt,
	      (void *)pv_ops.lock.queued_spin_lock_slowpath);
}

/* A trap's address is the site's: one instruction there, which writes one byte, or a call. */
static void unlock_at(void *address)
{
	queued_spin_unlock(address);
}

/*
 * Native, the unlock is a store of one byte in the caller's own text: it faults there. Paravirt,
 * the fault comes in a function that it calls.
 */
SELFTEST(lock, unlock_is_one_store)
{
	bool called = boot_cpu_has(X86_FEATURE_PVUNLOCK) || cmdline.nopatch;
	const struct alt_site *site;
	struct insn insn;
	struct fault f;

	if (is_twin)
		return test_skip(t, "the twin has no pv calls");
	if (!catch_fault(unlock_at, (void *)8, &f))
		return test_fail(t, "no fault at address 8");
	CHECK(t,
	      f.vector == X86_TRAP_PF && f.address == 8 &&
		      (called || f.error_code & X86_PF_WRITE), /* cmpxchg may read first */
	      "vector %lu, address %lx, error %lx", f.vector, f.address, f.error_code);
	site = alt_site_at(f.ip);
	CHECK(t, !site == called, "the fault came %s a site, at %pS", site ? "in" : "outside",
	      (void *)f.ip);
	if (!site || called)
		return;
	CHECK(t,
	      !insn_decode(&insn, (const u8 *)f.ip, ALT_MAX_SITE) && f.ip == site->address &&
		      insn.length == site->len,
	      "%u bytes of the site's %u are the store", insn.length, site->len);
}

/* On every CPU of a machine that nobody else runs on; elsewhere, a platform that knows may say yes.
 */
SELFTEST(lock, vcpu_is_preempted)
{
	CHECK(t, !vcpu_is_preempted(smp_processor_id()), "the CPU that asks does not run");
	if (!boot_cpu_has(X86_FEATURE_VCPUPREEMPT))
		CHECK(t, !vcpu_is_preempted(12345), "a constant, yet it depends on the CPU");
}
