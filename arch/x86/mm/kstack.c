/* SPDX-License-Identifier: MIT */
/*
 * Stacks of threads and of other CPUs' entries, from KSTACK_BASE up, each above a page that is not
 * mapped: an overflow faults instead of writing over a neighbour. Their place is in the root's last
 * entry, as the image, so all address spaces have them. What is freed stays mapped for the next.
 */
#include <kstack.h>
#include <mm.h>
#include <spinlock.h>
#include <asm/page.h>

static DEFINE_SPINLOCK(kstack_lock);
static u64 next = KSTACK_BASE;
static u64 free_list; /* tops; the word below a top is the next one */

static u64 map_new(u32 pages)
{
	u64 va = next + PAGE_SIZE, end = va + pages * PAGE_SIZE;

	if (mm_map_kernel(va, pages))
		return 0;
	WRITE_ONCE(next, end);
	return end;
}

u64 kstack_alloc(u32 pages)
{
	u64 flags, top = 0;

	spin_lock_irqsave(&kstack_lock, flags);
	if (pages == KSTACK_PAGES && free_list) {
		top = free_list;
		free_list = ((u64 *)top)[-1];
	} else {
		top = map_new(pages);
	}
	spin_unlock_irqrestore(&kstack_lock, flags);
	return top;
}

void kstack_free(u64 top)
{
	u64 flags;

	spin_lock_irqsave(&kstack_lock, flags);
	((u64 *)top)[-1] = free_list;
	free_list = top;
	spin_unlock_irqrestore(&kstack_lock, flags);
}

bool kstack_contains(u64 addr, u64 len)
{
	return addr >= KSTACK_BASE && addr <= READ_ONCE(next) && len <= READ_ONCE(next) - addr;
}
