/* SPDX-License-Identifier: MIT */
/*
 * The page allocator. Memory that was never used is a list of extents, so that a large machine
 * costs no more to start than a small one; what comes back is a list through the pages themselves.
 * A bit for each page says whether it is handed out:
 *
 *   bitmaps[]  -> page of bits for 128 MiB: made of the first page that is taken there
 */
#include <boot_info.h>
#include <page_alloc.h>
#include <printk.h>
#include <spinlock.h>
#include <asm/page.h>

#define MAX_EXTENTS  (BOOT_MAX_REGIONS + 1) /* the image lies in one of them */
#define BITMAP_SHIFT (PAGE_SHIFT + 15)	    /* a page has 2^15 bits */
#define NR_BITMAPS   (PAGE_ALLOC_END >> BITMAP_SHIFT)

static struct extent {
	u64 pos, end; /* [pos, end) was never handed out */
} extents[MAX_EXTENTS];
static unsigned int first_extent, nr_extents; /* those before the first are used up */
static u64 bitmaps[NR_BITMAPS];		      /* physical; 0 = no page of these is taken yet */
static DEFINE_SPINLOCK(page_lock);	      /* all of these, once more than one CPU runs */
static u64 free_list, nr_freed;		      /* a freed page begins with the address of the next */

/* Ascending, as boot_info's regions do: the lowest memory is the first that page tables map. */
static void add_extent(u64 start, u64 end)
{
	if (start < end)
		extents[nr_extents++] = (struct extent){ start, end };
}

void page_alloc_init(void)
{
	u64 image = __pa(_image_start), image_end = __pa(_image_end);
	u32 i;

	for (i = 0; i < boot_info.nr_regions; i++) {
		const struct mem_region *r = &boot_info.regions[i];
		u64 pos = max(ALIGN_UP(r->start, PAGE_SIZE), PAGE_ALLOC_START);
		u64 end = min(ALIGN_DOWN(r->start + r->size, PAGE_SIZE), PAGE_ALLOC_END);

		if (r->type != MEM_USABLE)
			continue;
		add_extent(pos, min(end, image));
		add_extent(max(pos, image_end), end);
	}
}

static void clear_page(void *page)
{
	u64 n = PAGE_SIZE / 8;

	asm volatile("rep stosq" : "+D"(page), "+c"(n) : "a"(0) : "memory");
}

static u64 take(u64 nr)
{
	unsigned int i;

	while (first_extent < nr_extents && extents[first_extent].pos == extents[first_extent].end)
		first_extent++;
	for (i = first_extent; i < nr_extents; i++)
		if (extents[i].end - extents[i].pos >= nr * PAGE_SIZE) {
			extents[i].pos += nr * PAGE_SIZE;
			return extents[i].pos - nr * PAGE_SIZE;
		}
	return 0;
}

u64 alloc_pages(u64 nr)
{
	u64 flags, pa;

	spin_lock_irqsave(&page_lock, flags);
	pa = take(nr);
	spin_unlock_irqrestore(&page_lock, flags);
	return pa;
}

u64 alloc_early(u64 nr)
{
	u64 pa = take(nr);

	if (!pa)
		panic("memory: no %lu pages in a row are left, %lu in all", nr, nr_free_pages());
	return pa;
}

/* The word and the bit of a page; its bitmap is there. */
static u64 *bitmap_word(u64 pa)
{
	return (u64 *)__va(bitmaps[pa >> BITMAP_SHIFT]) + (pa >> (PAGE_SHIFT + 6) & 511);
}

static u64 bitmap_bit(u64 pa)
{
	return BIT(pa >> PAGE_SHIFT & 63);
}

static u64 take_page(void)
{
	u64 pa = free_list;

	if (pa) {
		free_list = *(u64 *)__va(pa);
		nr_freed--;
	}
	while (!pa) {
		pa = take(1);
		if (!pa)
			return 0;
		if (!bitmaps[pa >> BITMAP_SHIFT]) {
			clear_page(__va(pa));
			bitmaps[pa >> BITMAP_SHIFT] = pa;
			pa = 0;
		}
	}
	*bitmap_word(pa) |= bitmap_bit(pa);
	return pa;
}

u64 alloc_page(void)
{
	u64 flags, pa;

	spin_lock_irqsave(&page_lock, flags);
	pa = take_page();
	spin_unlock_irqrestore(&page_lock, flags);
	if (pa)
		clear_page(__va(pa));
	return pa;
}

void free_page(u64 pa)
{
	u64 flags;

	spin_lock_irqsave(&page_lock, flags);
	if (pa & (PAGE_SIZE - 1) || pa >= PAGE_ALLOC_END || !bitmaps[pa >> BITMAP_SHIFT] ||
	    !(*bitmap_word(pa) & bitmap_bit(pa)))
		panic("free_page: %lx is not a page that is handed out", pa);
	*bitmap_word(pa) &= ~bitmap_bit(pa);
	*(u64 *)__va(pa) = free_list;
	free_list = pa;
	nr_freed++;
	spin_unlock_irqrestore(&page_lock, flags);
}

u64 nr_free_pages(void)
{
	u64 nr = nr_freed, map, done = 0;
	unsigned int i;

	for (i = 0; i < nr_extents; i++) {
		const struct extent *e = &extents[i];

		if (e->pos == e->end)
			continue;
		nr += (e->end - e->pos) >> PAGE_SHIFT;
		/* One page goes for each bitmap that is still to be made. */
		for (map = max(done, e->pos >> BITMAP_SHIFT); map <= (e->end - 1) >> BITMAP_SHIFT;
		     map++)
			nr -= !bitmaps[map];
		done = map;
	}
	return nr;
}
