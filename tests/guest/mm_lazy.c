/* SPDX-License-Identifier: MIT */
/* Lazy mode: the same pages as eagerly, for fewer hypercalls, and what a flush inside it promises.
 */
#include "mm_test.h"
#include <page_alloc.h>
#include <printk.h>
#include <asm/paravirt.h>
#include <asm/percpu.h>

DECLARE_PER_CPU(u64, xen_mmu_hypercalls);

static u64 since(u64 *before)
{
	u64 n = this_cpu_read(xen_mmu_hypercalls) - *before;

	*before += n;
	return n;
}

/* 512 pages over two tables: mapped, protected and unmapped a page at a time, then by ranges. */
SELFTEST(mm, lazy_against_eager)
{
	static const char *const names[] = { "mapping", "protecting", "unmapping" };
	u64 start = USER_VA + PMD_SIZE / 2, eager[3], lazy[3], before = 0, i;
	struct mm *mm = enter_mm(t);
	bool bad = false;

	if (!mm)
		return;
	since(&before);
	for (i = 0; i < MANY; i++)
		bad |= mm_map(mm, start + i * PAGE_SIZE, alloc_page(), RW_NX);
	eager[0] = since(&before);
	for (i = 0; i < MANY; i++)
		bad |= mm_protect(mm, start + i * PAGE_SIZE, _PAGE_NX);
	eager[1] = since(&before);
	CHECK(t, !bad && faults(write_user, start + PAGE_SIZE, X86_PF_PROT | X86_PF_WRITE),
	      "eager: a page can be written");
	for (i = 0; i < MANY; i++)
		bad |= mm_unmap(mm, start + i * PAGE_SIZE);
	eager[2] = since(&before);
	switch_mm(&kernel_mm);
	mm_destroy(mm);

	mm = enter_mm(t);
	if (!mm)
		return;
	since(&before);
	bad |= mm_map_range(mm, start, MANY, RW_NX);
	lazy[0] = since(&before);
	for (i = 0; i < MANY; i++)
		bad |= !works(write_user, start + i * PAGE_SIZE);
	bad |= mm_protect_range(mm, start, MANY, _PAGE_NX);
	lazy[1] = since(&before);
	for (i = 0; i < MANY; i++)
		bad |= !faults(write_user, start + i * PAGE_SIZE, X86_PF_PROT | X86_PF_WRITE);
	bad |= mm_unmap_range(mm, start, MANY);
	lazy[2] = since(&before);
	for (i = 0; i < MANY; i++)
		bad |= !faults(read_user, start + i * PAGE_SIZE, 0);
	CHECK(t, !bad, "a page is not as it was asked for");
	leave_mm(mm);
	for (i = 0; i < ARRAY_SIZE(names) && on_xen(); i++) {
		printk("%s %d pages: %lu hypercalls eagerly, %lu lazily\n", names[i], MANY,
		       eager[i], lazy[i]);
		CHECK(t, eager[i] >= MANY && lazy[i] && eager[i] > 20 * lazy[i],
		      "%s: %lu against %lu hypercalls", names[i], eager[i], lazy[i]);
	}
	CHECK(t, on_xen() || !this_cpu_read(xen_mmu_hypercalls), "hypercalls without Xen");
}

/* Lazy mode's promise: after a flush a read gives what was written. */
SELFTEST(mm, lazy_flush)
{
	struct mm *mm = enter_mm(t);
	u64 *ptep;

	if (!mm)
		return;
	CHECK(t, !mm_map_range(mm, USER_VA, 1, RW_NX), "mm_map_range failed");
	ptep = lookup_address(USER_VA);
	arch_enter_lazy_mmu_mode();
	set_pte(ptep, *ptep & ~(u64)_PAGE_RW);
	CHECK(t, !!(*ptep & _PAGE_RW) == on_xen(), "in lazy mode: entry %lx", *ptep);
	arch_flush_lazy_mmu_mode();
	CHECK(t, !(*ptep & _PAGE_RW), "after the flush: entry %lx", *ptep);
	set_pte(ptep, *ptep | _PAGE_RW);
	arch_leave_lazy_mmu_mode();
	CHECK(t, *ptep & _PAGE_RW, "after lazy mode: entry %lx", *ptep);
	leave_mm(mm);
}
