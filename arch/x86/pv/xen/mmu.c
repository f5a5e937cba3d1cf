/* SPDX-License-Identifier: MIT */
/*
 * pv_mmu on Xen PV. Page-table entries hold machine frames; page tables are read-only to us, and
 * Xen checks every change.
 *
 *   pfn   what we count: 0 .. nr_pages          mfn   what the machine counts
 *         p2m: start_info.mfn_list[pfn] = mfn         m2p: Xen's table at MACH2PHYS_VIRT_START
 */
#include "hypercall.h"
#include "xen.h"
#include <printk.h>
#include <asm/page.h>
#include <asm/paravirt.h>
#include <asm/pgtable.h>

u8 xen_shared_info_page[PAGE_SIZE] __aligned(PAGE_SIZE) __section(".bss..page_aligned");

u64 xen_pfn_to_mfn(u64 pfn)
{
	const u64 *p2m = (const u64 *)xen_start_info->mfn_list;

	if (pfn >= xen_start_info->nr_pages)
		panic("Xen PV: frame %lx is beyond our %lx", pfn, xen_start_info->nr_pages);
	return p2m[pfn];
}

u64 xen_mfn_to_pfn(u64 mfn)
{
	return ((const u64 *)MACH2PHYS_VIRT_START)[mfn];
}

static __callee_save u64 xen_pte_val(u64 pte)
{
	if (!(pte & _PAGE_PRESENT))
		return pte;
	return (pte & ~PTE_PFN_MASK) | xen_mfn_to_pfn((pte & PTE_PFN_MASK) >> PAGE_SHIFT)
					       << PAGE_SHIFT;
}

static __callee_save u64 xen_make_pte(u64 val)
{
	if (!(val & _PAGE_PRESENT))
		return val;
	return (val & ~PTE_PFN_MASK) | xen_pfn_to_mfn((val & PTE_PFN_MASK) >> PAGE_SHIFT)
					       << PAGE_SHIFT;
}

static void update_va_mapping(u64 va, u64 pte, u64 flags)
{
	s64 error = hypercall3(__HYPERVISOR_update_va_mapping, va, pte, flags);

	if (error)
		panic("Xen refuses to map %p by %016lx: error %ld", (void *)va, pte, error);
}

static void xen_set_pte_at(u64 va, u64 *ptep, u64 pte)
{
	(void)ptep; /* the address says it all, and Xen finds the entry */
	update_va_mapping(va, pte, UVMF_NONE);
}

static __callee_save u64 xen_read_cr2(void)
{
	return xen_shared_info.vcpu_info[0].cr2;
}

static u64 xen_cr3; /* physical; 0 = still the one that we were started on */

static u64 xen_read_cr3(void)
{
	return xen_cr3 ? xen_cr3 : __pa((void *)xen_start_info->pt_base);
}

static void mmuext(u32 cmd, u64 arg)
{
	struct mmuext_op op = { .cmd = cmd, .arg1 = arg };
	s64 error = hypercall4(__HYPERVISOR_mmuext_op, (u64)&op, 1, 0, DOMID_SELF);

	if (error)
		panic("Xen refuses mmuext_op %u (%lx): error %ld", cmd, arg, error);
}

static void xen_write_cr3(u64 value)
{
	mmuext(MMUEXT_NEW_BASEPTR, xen_pfn_to_mfn(value >> PAGE_SHIFT));
	xen_cr3 = value & PTE_PFN_MASK;
}

static void xen_flush_tlb(void)
{
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0);
}

static void xen_flush_tlb_one_user(u64 addr)
{
	mmuext(MMUEXT_INVLPG_LOCAL, addr);
}

const struct pv_mmu_ops xen_mmu_ops = {
	.read_cr2 = { (void *)xen_read_cr2 },
	.read_cr3 = xen_read_cr3,
	.write_cr3 = xen_write_cr3,
	.flush_tlb_user = xen_flush_tlb,
	.flush_tlb_kernel = xen_flush_tlb, /* no entry of ours is global */
	.flush_tlb_one_user = xen_flush_tlb_one_user,
	.pte_val = { (void *)xen_pte_val },
	.make_pte = { (void *)xen_make_pte },
	.set_pte_at = xen_set_pte_at,
};

void xen_map_shared_info(void)
{
	update_va_mapping((u64)xen_shared_info_page,
			  xen_start_info->shared_info | _PAGE_PRESENT | _PAGE_RW | _PAGE_NX,
			  UVMF_INVLPG);
}

/*
 * Xen mapped all of it writable and executable, page tables aside. The image gets the rights of
 * its segments; the rest of the initial mapping, whatever it holds, only loses execution.
 */
void xen_init_mm(void)
{
	u64 va, *ptep;

	for (va = KERNEL_BASE; (ptep = lookup_address(va)); va += PAGE_SIZE) {
		u64 pte = READ_ONCE(*ptep), prot = image_page_prot(va);

		if (!(pte & _PAGE_PRESENT))
			continue;
		if (va < (u64)_image_start || va >= (u64)_image_end)
			pte |= _PAGE_NX;
		else if (prot)
			pte = (pte & PTE_PFN_MASK) | prot;
		else
			pte = 0;
		set_pte_at(va, ptep, pte);
	}
	flush_tlb_kernel();
}
