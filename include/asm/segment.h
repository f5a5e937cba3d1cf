/* SPDX-License-Identifier: MIT */
/*
 * The selectors of our GDT on machines that let us have one (cpu/desc.c). Read by assembly too.
 */
#ifndef ASM_SEGMENT_H
#define ASM_SEGMENT_H

#define __KERNEL_CS 0x10
#define __KERNEL_DS 0x18
#define GDT_TSS	    0x40
#define GDT_ENTRIES 10

#endif
