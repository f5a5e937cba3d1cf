/* SPDX-License-Identifier: MIT */
/*
 * The address space, and what a page-table entry's bits mean (SDM vol. 3A, 4.5).
 *
 *   0000000000000000  a process's half (include/mm.h), to USER_END
 *   ffff888000000000  direct map of physical memory: never executable, the image in it read-only
 *                     where the image is
 *   ffffffff80000000  KERNEL_BASE, physical 0; nothing is mapped here but
 *   ffffffff80100000  the image: text, read-only data, data, symbols, bss; in it the fixmap
 *   ffffffffc0000000  KSTACK_BASE: stacks over guard pages (mm/kstack.c)
 *
 * This header is read by assembly too.
 */
#ifndef ASM_PAGE_H
#define ASM_PAGE_H

#define KERNEL_BASE 0xffffffff80000000
#define PAGE_OFFSET 0xffff888000000000
#define KSTACK_BASE 0xffffffffc0000000
#define PAGE_SHIFT  12
#define PAGE_SIZE   4096
#define PMD_SIZE    0x200000
#define PUD_SIZE    0x40000000
#define USER_END    0x0000800000000000
#define BOOT_MAPPED 0x100000000 /* physical memory that the boot page tables map */

#define _PAGE_PRESENT  0x001
#define _PAGE_RW       0x002
#define _PAGE_USER     0x004
#define _PAGE_ACCESSED 0x020
#define _PAGE_DIRTY    0x040
#define _PAGE_PSE      0x080
#define _PAGE_GLOBAL   0x100
#define _PAGE_SPECIAL  0x200 /* ours: the page does not belong to the mm that maps it */
#define _PAGE_NX       0x8000000000000000
#define PTE_PFN_MASK   0x000ffffffffff000
#define _PAGE_TABLE    (_PAGE_PRESENT | _PAGE_RW | _PAGE_USER) /* in an entry for a table */

#ifndef __ASSEMBLER__
#include <types.h>

/*
 * Where physical address 0 is mapped for the kernel's own use: the way in sets it. Under Xen PV
 * that is KERNEL_BASE, and a few MiB, until init_mm.
 */
extern u64 page_offset_base;

static inline void *__va(u64 pa)
{
	return (void *)(page_offset_base + pa);
}

/* Physical address of something in the image or in the direct map. */
static inline u64 __pa(const void *p)
{
	u64 va = (u64)p;

	return va >= KERNEL_BASE ? va - KERNEL_BASE : va - page_offset_base;
}

/* The linker script's marks; addresses, not objects. */
extern char _image_start[], _text[], _etext[], _rodata[], _erodata[], _ro_after_init[],
	_ero_after_init[], _data[], _edata[], _symbols[], _esymbols[], _bss[], _ebss[],
	_image_end[];
#endif
#endif
