/* SPDX-License-Identifier: MIT */
/* The Xen PV platform: recognised by its way in, the only one that has a start_info. */
#include "hypercall.h"
#include "xen.h"
#include "../native/native.h"
#include <boot_info.h>
#include <cmdline.h>
#include <printk.h>
#include <time.h>
#include <asm/cpufeature.h>
#include <asm/page.h>
#include <asm/paravirt.h>
#include <xen/console.h>
#include <xen/grant_table.h>
#include <xen/manage.h>
#include <xen/xenstore.h>

struct start_info *xen_start_info;
u8 xen_shared_info_page[PAGE_SIZE] __aligned(PAGE_SIZE) __section(".bss..page_aligned");

static void xen_console_write(const char *s, size_t len)
{
	hypercall3(__HYPERVISOR_console_io, CONSOLEIO_write, len, (u64)s);
}

static struct console xen_console = { .name = "xen", .write = xen_console_write, .enabled = true };

static bool is_dom0(void)
{
	return xen_start_info->flags & SIF_INITDOMAIN;
}

/* A domU has rings, in pages that are mapped behind the image. */
void xen_connect_rings(void)
{
	const struct start_info *si = xen_start_info;

	xencons_connect(xen_mfn_to_pfn(si->console_mfn), si->console_evtchn);
	xenstore_connect(xen_mfn_to_pfn(si->store_mfn), si->store_evtchn);
}

/* Xen serves dom0 itself. */
void xen_init_console(void)
{
	if (!is_dom0())
		xen_connect_rings();
	register_console(is_dom0() ? &xen_console : &xencons_console);
}

void xen_map_shared_info(void)
{
	xen_mc_va_mapping((u64)xen_shared_info_page,
			  xen_start_info->shared_info | _PAGE_PRESENT | _PAGE_RW | _PAGE_NX,
			  UVMF_INVLPG);
}

void xen_unmap_shared_info(void)
{
	xen_mc_va_mapping(
		(u64)xen_shared_info_page,
		make_pte(__pa(xen_shared_info_page) | _PAGE_PRESENT | _PAGE_RW | _PAGE_NX),
		UVMF_INVLPG);
}

static void xen_init_irq(void)
{
	xen_init_evtchn();
	xencons_listen();
}

static bool xen_probe(const struct boot_info *bi)
{
	(void)bi;
	return xen_start_info != NULL;
}

static void xen_init_features(void)
{
	setup_force_cpu_cap(X86_FEATURE_XENPV);
	setup_force_cpu_cap(X86_FEATURE_VCPUPREEMPT);
	if (!cmdline.nopvspin)
		setup_force_cpu_cap(X86_FEATURE_PVUNLOCK);
}

static void xen_report(void)
{
	s64 version = hypercall2(__HYPERVISOR_xen_version, XENVER_version, 0);

	printk("Xen %u.%u, %s, %lu pages, signature '%s'\n", (u32)(version >> 16) & 0xffff,
	       (u32)version & 0xffff, is_dom0() ? "dom0" : "domU", xen_start_info->nr_pages,
	       hypervisor_signature);
}

/*
 * dom0 may have the ports, and QEMU's debug exit carries a result; everybody else tells Xen's
 * toolstack a reason.
 */
static void xen_exit(enum exit_code code)
{
	struct {
		u32 iopl;
	} set_iopl = { 1 };
	struct {
		u32 reason;
	} shutdown = { code == EXIT_PANIC ? SHUTDOWN_crash
					  : xen_shutdown_reason(SHUTDOWN_poweroff) };

	if (is_dom0() && !hypercall2(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, (u64)&set_iopl))
		native_exit(code);
	xencons_flush();
	hypercall2(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (u64)&shutdown);
}

static void xen_init_drivers(void)
{
	gnttab_init();
	xen_manage_init();
}

static const struct pv_overlay xen_overlays[] = {
	PV_OVERLAY(X86_FEATURE_ALWAYS, cpu, xen_cpu_ops),
	PV_OVERLAY(X86_FEATURE_ALWAYS, irq, xen_irq_ops),
	PV_OVERLAY(X86_FEATURE_ALWAYS, apic, xen_apic_ops),
	PV_OVERLAY(X86_FEATURE_ALWAYS, time, xen_time_ops),
	PV_OVERLAY(X86_FEATURE_ALWAYS, mmu, xen_mmu_ops),
	PV_OVERLAY(X86_FEATURE_PVUNLOCK, lock, xen_lock_ops),
	PV_OVERLAY(X86_FEATURE_VCPUPREEMPT, lock, xen_preempt_ops),
	{ 0 },
};

static const struct pv_static_call xen_static_calls[] = {
	PV_STATIC_CALL(X86_FEATURE_ALWAYS, pv_sched_clock, xen_sched_clock),
	PV_STATIC_CALL(X86_FEATURE_ALWAYS, pv_steal_clock, xen_steal_clock),
	{ 0 },
};

const struct platform platform_xen_pv = {
	.name = "Xen PV",
	.kernel_rpl = 3, /* the hypervisor has ring 0; a 64-bit guest kernel shares ring 3 */
	.reserved_start = HYPERVISOR_VIRT_START,
	.reserved_end = HYPERVISOR_VIRT_END,
	.probe = xen_probe,
	.init_features = xen_init_features,
	.overlays = xen_overlays,
	.static_calls = xen_static_calls,
	.report = xen_report,
	.init_irq = xen_init_irq,
	.init_time = xen_init_time,
	.init_mm = xen_init_mm,
	.init_drivers = xen_init_drivers,
	.smp_prepare = xen_smp_prepare,
	.start_cpus = xen_start_cpus,
	.forget_cpus = xen_forget_cpus,
	.init_secondary = xen_init_secondary,
	.exit_cpu = xen_exit_cpu,
	.play_dead = xen_play_dead,
	.yield = xen_yield,
	.leave_verdict = xen_leave_verdict,
	.exit = xen_exit,
};
