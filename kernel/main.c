/* SPDX-License-Identifier: MIT */
/*
 * The boot, in order. Every way in ends here: boot CPU, interrupts off, traps shown, boot_info
 * filled. Before the first line the ops are native or, where a way in had to, overlaid already.
 */
#include <acpi.h>
#include <boot_info.h>
#include <cmdline.h>
#include <console.h>
#include <mm.h>
#include <page_alloc.h>
#include <platform.h>
#include <printk.h>
#include <sched.h>
#include <selftest.h>
#include <smp.h>
#include <spinlock.h>
#include <static_call.h>
#include <time.h>
#include <user.h>
#include <asm/alt_sites.h>
#include <asm/cpufeature.h>
#include <asm/paravirt.h>
#include <asm/pgtable.h>
#include <asm/special_insns.h>
#include <asm/traps.h>
#include <asm/walk.h>

#define MIN_MEMORY_MIB 16
/* Firmware keeps some of a machine's memory for itself: its tables, video, the holes below 1 MiB.
 */
#define FIRMWARE_SHARE (1UL << 20)

extern u64 boot_tsc;

/* ACPI's tables lie where firmware said so, or in memory that it forgot to except. */
static void keep_table(u64 address, u64 size)
{
	boot_info_keep(address, size, MEM_ACPI);
}

static void check_memory(void)
{
	u64 usable = boot_info_usable();

	printk("memory: %lu KiB usable in %u regions, %u modules, RSDP at %lx\n", usable >> 10,
	       boot_info.nr_regions, boot_info.nr_modules, boot_info.rsdp);
	boot_info_report();
	if (usable + FIRMWARE_SHARE < (u64)MIN_MEMORY_MIB << 20)
		panic("memory: found %lu KiB usable, needs a machine of at least %u MiB",
		      usable >> 10, MIN_MEMORY_MIB);
}

/*
 * The patcher has text to itself: writable before, sealed after. Ticks of apply_alternatives()
 * alone. With `nopatch` text stays as the compiler left it, but for what has no original that is
 * right here.
 */
static u64 patch(void)
{
	u64 before, after;

	text_open();
	before = rdtsc();
	apply_alternatives(cmdline.nopatch);
	after = rdtsc();
	if (!cmdline.nopatch) {
		static_call_init();
		alternatives_smp_unlock();
	}
	text_seal();
	boot_text_hash = text_hash();
	return after - before;
}

void start_kernel(void)
{
	enum exit_code verdict;
	u64 ticks;
	u32 sites;

	platform_probe(&boot_info);
	console_choose(cmdline.consoles);
	identify_boot_cpu();
	native_pv_lock_init();
	platform_overlay(platform);
	printk("Anole on %s, way in %s%s%s\n", pv_info.name, boot_info.way_in,
	       boot_info.loader[0] ? ", loader " : "", boot_info.loader);
	cmdline_check();
	platform->report();
	check_memory();
	platform->init_irq();
	acpi_each_table(keep_table);
	page_alloc_init();
	platform->init_mm();
	mm_init();
	time_init();

	ticks = patch();
	alt_report(cmdline.patchlog, cmdline.nopatch);
	if (cmdline.patchlog || cmdline.textdump)
		features_dump();
	sched_init();
	user_init_cpu();
	smp_init();
	if (platform->init_drivers)
		platform->init_drivers();
	check_page_tables();

	if (cmdline.textdump)
		text_dump();
	verdict = selftest_run(cmdline.test);
	smp_quiesce();
	smp_report();
	irq_report();
	alt_sites(&sites);
	printk("TSC ticks: %lu from kernel entry to the verdict, %lu for patching, %lu a site\n",
	       rdtsc() - boot_tsc, ticks, ticks / sites);
	machine_exit(verdict);
}
