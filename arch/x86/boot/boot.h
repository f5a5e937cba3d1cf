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

#define MULTIBOOT1_MAGIC 0x2badb002
#define MULTIBOOT2_MAGIC 0x36d76289
#define PVH_MAGIC	 0x336ec578

#endif
