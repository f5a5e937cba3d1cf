/* SPDX-License-Identifier: MIT */
/*
 * The page allocator. Every page that a test takes it chains through the page's own words, so that
 * all of memory fits on the chain: [0] the page before, [1] a stamp.
 */
#include <boot_info.h>
#include <page_alloc.h>
#include <selftest.h>
#include <asm/page.h>

#define STAMP	    0x5eed0000
#define MANY_PAGES  (8UL << 20 >> PAGE_SHIFT)
#define EVERY_PAGES (256UL << 20 >> PAGE_SHIFT) /* more than one bitmap's */

/* Take up to nr pages; *last is the end of the chain. How many came. */
static u64 take_pages(struct test *t, u64 nr, u64 *last)
{
	u64 n, pa, *page;

	for (n = 0, *last = 0; n < nr && (pa = alloc_page()); n++) {
		page = __va(pa);
		CHECK(t, !(pa & (PAGE_SIZE - 1)), "page %lu is at %lx", n, pa);
		/* Twice the same page would show its first stamp. */
		CHECK(t, !page[0] && !page[1] && !page[511], "page %lu at %lx: %lx %lx ... %lx", n,
		      pa, page[0], page[1], page[511]);
		page[0] = *last;
		page[1] = STAMP + pa;
		page[511] = ~0UL;
		*last = pa;
	}
	return n;
}

/* Walk the chain: every stamp is there, so no page was given twice. Gives all of them back. */
static u64 put_pages(struct test *t, u64 last)
{
	u64 n, before;

	for (n = 0; last; n++, last = before) {
		u64 *page = __va(last);

		before = page[0];
		CHECK(t, page[1] == STAMP + last, "page %lx: stamp %lx", last, page[1]);
		free_page(last);
	}
	return n;
}

SELFTEST(page_alloc, no_page_twice)
{
	u64 free = nr_free_pages(), nr = min(free, MANY_PAGES), last, n;
	int round;

	for (round = 0; round < 2; round++) { /* never used, then used pages */
		n = take_pages(t, nr, &last);
		CHECK(t, n == nr, "%lu of %lu pages came", n, nr);
		CHECK(t, nr_free_pages() == free - n, "%lu free, expected %lu", nr_free_pages(),
		      free - n);
		CHECK(t, put_pages(t, last) == n, "the chain of %lu pages is broken", n);
		CHECK(t, nr_free_pages() == free, "%lu free, expected %lu", nr_free_pages(), free);
	}
}

SELFTEST(page_alloc, all_of_memory)
{
	u64 free = nr_free_pages(), usable = boot_info_usable() >> PAGE_SHIFT, last, n;

	/* 1 MiB below, the image, what a loader and a hypervisor keep, bitmaps, page tables. */
	CHECK(t, free < usable && free + usable / 16 + (4UL << 20 >> PAGE_SHIFT) > usable,
	      "%lu pages free of %lu usable ones", free, usable);
	if (free > EVERY_PAGES)
		return test_skip(t, "%lu pages are too many to take one after another", free);
	n = take_pages(t, -1UL, &last);
	CHECK(t, n == free, "%lu pages came, %lu were free", n, free);
	CHECK(t, !alloc_page() && !nr_free_pages(), "%lu pages are left", nr_free_pages());
	CHECK(t, put_pages(t, last) == n, "the chain of %lu pages is broken", n);
	CHECK(t, nr_free_pages() == free, "%lu free, expected %lu", nr_free_pages(), free);
}

static bool overlaps(u64 pa, u64 start, u64 end)
{
	return pa < end && pa + PAGE_SIZE > start;
}

/* Against the memory map itself. The pages of no_page_twice come again: the freed list first. */
SELFTEST(page_alloc, only_what_is_free)
{
	u64 nr = min(nr_free_pages(), 1000UL), last, pa;
	bool usable, other;
	u32 i;

	take_pages(t, nr, &last);
	for (pa = last; pa; pa = *(u64 *)__va(pa)) {
		other = overlaps(pa, 0, PAGE_ALLOC_START) ||
			overlaps(pa, __pa(_image_start), __pa(_image_end));
		for (usable = false, i = 0; i < boot_info.nr_regions; i++) {
			const struct mem_region *r = &boot_info.regions[i];

			if (r->type == MEM_USABLE)
				usable |= pa >= r->start && pa + PAGE_SIZE <= r->start + r->size;
			else
				other |= overlaps(pa, r->start, r->start + r->size);
		}
		CHECK(t, usable && !other, "page %lx is not free memory", pa);
	}
	put_pages(t, last);
}
