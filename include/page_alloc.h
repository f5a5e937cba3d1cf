/* SPDX-License-Identifier: MIT */
/* Physical pages, one at a time, by the address that the kernel counts: mm/page_alloc.c. */
#ifndef PAGE_ALLOC_H
#define PAGE_ALLOC_H

#include <types.h>

/* Memory from here up is not used: the table of bitmaps ends. */
#define PAGE_ALLOC_END (64UL << 30)
/* Nothing below is handed out: firmware's, and the place for real-mode code. */
#define PAGE_ALLOC_START (1UL << 20)

/* From boot_info; nothing is touched. Before init_mm, which may take pages with alloc_early(). */
void page_alloc_init(void);

/*
 * nr pages in a row for good: not zeroed, perhaps not mapped. The lowest that there are, and before
 * the first alloc_page() below what that will give.
 */
u64 alloc_early(u64 nr);
/* nr pages in a row for good, not zeroed, which __va() reaches; 0 when there are none. */
u64 alloc_pages(u64 nr);

/* A zeroed page that __va() reaches, or 0 when there is none left. */
u64 alloc_page(void);
/* Panics unless alloc_page() gave the page and it has not been freed since. */
void free_page(u64 pa);
/* How often alloc_page() can be called from here. */
u64 nr_free_pages(void);

#endif
