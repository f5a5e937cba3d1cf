/* SPDX-License-Identifier: MIT */
/*
 * Multiboot 1 and 2 -> boot_info. Sources: Multiboot Specification 0.6.96, 3.3; Multiboot2
 * Specification 2.0, 3.6. Runs on the boot page tables, which map the first 4 GiB: loaders of
 * 32-bit entries put nothing above.
 */
#include "boot.h"
#include <boot_info.h>
#include <printk.h>
#include <string.h>
#include <asm/page.h>

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
};
_Static_assert(offsetof(struct mb1_info, mmap_length) == 44, "0.6.96, 3.3");
_Static_assert(offsetof(struct mb1_info, loader_name) == 64, "0.6.96, 3.3");

struct mb1_mmap {
	u32 size; /* of the rest */
	u64 addr, len;
	u32 type; /* as ACPI's */
} __packed;

struct mb1_module {
	u32 start, end, string, reserved;
};

/* ACPI 6.4, 5.2.5.1: on a BIOS machine on a 16-byte boundary of the EBDA or of e0000-fffff. */
static u64 scan_rsdp(u64 from, u64 to)
{
	for (; from < to; from += 16) {
		const u8 *p = __va(from);
		u8 sum = 0;
		u32 i;

		if (*(const u64 *)p != 0x2052545020445352) /* "RSD PTR " */
			continue;
		for (i = 0; i < 20; i++)
			sum += p[i];
		if (!sum)
			return from;
	}
	return 0;
}

void multiboot1_parse(u64 structure)
{
	const struct mb1_info *info = __va(structure);
	const struct mb1_module *mod;
	u32 at, i;

	boot_info.way_in = "Multiboot 1";
	if (info->flags & BIT(9))
		strlcpy(boot_info.loader, __va(info->loader_name), sizeof(boot_info.loader));
	if (info->flags & BIT(2))
		boot_info_cmdline(__va(info->cmdline));
	if (info->flags & BIT(3)) {
		mod = __va(info->mods_addr);
		for (i = 0; i < info->mods_count; i++)
			boot_info_module(mod[i].start, mod[i].end - mod[i].start);
	}
	if (!(info->flags & BIT(6)))
		panic("Multiboot 1: the loader gives no memory map (flags %x)", info->flags);
	for (at = 0; at < info->mmap_length;) {
		const struct mb1_mmap *m = __va(info->mmap_addr + at);

		boot_info_region(m->addr, m->len, m->type);
		at += m->size + sizeof(m->size);
	}
	/* It carries no RSDP; 40e holds the EBDA's segment. */
	at = *(const u16 *)__va(0x40e) << 4;
	if (at)
		boot_info.rsdp = scan_rsdp(at, at + 1024);
	if (!boot_info.rsdp)
		boot_info.rsdp = scan_rsdp(0xe0000, 0x100000);
}

struct mb2_tag {
	u32 type, size;
};

struct mb2_mmap {
	u64 addr, len;
	u32 type, zero;
};

void multiboot2_parse(u64 structure)
{
	static u8 rsdp[36]; /* ACPI 6.4, 5.2.5.3 */
	const u32 *total = __va(structure);
	u64 at = structure + 8, end = structure + *total;

	boot_info.way_in = "Multiboot 2";
	while (at + sizeof(struct mb2_tag) <= end) {
		const struct mb2_tag *tag = __va(at);
		const u32 *arg = (const void *)(tag + 1);
		u32 i, stride;

		switch (tag->type) {
		case 0:
			return;
		case 1:
			boot_info_cmdline((const char *)arg);
			break;
		case 2:
			strlcpy(boot_info.loader, (const char *)arg, sizeof(boot_info.loader));
			break;
		case 3:
			boot_info_module(arg[0], arg[1] - arg[0]);
			break;
		case 6: /* entry size, version, entries */
			stride = arg[0];
			for (i = 16; i + stride <= tag->size; i += stride) {
				const struct mb2_mmap *m = (const void *)tag + i;

				boot_info_region(m->addr, m->len, m->type);
			}
			break;
		case 14: /* copies of the RSDP itself, ACPI 1.0 and 2.0 */
		case 15:
			if (boot_info.rsdp && tag->type == 14)
				break;
			memcpy(rsdp, arg, min(tag->size - sizeof(*tag), sizeof(rsdp)));
			boot_info.rsdp = __pa(rsdp);
			break;
		}
		at += ALIGN_UP(tag->size, 8);
	}
	panic("Multiboot 2: the tags have no end tag in %u bytes", *total);
}
