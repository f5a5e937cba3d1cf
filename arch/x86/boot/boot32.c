/* SPDX-License-Identifier: MIT */
/*
 * The first C of the 32-bit ways in: long mode, boot page tables, interrupts off. Makes traps and
 * the consoles work, so that a panic can be seen, and hands over to the way in's parser.
 */
#include "boot.h"
#include <boot_info.h>
#include <pc_console.h>
#include <printk.h>
#include <asm/cpu_state.h>
#include <asm/desc.h>
#include <asm/page.h>

void boot32_start(u32 magic, u64 structure)
{
	cpu_state_init();
	page_offset_base = PAGE_OFFSET;
	pc_console_init();
	cpu_init();
	cpu_state_check();
	if (structure >= BOOT_MAPPED)
		panic("boot: the loader's structure lies at %lx, above 4 GiB", structure);
	switch (magic) {
	case MULTIBOOT1_MAGIC:
		multiboot1_parse(structure);
		break;
	case MULTIBOOT2_MAGIC:
		multiboot2_parse(structure);
		break;
	case PVH_MAGIC:
		pvh_parse(structure);
		break;
	default:
		panic("boot: the loader left %08x in eax: neither Multiboot 1 (%08x) nor "
		      "Multiboot 2 (%08x)",
		      magic, MULTIBOOT1_MAGIC, MULTIBOOT2_MAGIC);
	}
	start_kernel();
}
