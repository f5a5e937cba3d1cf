/* SPDX-License-Identifier: MIT */
/*
 * What every way in must find out, in one form. Filled before start_kernel(), copied out of the
 * loader's memory; nothing later looks at Multiboot's, PVH's or a hypervisor's structures.
 */
#ifndef BOOT_INFO_H
#define BOOT_INFO_H

#include <types.h>

#define BOOT_MAX_REGIONS 64
#define BOOT_MAX_MODULES 8
#define BOOT_CMDLINE	 1024

enum mem_type {
	MEM_USABLE = 1, /* numbers as in ACPI's and e820's maps */
	MEM_RESERVED = 2,
	MEM_ACPI = 3,
	MEM_NVS = 4,
	MEM_UNUSABLE = 5,
};

/* Physical bytes [start, start + size). */
struct mem_region {
	u64 start, size;
	u32 type;
};

struct boot_module {
	u64 start, size; /* physical */
};

struct boot_info {
	const char *way_in; /* "PVH", "Multiboot 1" ...: which header or note the loader used */
	char loader[64];    /* what the loader says it is, or "" */
	char cmdline[BOOT_CMDLINE];
	bool cmdline_cut; /* it was longer */
	u32 nr_regions, nr_modules;
	struct mem_region regions[BOOT_MAX_REGIONS];
	struct boot_module modules[BOOT_MAX_MODULES];
	u64 rsdp; /* physical address of ACPI's root pointer, 0 = the way in tells none */
};

extern struct boot_info boot_info;

/* For the ways in: adds a region; panics when there are more than fit. */
void boot_info_region(u64 start, u64 size, u32 type);
void boot_info_module(u64 start, u64 size);
/* Copies a command line, which may be NULL. */
void boot_info_cmdline(const char *s);

/* Bytes of usable memory. */
u64 boot_info_usable(void);

/* Where every way in ends: boot CPU, our stack and page tables, interrupts off, traps shown. */
void start_kernel(void) __noreturn;

#endif
