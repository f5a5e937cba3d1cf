/* SPDX-License-Identifier: MIT */
/* The ways in, among themselves. */
#ifndef BOOT_H
#define BOOT_H

#include <types.h>

/* From entry32.S. */
void boot32_start(u32 magic, u64 structure) __noreturn;
/* Each fills boot_info from the loader's structure at a physical address. */
void multiboot1_parse(u64 structure);
void multiboot2_parse(u64 structure);
void pvh_parse(u64 structure);

/* The RSDP in the memory of a BIOS machine; by the system table of EFI firmware. 0: none. */
u64 rsdp_of_bios(void);
u64 rsdp_of_efi(u64 system_table, bool is_64);

#define MULTIBOOT1_MAGIC 0x2badb002
#define MULTIBOOT2_MAGIC 0x36d76289
#define PVH_MAGIC	 0x336ec578

#endif
