/* SPDX-License-Identifier: MIT */
/*
 * What a PVH guest finds through ebx: start_info with the command line, memory map and RSDP.
 *
 * Layout: Xen's public/arch-x86/hvm/start_info.h, version 1; memory types as in E820.
 */
#include <string.h>

#include "vmm.h"

#define START_INFO_MAGIC 0x336ec578
#define MEMMAP_RAM	 1
#define MEMMAP_RESERVED	 2

struct start_info {
	uint32_t magic;
	uint32_t version;
	uint32_t flags;
	uint32_t nr_modules;
	uint64_t modules;
	uint64_t cmdline;
	uint64_t rsdp;
	uint64_t memmap;
	uint32_t memmap_entries;
	uint32_t reserved;
};

struct memmap_entry {
	uint64_t address;
	uint64_t size;
	uint32_t type;
	uint32_t reserved;
};

_Static_assert(sizeof(struct start_info) == 56, "start_info, version 1");
_Static_assert(offsetof(struct start_info, memmap_entries) == 48, "start_info.memmap_entries");
_Static_assert(sizeof(struct memmap_entry) == 24, "memmap_entry");

void pvh_build(struct vm *vm, const char *cmdline)
{
	uint64_t low = vm->ram_size < RAM_BELOW_4G ? vm->ram_size : RAM_BELOW_4G;
	struct memmap_entry memmap[] = {
		{ 0, LOW_RAM_END, MEMMAP_RAM, 0 },
		{ LOW_RAM_END, HIGH_RAM - LOW_RAM_END, MEMMAP_RESERVED, 0 },
		{ HIGH_RAM, low - HIGH_RAM, MEMMAP_RAM, 0 },
		{ 4 * GIB, vm->ram_size - low, MEMMAP_RAM, 0 },
	};
	struct start_info info = {
		.magic = START_INFO_MAGIC,
		.version = 1,
		.cmdline = CMDLINE,
		.rsdp = acpi_build(vm),
		.memmap = MEMMAP,
		.memmap_entries = vm->ram_size > low ? 4 : 3,
	};

	if (strlen(cmdline) >= CMDLINE_MAX)
		die(EXIT_USAGE, "the guest's command line has %zu bytes, the limit is %d",
		    strlen(cmdline), CMDLINE_MAX - 1);
	memcpy(vm->ram + START_INFO, &info, sizeof(info));
	memcpy(vm->ram + MEMMAP, memmap, sizeof(memmap));
	memcpy(vm->ram + CMDLINE, cmdline, strlen(cmdline) + 1);
}
