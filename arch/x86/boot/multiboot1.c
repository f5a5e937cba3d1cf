/* SPDX-License-Identifier: MIT */
/*
 * Multiboot 1 -> boot_info. Source: Multiboot Specification 0.6.96, 3.3. Runs on the boot page
 * tables, which map the first 4 GiB; all of its addresses have 32 bits.
 */
#include "boot.h"
#include <boot_info.h>
#include <phys.h>
#include <printk.h>
#include <string.h>

struct mb1_info {
	u32 flags;
	u32 mem_lower, mem_upper;  /* KiB, flag 0 */
	u32 boot_device;	   /* flag 1 */
	u32 cmdline;		   /* flag 2 */
	u32 mods_count, mods_addr; /* flag 3 */
	u32 syms[4];
	u32 mmap_length, mmap_addr; /* flag 6 */
	u32 drives_length, drives_addr;
	u32 config_table;
	u32 loader_name; /* flag 9 */
} __packed;
_Static_assert(offsetof(struct mb1_info, mmap_length) == 44, "0.6.96, 3.3");
_Static_assert(offsetof(struct mb1_info, loader_name) == 64, "0.6.96, 3.3");

struct mb1_mmap {
	u32 size; /* of the rest */
	u64 addr, len;
	u32 type; /* as ACPI's */
} __packed;

struct mb1_module {
	u32 start, end, string, reserved;
} __packed;

static void take_modules(u64 at, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		const struct mb1_module *m = phys_map(at + i * sizeof(*m), sizeof(*m));

		if (!m) {
			boot_note("module %u of %u is described at %lx, above 4 GiB", i, nr,
				  at + i * sizeof(*m));
			break;
		}
		if (m->end < m->start)
			boot_note("module %u ends at %x, before its start at %x", i, m->end,
				  m->start);
		else if (!boot_info_module(m->start, m->end - m->start))
			break;
	}
	boot_info_keep(at, i * sizeof(struct mb1_module), MEM_LOADER);
}

/* Each entry says how long it is: one that can't be true ends the list. */
static void take_map(u64 at, u64 end)
{
	u64 start = at;

	while (at < end) {
		const struct mb1_mmap *m = phys_map(at, sizeof(*m));

		if (!m || end - at < sizeof(*m) || m->size < sizeof(*m) - sizeof(m->size)) {
			boot_note("the map's entry at %lx has %u bytes of %lu, expected 20 or "
				  "more: the rest is left out",
				  at, m ? m->size : 0, end - at);
			break;
		}
		if (!boot_info_region(m->addr, m->len, m->type))
			break;
		if ((u64)m->size + sizeof(m->size) > end - at)
			boot_note("the map's entry at %lx has %u bytes, the list %lu more", at,
				  m->size, end - at);
		at += (u64)m->size + sizeof(m->size);
	}
	boot_info_keep(start, min(at, end) - start, MEM_LOADER);
}

void multiboot1_parse(u64 structure)
{
	const struct mb1_info *info = phys_map(structure, sizeof(*info));

	boot_info.way_in = "Multiboot 1";
	if (!info)
		panic("Multiboot 1: the loader's structure at %lx is not below 4 GiB", structure);
	if (info->flags & BIT(9))
		boot_info_loader(info->loader_name, -1UL);
	boot_info.names_file = strncmp(boot_info.loader, "GRUB", 4);
	if (info->flags & BIT(2))
		boot_info_cmdline(info->cmdline, -1UL);
	if (info->flags & BIT(6)) {
		take_map(info->mmap_addr, (u64)info->mmap_addr + info->mmap_length);
	} else if (info->flags & BIT(0)) {
		boot_info_region(0, (u64)info->mem_lower << 10, MEM_USABLE);
		boot_info_region(1UL << 20, (u64)info->mem_upper << 10, MEM_USABLE);
	} else {
		panic("Multiboot 1: the loader gives no memory map (flags %x)", info->flags);
	}
	if (info->flags & BIT(3))
		take_modules(info->mods_addr, info->mods_count);
	boot_info_keep(structure, sizeof(*info), MEM_LOADER);
	boot_info.rsdp = rsdp_of_bios(); /* it carries none */
}
