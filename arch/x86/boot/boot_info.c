/* SPDX-License-Identifier: MIT */
/* boot_info's few verbs, for the ways in. */
#include <boot_info.h>
#include <printk.h>
#include <string.h>

struct boot_info boot_info;

void boot_info_region(u64 start, u64 size, u32 type)
{
	struct boot_info *bi = &boot_info;

	if (!size)
		return;
	if (bi->nr_regions == BOOT_MAX_REGIONS)
		panic("boot: the memory map has more than %u regions", BOOT_MAX_REGIONS);
	bi->regions[bi->nr_regions++] = (struct mem_region){ start, size, type };
}

void boot_info_module(u64 start, u64 size)
{
	struct boot_info *bi = &boot_info;

	if (bi->nr_modules == BOOT_MAX_MODULES)
		panic("boot: more than %u modules", BOOT_MAX_MODULES);
	bi->modules[bi->nr_modules++] = (struct boot_module){ start, size };
}

void boot_info_cmdline(const char *s)
{
	struct boot_info *bi = &boot_info;

	if (s)
		bi->cmdline_cut = strlcpy(bi->cmdline, s, BOOT_CMDLINE) >= BOOT_CMDLINE;
}

u64 boot_info_usable(void)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < boot_info.nr_regions; i++)
		if (boot_info.regions[i].type == MEM_USABLE)
			sum += boot_info.regions[i].size;
	return sum;
}
