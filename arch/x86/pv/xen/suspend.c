/* SPDX-License-Identifier: MIT */
/*
 * The domain stops, and goes on: after xl save -c as what it was, after xl restore as another
 * domain with the same contents, for which libxenguest has done this (xg_sr_restore_x86_pv.c):
 *
 *   moved      every frame; in page tables, p2m, CR3 and GDT the new ones are written. What else
 * holds a machine frame is ours to do again kept       the boot CPU's registers, trap table,
 * callbacks, stack; shared_info but for its events new        shared_info's frame, both rings'
 * event channels: start_info says not there  every other event channel, all that VCPUOP_ told it,
 * other virtual CPUs
 *
 * Nobody may hold a machine frame meanwhile but where it is written again. So the other CPUs are
 * down, and a thread can't be stopped in between: what reads and writes page-table entries keeps
 * preemption off (mm/mm.c).
 */
#include "hypercall.h"
#include "xen.h"
#include <printk.h>
#include <smp.h>
#include <asm/page.h>
#include <asm/percpu.h>
#include <xen/console.h>
#include <xen/suspend.h>
#include <xen/xenstore.h>

u32 xen_nr_suspends[2];

/* In start_info libxenguest reads frames of ours, and writes machine frames. */
static void rings_to_pfn(struct start_info *si)
{
	si->store_mfn = xen_mfn_to_pfn(si->store_mfn);
	si->console_mfn = xen_mfn_to_pfn(si->console_mfn);
}

static void rings_to_mfn(struct start_info *si)
{
	si->store_mfn = xen_pfn_to_mfn(si->store_mfn);
	si->console_mfn = xen_pfn_to_mfn(si->console_mfn);
}

static void xen_arch_pre_suspend(void)
{
	xen_save_clock();
	xen_exit_cpu(false);
	rings_to_pfn(xen_start_info);
	/* The copy of it that a restored domain begins with: no event before we are ready. */
	xen_shared_info.vcpu_info[0].evtchn_upcall_mask = 1;
	xen_unmap_shared_info();
}

/* The console first: from there on a panic can be seen. */
static void restored(void)
{
	u32 cpu;

	xen_connect_rings();
	for (cpu = 0; cpu < NR_CPUS; cpu++) {
		if (!__per_cpu_offset[cpu])
			continue;
		xen_evtchn_forget(cpu);
		xen_lock_forget(cpu);
		xen_smp_forget(cpu);
		xen_runstate_forget(cpu);
	}
	xen_register_vcpu_info(0);
	xen_setup_mfn_list_list();
	xen_init_evtchn();
}

static void xen_arch_post_suspend(enum suspend_result result)
{
	xen_map_shared_info();
	if (result == SUSPEND_RESTORED)
		restored();
	else
		rings_to_mfn(xen_start_info);
	xen_init_cpu_time();
	xen_restore_clock();
	if (result == SUSPEND_RESTORED) {
		xencons_listen();
		xenstore_listen();
	}
}

/* rdx names start_info, for who saves us: the hypercall that comes back has another frame there. */
static s64 HYPERVISOR_suspend(void)
{
	struct {
		u32 reason;
	} shutdown = { SHUTDOWN_suspend };

	return hypercall3(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (u64)&shutdown,
			  xen_pfn_to_mfn(__pa(xen_start_info) >> PAGE_SHIFT));
}

enum suspend_result xen_suspend(void)
{
	enum suspend_result result;
	s64 ret;

	xen_arch_pre_suspend();
	ret = HYPERVISOR_suspend(); /* 1: cancelled, which note SUSPEND_CANCEL asked for */
	result = ret ? SUSPEND_CANCELLED : SUSPEND_RESTORED;
	xen_arch_post_suspend(result);
	xen_nr_suspends[result]++;
	if (ret < 0)
		printk("Xen does not suspend the domain: error %ld\n", ret);
	return result;
}
