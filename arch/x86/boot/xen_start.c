/* SPDX-License-Identifier: MIT */
/*
 * The Xen PV way in: start_info -> boot_info. Xen has turned on long mode and paging; event
 * delivery is masked. Per-CPU data comes first, as ops and console have some, and would write the
 * template; then the ops, since the simplest of things (the interrupt flag, a trap table) are Xen's
 * here; then what Xen shares with us, by which time goes, and the console, so that what is said
 * first can be seen; then traps, so that a panic can be.
 *
 * From KERNEL_BASE up Xen has mapped: 1 MiB of our own free pages, the image, modules, the p2m
 * list, start_info, the page tables (read-only) and a stack.
 */
#include "../pv/xen/xen.h"
#include <boot_info.h>
#include <console.h>
#include <printk.h>
#include <asm/cpufeature.h>
#include <asm/desc.h>
#include <asm/page.h>
#include <asm/paravirt.h>

extern void (*interrupt_return)(void);

void xen_start(struct start_info *si) __noreturn;

void xen_start(struct start_info *si)
{
	u64 start;

	percpu_init_boot();
	xen_set_gs_base(__per_cpu_offset[0]);
	xen_start_info = si;
	page_offset_base = KERNEL_BASE;
	interrupt_return = xen_iret;
	platform = &platform_xen_pv; /* a panic ends by it */
	setup_force_cpu_cap(X86_FEATURE_ALWAYS);
	platform_overlay(platform); /* again when the features are known */
	xen_map_shared_info();
	xen_register_vcpu_info(0);
	xen_init_console();
	boot_info_cmdline(__pa(si->cmd_line), sizeof(si->cmd_line));
	platform_probe(&boot_info);
	cpu_init();
	xen_init_callbacks();

	boot_info.way_in = "Xen PV";
	boot_info_loader(__pa(si->magic), sizeof(si->magic));
	boot_info_region(0, si->nr_pages << PAGE_SHIFT, MEM_USABLE);
	/* Reserved wins over usable: what Xen put among our pages, the page tables last. */
	start = __pa(_image_end);
	boot_info_keep(start, __pa((void *)si->pt_base) + (si->nr_pt_frames << PAGE_SHIFT) - start,
		       MEM_LOADER);
	if (si->mod_len && si->flags & SIF_MOD_START_PFN)
		boot_info_module(si->mod_start << PAGE_SHIFT, si->mod_len);
	else if (si->mod_len)
		boot_info_module(__pa((void *)si->mod_start), si->mod_len);
	start_kernel();
}
