/* SPDX-License-Identifier: MIT */
/*
 * Multiboot 2 -> boot_info. Source: Multiboot2 Specification 2.0, 3.6. Runs on the boot page
 * tables, which map the first 4 GiB: a loader of 32-bit entries puts nothing above.
 */
#include "boot.h"
#include <acpi.h>
#include <boot_info.h>
#include <phys.h>
#include <printk.h>
#include <string.h>

#define MAX_TAGS 65536
#define TAG_SIZE sizeof(struct mb2_tag)

struct mb2_tag {
	u32 type, size; /* of all of it; the next begins on 8 bytes */
};

struct mb2_mmap {
	u64 addr, len;
	u32 type, zero;
} __packed; /* the loader chooses how far apart they lie */
_Static_assert(sizeof(struct mb2_mmap) == 24, "2.0, 3.6.8");

/* What only counts when all tags are read. */
static struct {
	u64 rsdp[2];		  /* the copies of ACPI 1.0's and 2.0's */
	u64 system_table[2];	  /* EFI's, of 32 and 64 bits */
	u64 mem_lower, mem_upper; /* KiB */
} found;

/* The i'th 32-bit word behind the tag's head; 0 where the tag is shorter. */
static u32 word(u64 tag, u32 size, u32 i)
{
	const struct {
		u32 value;
	} __packed *p = size >= TAG_SIZE + 4 * (i + 1) ? phys_map(tag + TAG_SIZE + 4 * i, 4) : NULL;

	return p ? p->value : 0;
}

/* Entries of `stride` bytes from byte 16 on. */
static void take_map(u64 tag, u32 size)
{
	u32 stride = word(tag, size, 0), i;

	if (stride < sizeof(struct mb2_mmap) - 4) {
		boot_note("the map's entries have %u bytes, expected 24 or more", stride);
		return;
	}
	for (i = 16; i < size && size - i >= stride; i += stride) {
		const struct mb2_mmap *m = phys_map(tag + i, sizeof(*m) - 4);

		if (!m || !boot_info_region(m->addr, m->len, m->type))
			return;
	}
}

static void take_module(u64 tag, u32 size)
{
	u32 start = word(tag, size, 0), end = word(tag, size, 1);

	if (end < start)
		boot_note("a module ends at %x, before its start at %x", end, start);
	else
		boot_info_module(start, end - start);
}

static void take_tag(u64 tag, u32 type, u32 size)
{
	u64 behind = tag + TAG_SIZE;

	switch (type) {
	case 1:
		boot_info_cmdline(behind, size - TAG_SIZE);
		break;
	case 2:
		boot_info_loader(behind, size - TAG_SIZE);
		break;
	case 3:
		take_module(tag, size);
		break;
	case 4:
		found.mem_lower = word(tag, size, 0);
		found.mem_upper = word(tag, size, 1);
		break;
	case 6:
		take_map(tag, size);
		break;
	case 11:
		found.system_table[0] = word(tag, size, 0);
		break;
	case 12:
		found.system_table[1] = word(tag, size, 0) | (u64)word(tag, size, 1) << 32;
		break;
	case 14:
	case 15:
		if (size >= TAG_SIZE + 20 && acpi_is_rsdp(behind))
			found.rsdp[type - 14] = behind;
		break;
	}
}

/* Where the tags end that could be read. */
static u64 take_tags(u64 at, u64 end)
{
	u32 nr;

	for (nr = 0; nr < MAX_TAGS; nr++) {
		const struct mb2_tag *tag = phys_map(at, TAG_SIZE);

		if (at + TAG_SIZE > end || !tag) {
			boot_note("the tags have no end tag");
			return at;
		}
		if (!tag->type)
			return at + TAG_SIZE;
		if (tag->size < TAG_SIZE || tag->size > end - at || !phys_map(at, tag->size)) {
			boot_note("the tag at %lx, type %u, has %u bytes of %lu: the rest is left "
				  "out",
				  at, tag->type, tag->size, end - at);
			return at;
		}
		take_tag(at, tag->type, tag->size);
		at += ALIGN_UP((u64)tag->size, 8);
	}
	boot_note("more than %u tags; the rest is left out", MAX_TAGS);
	return at;
}

/*
 * A copy can be wrong where the original is right: GRUB copies as many bytes as a field says that
 * an RSDP of revision 0, as U-Boot has it, does not have.
 */
static u64 find_rsdp(void)
{
	u64 rsdp = found.rsdp[1] ? found.rsdp[1] : found.rsdp[0];

	if (!rsdp && found.system_table[1])
		rsdp = rsdp_of_efi(found.system_table[1], true);
	if (!rsdp && found.system_table[0])
		rsdp = rsdp_of_efi(found.system_table[0], false);
	return rsdp ? rsdp : rsdp_of_bios();
}

void multiboot2_parse(u64 structure)
{
	const u32 *total = phys_map(structure, 8);
	u64 end;

	boot_info.way_in = "Multiboot 2";
	if (!total)
		panic("Multiboot 2: the loader's structure at %lx is not below 4 GiB", structure);
	memset(&found, 0, sizeof(found));
	end = take_tags(structure + 8, structure + *total);
	if (!boot_info.nr_regions) {
		boot_info_region(0, found.mem_lower << 10, MEM_USABLE);
		boot_info_region(1UL << 20, found.mem_upper << 10, MEM_USABLE);
	}
	if (!boot_info.nr_regions)
		panic("Multiboot 2: the loader gives no memory map");
	boot_info_keep(structure, end - structure, MEM_LOADER);
	boot_info.names_file = strncmp(boot_info.loader, "GRUB", 4);
	boot_info.rsdp = find_rsdp();
}
