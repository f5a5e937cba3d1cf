/* SPDX-License-Identifier: MIT */
/* PVH's hvm_start_info -> boot_info. Source: xen/include/public/arch-x86/hvm/start_info.h. */
#include "boot.h"
#include <boot_info.h>
#include <printk.h>
#include <asm/page.h>

struct hvm_start_info {
	u32 magic, version, flags, nr_modules;
	u64 modlist_paddr, cmdline_paddr, rsdp_paddr;
	/* version 1 and up */
	u64 memmap_paddr;
	u32 memmap_entries, reserved;
};
_Static_assert(sizeof(struct hvm_start_info) == 56, "start_info.h");

struct hvm_modlist_entry {
	u64 paddr, size, cmdline_paddr, reserved;
};

struct hvm_memmap_entry {
	u64 addr, size;
	u32 type, reserved; /* type as e820's */
};

void pvh_parse(u64 structure)
{
	const struct hvm_start_info *info = __va(structure);
	const struct hvm_modlist_entry *mod = __va(info->modlist_paddr);
	const struct hvm_memmap_entry *map;
	u32 i;

	boot_info.way_in = "PVH";
	if (info->magic != PVH_MAGIC)
		panic("PVH: start_info's magic is %08x, expected %08x", info->magic, PVH_MAGIC);
	if (info->version < 1 || !info->memmap_paddr)
		panic("PVH: start_info is version %u without a memory map; 1 is needed",
		      info->version);
	if (info->cmdline_paddr)
		boot_info_cmdline(__va(info->cmdline_paddr));
	for (i = 0; i < info->nr_modules; i++)
		boot_info_module(mod[i].paddr, mod[i].size);
	map = __va(info->memmap_paddr);
	for (i = 0; i < info->memmap_entries; i++)
		boot_info_region(map[i].addr, map[i].size, map[i].type);
	boot_info.rsdp = info->rsdp_paddr;
}
