/* SPDX-License-Identifier: MIT */
/* Without memory: nothing stays half made, nothing is lost, and the next try goes on. */
#include "mm_test.h"
#include <boot_info.h>
#include <kstack.h>
#include <page_alloc.h>
#include <smp.h>
#include <asm/desc.h>
#include <asm/percpu.h>

#define MANY_PAGES (300UL << 20 >> PAGE_SHIFT) /* that a test may take, and clear */

/* All of the page. */
static bool is_usable(u64 pa)
{
	const struct mem_region *r = boot_info.regions;

	while (r < boot_info.regions + boot_info.nr_regions && r->start + r->size < pa + PAGE_SIZE)
		r++;
	return r < boot_info.regions + boot_info.nr_regions && r->type == MEM_USABLE &&
	       r->start <= pa;
}

static u64 held; /* all pages but a few, by a chain through them */

/* Gives back until so many are free. */
static void leave_free(u64 n)
{
	u64 pa;

	while (nr_free_pages() < n && held) {
		pa = held;
		held = *(u64 *)__va(pa);
		free_page(pa);
	}
}

/* False, and skipped: there is too much. */
static bool hold_memory(struct test *t)
{
	u64 promised = nr_free_pages(), taken = 0, nr_wrong = 0, pa;

	if (promised > MANY_PAGES) {
		test_skip(t, "%lu pages are too many to take", promised);
		return false;
	}
	while ((pa = alloc_page())) {
		nr_wrong += !is_usable(pa);
		*(u64 *)__va(pa) = held;
		held = pa;
		taken++;
	}
	CHECK(t, !nr_wrong, "%lu pages are not all in memory that nobody else has", nr_wrong);
	CHECK(t, taken == promised, "%lu pages could be taken, of %lu free ones", taken, promised);
	return true;
}

SELFTEST(mm, out_of_memory)
{
	u64 free = nr_free_pages(), n;
	struct mm *mm = mm_create();

	if (!mm)
		return test_fail(t, "no memory for an address space");
	if (!hold_memory(t))
		return mm_destroy(mm);
	for (n = 0; n < 12; n++) {
		CHECK(t, nr_free_pages() == n, "%lu pages are free, expected %lu", nr_free_pages(),
		      n);
		/* Three tables and 9 pages are 12: one too many at least. */
		CHECK(t, mm_map_range(mm, USER_VA + (n << 39), 9, RW_NX) == -ENOMEM,
		      "9 pages and 3 tables were made of %lu pages", n);
		CHECK(t, n >= 2 || !mm_create(), "an address space was made of %lu pages", n);
		leave_free(n + 1); /* what became a table stays one */
	}
	leave_free(-1UL);
	mm_destroy(mm);
	CHECK(t, nr_free_pages() == free, "%lu pages free, expected %lu", nr_free_pages(), free);
}

/* A stack that there is no memory for takes none, but perhaps a table for the next one. */
SELFTEST(mm, out_of_memory_for_a_stack)
{
	u64 n, left;

	if (!hold_memory(t))
		return;
	leave_free(4);
	CHECK(t, !kstack_alloc(5), "5 pages were made of %lu", nr_free_pages());
	left = nr_free_pages();
	CHECK(t, left >= 3, "%lu pages are left of 4", left);
	for (n = 0; n < 3; n++)
		CHECK(t, !kstack_alloc(5) && nr_free_pages() == left, "%lu pages are left of %lu",
		      nr_free_pages(), left);
	leave_free(-1UL);
}

/* All stacks that were freed, which cost the next one no page; by a chain through them. */
static u64 hold_stacks(void)
{
	u64 chain = 0, top, free;

	do {
		free = nr_free_pages();
		top = kstack_alloc(KSTACK_PAGES);
		if (!top)
			break;
		((u64 *)top)[-1] = chain;
		chain = top;
	} while (nr_free_pages() == free);
	return chain;
}

static void release_stacks(u64 chain)
{
	u64 top;

	while ((top = chain)) {
		chain = ((u64 *)top)[-1];
		kstack_free(top);
	}
}

/*
 * What a CPU needs is made of five pieces. Two that the machine has not: one in plenty; for the
 * other each piece in turn is the one that there is no memory for. Before those tests that leave no
 * pages in a row for per-CPU data.
 */
SELFTEST(cpu, without_memory)
{
	const u32 rich = NR_CPUS - 1, poor = NR_CPUS - 2;
	int error = -ENOMEM, failures;
	u64 free, needs, left, took, stacks;

	if (nr_cpu_ids > poor)
		return test_skip(t, "with %u CPUs no number is nobody's", nr_cpu_ids);
	if (percpu_alloc(rich) || percpu_alloc(poor))
		return test_fail(t, "no memory for per-CPU data");
	stacks = hold_stacks();
	free = nr_free_pages();
	CHECK(t, !cpu_alloc(rich), "no memory for a CPU");
	needs = free - nr_free_pages();
	free -= needs;
	if (!hold_memory(t)) {
		release_stacks(stacks);
		return;
	}
	for (failures = 0; failures < 64; failures++) {
		error = cpu_alloc(poor);
		left = nr_free_pages();
		if (!error)
			break;
		CHECK(t, error == -ENOMEM, "error %d", error);
		CHECK(t, cpu_alloc(poor) == -ENOMEM && nr_free_pages() == left,
		      "failure %d: %lu pages were left; the same again takes %ld of them", failures,
		      left, left - nr_free_pages());
		leave_free(left + 1);
	}
	leave_free(-1UL);
	took = free - nr_free_pages();
	release_stacks(stacks);
	CHECK(t, !error, "64 pages are not enough for a CPU");
	CHECK(t, failures >= 5, "it failed %d times, expected once for each piece", failures);
	/* Tables that one of them made are the other's as well. */
	CHECK(t, took + 2 >= needs && took <= needs + 2,
	      "a CPU that was made in pieces took %lu pages, one in plenty %lu", took, needs);
}
