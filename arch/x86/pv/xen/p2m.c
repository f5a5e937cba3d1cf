/* SPDX-License-Identifier: MIT */
/*
 * Where dom0's tools find which machine frame each of our frames is: xl save and xl dump-core read
 * that, and xl restore writes the new ones there. As a tree, since who reads it by an address of
 * ours (p2m_vaddr; libxenguest 4.17 and 4.20) loses frames above 1 GiB when that is not aligned to
 * 1 GiB. Of the list Xen's builder made, only the tree's two upper levels are ours:
 *
 *   shared_info.pfn_to_mfn_frame_list_list
 *     -> list_list[] -> lists[0] -> start_info.mfn_list, its first page: of frames 0 to 511
 *                                -> its second page ...
 *                    -> lists[1] ...                                    (all by machine frame)
 */
#include "xen.h"
#include <page_alloc.h>
#include <printk.h>
#include <string.h>
#include <asm/page.h>

#define PER_PAGE (PAGE_SIZE / sizeof(u64))

static u64 tree, nr_lists; /* physical: list_list, and behind it the lists */

void xen_alloc_mfn_list_list(void)
{
	u64 nr_leaves = ALIGN_UP(xen_start_info->nr_pages, PER_PAGE) / PER_PAGE;

	nr_lists = ALIGN_UP(nr_leaves, PER_PAGE) / PER_PAGE;
	if (nr_lists > PER_PAGE)
		panic("Xen PV: %lu pages are more than a tree of three levels names",
		      xen_start_info->nr_pages);
	tree = alloc_early(1 + nr_lists);
}

void xen_setup_mfn_list_list(void)
{
	u64 *list_list = __va(tree), *lists = list_list + PER_PAGE, i;
	u64 leaves = __pa((void *)xen_start_info->mfn_list) >> PAGE_SHIFT;

	memset(list_list, 0, (1 + nr_lists) * PAGE_SIZE);
	for (i = 0; i < nr_lists; i++)
		list_list[i] = xen_pfn_to_mfn((tree >> PAGE_SHIFT) + 1 + i);
	for (i = 0; i * PER_PAGE < xen_start_info->nr_pages; i++)
		lists[i] = xen_pfn_to_mfn(leaves + i);
	xen_shared_info.pfn_to_mfn_frame_list_list = xen_pfn_to_mfn(tree >> PAGE_SHIFT);
	xen_shared_info.max_pfn = xen_start_info->nr_pages;
}
