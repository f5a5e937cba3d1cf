/* SPDX-License-Identifier: MIT */
/*
 * Address spaces. The lower half is a process's own, up to USER_END; the upper half is the
 * kernel's and the same in all. Ranges are whole pages; prot is of _PAGE_RW, _PAGE_NX and
 * _PAGE_SPECIAL, never writable and executable at once.
 */
#ifndef MM_H
#define MM_H

#include <spinlock.h>
#include <types.h>
#include <asm/page.h>

struct mm {
	spinlock_t lock; /* of its tables */
	u64 cpumask;	 /* CPUs that have it loaded; not kept for kernel_mm, whose half all have */
	u64 pgd;	 /* physical; what a root needs beside itself is the platform's to keep */
	struct mm *next; /* of all */
};

extern struct mm kernel_mm; /* nothing in the lower half */

/* After platform->init_mm(). */
void mm_init(void);

/* NULL when memory is short. */
struct mm *mm_create(void);
/* Frees the tables and every page that is mapped and not _PAGE_SPECIAL. Not the loaded one. */
void mm_destroy(struct mm *mm);

/* Page tables that were made otherwise are an address space too, for for_each_mm(). For good. */
void mm_add(struct mm *mm);
/* All that there are, the kernel's own too; none comes or goes meanwhile. */
void for_each_mm(void (*fn)(const struct mm *mm, void *arg), void *arg);

/* On this CPU, interrupts off. */
void switch_mm(struct mm *mm);

/*
 * All: by any number of threads at a time, not from interrupts. 0; -EINVAL for a range or rights
 * that can't be, or a page that is mapped already (map) or is not (unmap, protect: those before it
 * are done); -ENOMEM, with nothing mapped.
 */

/* One page, which is the mm's from then on unless prot has _PAGE_SPECIAL. */
int mm_map(struct mm *mm, u64 va, u64 pa, u64 prot);
/* New zeroed pages. */
int mm_map_range(struct mm *mm, u64 va, u64 nr, u64 prot);
/* Frees pages that are not _PAGE_SPECIAL. Tables stay until mm_destroy(). */
int mm_unmap_range(struct mm *mm, u64 va, u64 nr);
int mm_protect_range(struct mm *mm, u64 va, u64 nr, u64 prot);

/*
 * New pages of the kernel's own, for good, in every address space; KSTACK_BASE and up. 0 or
 * -ENOMEM: tables may have been made, but no page is mapped.
 */
int mm_map_kernel(u64 va, u64 nr);

static inline int mm_unmap(struct mm *mm, u64 va)
{
	return mm_unmap_range(mm, va, 1);
}

static inline int mm_protect(struct mm *mm, u64 va, u64 prot)
{
	return mm_protect_range(mm, va, 1, prot);
}

#endif
