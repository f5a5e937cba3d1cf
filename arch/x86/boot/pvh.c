/* SPDX-License-Identifier: MIT */
/*
 * PVH's hvm_start_info -> boot_info. Source: xen/include/public/arch-x86/hvm/start_info.h. Runs on
 * the boot page tables, which map the first 4 GiB; its addresses have 64 bits.
 */
#include "boot.h"
#include <acpi.h>
#include <boot_info.h>
#include <phys.h>
#include <printk.h>

struct hvm_start_info {
	u32 magic, version, flags, nr_modules;
	u64 modlist_paddr, cmdline_paddr, rsdp_paddr;
	/* version 1 and up */
	u64 memmap_paddr;
	u32 memmap_entries, reserved;
} __packed;
_Static_assert(sizeof(struct hvm_start_info) == 56, "start_info.h");

struct hvm_modlist_entry {
	u64 paddr, size, cmdline_paddr, reserved;
} __packed;

struct hvm_memmap_entry {
	u64 addr, size;
	u32 type, reserved; /* type as e820's */
} __packed;

static void take_modules(u64 at, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		const struct hvm_modlist_entry *m = phys_map(at + i * sizeof(*m), sizeof(*m));

		if (!m) {
			boot_note("module %u of %u is described at %lx, not below 4 GiB", i, nr,
				  at + i * sizeof(*m));
			break;
		}
		if (!boot_info_module(m->paddr, m->size))
			break;
	}
	boot_info_keep(at, i * sizeof(struct hvm_modlist_entry), MEM_LOADER);
}

static void take_map(u64 at, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		const struct hvm_memmap_entry *m = phys_map(at + i * sizeof(*m), sizeof(*m));

		if (!m) {
			boot_note("entry %u of the map's %u lies at %lx, not below 4 GiB: the rest "
				  "is left out",
				  i, nr, at + i * sizeof(*m));
			break;
		}
		if (!boot_info_region(m->addr, m->size, m->type))
			break;
	}
	boot_info_keep(at, i * sizeof(struct hvm_memmap_entry), MEM_LOADER);
}

void pvh_parse(u64 structure)
{
	const struct hvm_start_info *info = phys_map(structure, sizeof(*info));

	boot_info.way_in = "PVH";
	if (!info)
		panic("PVH: start_info at %lx is not below 4 GiB", structure);
	if (info->magic != PVH_MAGIC)
		panic("PVH: start_info's magic is %08x, expected %08x", info->magic, PVH_MAGIC);
	if (info->version < 1 || !info->memmap_paddr)
		panic("PVH: start_info is version %u without a memory map; 1 is needed",
		      info->version);
	/* Without its words the kernel would do something else than what was asked for. */
	if (info->cmdline_paddr && !phys_map(info->cmdline_paddr, 1))
		panic("PVH: the command line at %lx is not below 4 GiB", info->cmdline_paddr);
	if (info->cmdline_paddr)
		boot_info_cmdline(info->cmdline_paddr, -1UL);
	take_map(info->memmap_paddr, info->memmap_entries);
	if (info->nr_modules)
		take_modules(info->modlist_paddr, info->nr_modules);
	boot_info_keep(structure, sizeof(*info), MEM_LOADER);
	boot_info.rsdp = info->rsdp_paddr;
	if (boot_info.rsdp && !acpi_is_rsdp(boot_info.rsdp)) {
		boot_note("no RSDP at %lx, where PVH's start_info says", boot_info.rsdp);
		boot_info.rsdp = rsdp_of_bios();
	}
}
