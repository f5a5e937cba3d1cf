/* SPDX-License-Identifier: MIT */
/* A walk of page tables: mm/walk.c. */
#ifndef ASM_WALK_H
#define ASM_WALK_H

#include <mm.h>
#include <types.h>

#define NOBODYS_FRAME (~0UL) /* of a frame that is not ours */

/* A present entry of the lowest level that there is. */
struct mapping {
	u64 va, pa, size;
	u64 rights; /* of all levels: _PAGE_RW, _PAGE_USER, _PAGE_NX */
};

struct walk {
	void (*page)(struct walk *w, const struct mapping *m);
	void (*table)(struct walk *w, u64 pa, u64 va); /* NULL, or called with each table */
	void *arg;
	u64 nr_pages, nr_tables; /* counted from what is here */
};

/* From the root at pgd, physical. What the hypervisor keeps for itself is left out. Any state. */
void walk_page_tables(struct walk *w, u64 pgd);
/* NULL, or what it is that nobody should be able to write: "code", or what is sealed. */
const char *mapping_is_wrong(const struct mapping *m);
/* Of all address spaces; a panic names the first that is wrong. In no phase but sealed. */
void check_page_tables(void);

#endif
