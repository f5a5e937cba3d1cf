/* SPDX-License-Identifier: MIT */
/*
 * Where frames of others are mapped: in the direct map, in place of a page of our own, whose frame
 * stays ours and lies idle meanwhile. Its entry is a page table's that is there already, which is
 * all that Xen asks for.
 */
#include "hypercall.h"
#include "xen.h"
#include <asm/page.h>
#include <asm/paravirt.h>
#include <xen/grant_table.h>

s64 xen_grant_table_op(u32 op, void *arg)
{
	xen_mc_flush();
	return hypercall3(__HYPERVISOR_grant_table_op, op, (u64)arg, 1);
}

/* Xen flushes no TLB for an entry that it replaces: it is empty before. */
void xen_gnttab_hide_page(u64 pa)
{
	xen_mc_va_mapping((u64)__va(pa), 0, UVMF_INVLPG | UVMF_ALL);
}

void xen_gnttab_show_frame(u64 pa, u64 mfn)
{
	xen_mc_va_mapping((u64)__va(pa), mfn << PAGE_SHIFT | _PAGE_PRESENT | _PAGE_RW | _PAGE_NX,
			  UVMF_INVLPG | UVMF_ALL);
}

void xen_gnttab_show_page(u64 pa)
{
	xen_gnttab_show_frame(pa, xen_pfn_to_mfn(pa >> PAGE_SHIFT));
}

u64 xen_gnttab_frame_of(u64 pa)
{
	return xen_pfn_to_mfn(pa >> PAGE_SHIFT);
}
