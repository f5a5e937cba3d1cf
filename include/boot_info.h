/* SPDX-License-Identifier: MIT */
/*
 * What every way in must find out, in one form. Filled before start_kernel(), copied out of the
 * loader's memory; nothing later looks at Multiboot's, PVH's or a hypervisor's structures.
 *
 * It is a strainer: whatever a loader says, the regions ascend and do not overlap, no byte is
 * usable that anybody calls something else, and strings end. What is left out gets a sentence.
 */
#ifndef BOOT_INFO_H
#define BOOT_INFO_H

#include <types.h>

#define BOOT_MAX_REGIONS 512
#define BOOT_CMDLINE	 1024

enum mem_type {
	MEM_USABLE = 1, /* numbers as in ACPI's and e820's maps; of two claims the greater counts */
	MEM_RESERVED = 2,
	MEM_ACPI = 3,
	MEM_NVS = 4,
	MEM_UNUSABLE = 5,
	MEM_LOADER = 6, /* ours: memory in which the loader left a module or its own structures */
};

/* Physical bytes [start, start + size). */
struct mem_region {
	u64 start, size;
	u32 type;
};

struct boot_info {
	const char *way_in; /* "PVH", "Multiboot 1" ...: which header or note the loader used */
	char loader[64];    /* what the loader says it is, or "" */
	char cmdline[BOOT_CMDLINE];
	bool cmdline_cut; /* it was longer */
	bool names_file;  /* the command line's first word may be the kernel's own file */
	u32 nr_regions, nr_modules;
	struct mem_region regions[BOOT_MAX_REGIONS]; /* ascending; modules are MEM_LOADER */
	u64 rsdp; /* physical address of ACPI's root pointer, 0 = the way in tells none */
};

extern struct boot_info boot_info;

/*
 * For the ways in: an entry of the memory map, any numbers. False when they were too many for any
 * real machine: the loader's table is broken, and its reader should stop.
 */
bool boot_info_region(u64 start, u64 size, u32 type);
/* A module; its memory is nobody else's. False as above. */
bool boot_info_module(u64 start, u64 size);
/* Physical memory that is not free, whatever the map calls it; size 0 is nothing. */
void boot_info_keep(u64 start, u64 size, enum mem_type type);
/*
 * Copies a string from a physical address: to its end, or `limit` bytes where that comes first.
 * A command line that is not all there is `cut`.
 */
void boot_info_cmdline(u64 pa, u64 limit);
void boot_info_loader(u64 pa, u64 limit);
/* A sentence about what the loader says; after the first few they are counted only. */
void boot_note(const char *fmt, ...) __printf(1, 2);
/* When all that fills boot_info is done: how many sentences more there were. */
void boot_info_report(void);

/* Bytes of usable memory. */
u64 boot_info_usable(void);
/* Whether all of these physical bytes are usable memory. */
bool boot_info_is_usable(u64 start, u64 size);
/* Whether the map has memory there, whoever keeps it: no device's registers. */
bool boot_info_is_ram(u64 address);

/* Where every way in ends: boot CPU, our stack and page tables, interrupts off, traps shown. */
void start_kernel(void) __noreturn;

#endif
