/* SPDX-License-Identifier: MIT */
/* boot_info's verbs, for the ways in: what a loader says goes through here. */
#include "mem_map.h"
#include <boot_info.h>
#include <phys.h>
#include <printk.h>

#define MAX_ENTRIES 16384 /* of a map, and modules: far more than any machine has */
#define MAX_NOTES   8

struct boot_info boot_info;

static struct mem_map mem_map;
static u32 nr_entries, nr_empty, nr_notes;

void boot_note(const char *fmt, ...)
{
	char line[160];
	va_list args;

	if (nr_notes++ >= MAX_NOTES)
		return;
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	printk("boot: %s\n", line);
}

void boot_info_report(void)
{
	if (nr_empty)
		printk("boot: %u empty entries of the memory map are left out\n", nr_empty);
	if (mem_map.joined)
		printk("boot: the memory map has more than %u pieces; %u were joined, and what is "
		       "free there is not used\n",
		       BOOT_MAX_REGIONS, mem_map.joined);
	if (nr_notes > MAX_NOTES)
		printk("boot: %u more sentences like these\n", nr_notes - MAX_NOTES);
}

/* [start, end), where end 0 is 2^64. */
static void raise(u64 start, u64 end, u32 type)
{
	if (!end || end > MEM_MAP_END)
		end = MEM_MAP_END;
	mem_map_raise(&mem_map, start, end, type);
	boot_info.nr_regions = mem_map_regions(&mem_map, boot_info.regions);
}

bool boot_info_region(u64 start, u64 size, u32 type)
{
	u64 end = start + size;

	if (nr_entries++ >= MAX_ENTRIES) {
		boot_note("the memory map has more than %u entries; the rest is left out",
			  MAX_ENTRIES);
		return false;
	}
	if (!size)
		nr_empty++;
	else if (end && end < start)
		boot_note("the map's entry at %lx, %lx bytes, wraps around: left out", start, size);
	else if (start >= MEM_MAP_END || (!start && size >= MEM_MAP_END))
		boot_note("the map's entry at %lx, %lx bytes, is no memory: left out", start, size);
	else
		raise(start, end,
		      type < MEM_USABLE || type > MEM_UNUSABLE ? (u32)MEM_RESERVED : type);
	return true;
}

void boot_info_keep(u64 start, u64 size, enum mem_type type)
{
	if (size && start < MEM_MAP_END && size <= MEM_MAP_END - start)
		raise(start, start + size, type);
}

bool boot_info_module(u64 start, u64 size)
{
	if (boot_info.nr_modules == MAX_ENTRIES) {
		boot_note("more than %u modules; the rest is left out", MAX_ENTRIES);
		return false;
	}
	boot_info.nr_modules++;
	if (start >= MEM_MAP_END || size > MEM_MAP_END - start)
		boot_note("the module at %lx, %lx bytes, is no memory", start, size);
	boot_info_keep(start, size, MEM_LOADER);
	return true;
}

/* True when all of it came: up to a 0, or `limit` bytes. */
static bool copy_string(char *to, size_t size, u64 pa, u64 limit)
{
	size_t n;

	for (n = 0; n < limit; n++) {
		const char *p = phys_map(pa + n, 1);

		to[n] = 0;
		if (!p || n == size - 1)
			return p && !*p;
		if (!*p)
			return true;
		to[n] = *p;
	}
	to[n] = 0;
	return true;
}

void boot_info_cmdline(u64 pa, u64 limit)
{
	boot_info.cmdline_cut = !copy_string(boot_info.cmdline, BOOT_CMDLINE, pa, limit);
}

void boot_info_loader(u64 pa, u64 limit)
{
	char *p = boot_info.loader;

	copy_string(p, sizeof(boot_info.loader), pa, limit);
	for (; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
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

static const struct mem_region *region_at(u64 address)
{
	u32 i;

	for (i = 0; i < boot_info.nr_regions; i++) {
		const struct mem_region *r = &boot_info.regions[i];

		if (address >= r->start && address - r->start < r->size)
			return r;
	}
	return NULL;
}

bool boot_info_is_usable(u64 start, u64 size)
{
	const struct mem_region *r = region_at(start);

	return r && r->type == MEM_USABLE && size <= r->size - (start - r->start);
}

bool boot_info_is_ram(u64 address)
{
	const struct mem_region *r = region_at(address);

	return r && r->type != MEM_RESERVED && r->type != MEM_UNUSABLE;
}
