/* SPDX-License-Identifier: MIT */
/* The kernel's own mappings: who may write what, who may execute what. */
#ifndef ASM_PGTABLE_H
#define ASM_PGTABLE_H

#include <types.h>
#include <asm/page.h>

#define PTRS_PER_TABLE 512
/* An address's entry in a table of each level. */
#define pgd_index(va) ((va) >> 39 & 511)
#define pud_index(va) ((va) >> 30 & 511)
#define pmd_index(va) ((va) >> 21 & 511)
#define pte_index(va) ((va) >> 12 & 511)

/*
 * Pages that set_fixmap() maps for a moment. Their addresses are the image's own, where no loader
 * has put anything: their frames lie idle.
 */
enum fixed_addresses {
	FIX_TABLE, /* a page table that is being made */
	FIX_TEST,
	FIX_COUNT
};
extern char fixmap[FIX_COUNT][PAGE_SIZE];
#define fix_to_virt(idx) ((u64)fixmap[idx])

/*
 * Make the boot page tables the kernel's: the image by 4 KiB pages with the rights of its
 * segments, a guard page under the boot stack, the direct map of all memory never executable,
 * nothing at 0. Boot CPU, on the boot page tables. Text can't be written from here on but by
 * text_open()/text_seal().
 */
void pgtable_init(void);

/* mm/seal.c: the rights of a page at KERNEL_BASE in this phase; 0 for none. No frame bits. */
enum phase { PHASE_BOOT, PHASE_PATCHING, PHASE_SEALED, NR_PHASES };
u64 image_page_prot(u64 va);
/* The rights of the same page in the direct map, in every phase. */
u64 direct_page_prot(u64 pa);
/* What there is in [pa, pa + size) that nobody may write any more; NULL for nothing. */
const char *sealed_in(u64 pa, u64 size);
/*
 * A page of the direct map is read-only from here on, for good and on all CPUs. Not where
 * interrupts are served. 0, or -ENOMEM where its large page can't be split.
 */
int seal_page(u64 pa);

/* The lowest-level entry that maps va in the loaded page tables; NULL if there is no 4 KiB one. */
u64 *lookup_address(u64 va);
/* In the page tables whose root is at pgd, physical. */
u64 *lookup_address_in(u64 pgd, u64 va);

/* The same of the direct map, of whose large page it makes small ones; NULL when memory is short.
 */
u64 *direct_pte(u64 pa);

/* Change the rights of [start, end), whole pages of the image: clear bits, set bits, flush. */
void set_memory(u64 start, u64 end, u64 clear, u64 set);

/*
 * mm/seal.c: text, pv_ops, the static calls' keys and all else that the boot alone writes: writable
 * for the patcher, and read-only again. Boot CPU, interrupts off.
 */
void text_open(void);
void text_seal(void);

#endif
