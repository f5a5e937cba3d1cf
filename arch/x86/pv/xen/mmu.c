/* SPDX-License-Identifier: MIT */
/*
 * pv_mmu on Xen PV. Page-table entries hold machine frames; page tables are read-only to us, and
 * Xen checks every change.
 *
 *   pfn   what we count: 0 .. nr_pages          mfn   what the machine counts
 *         p2m: start_info.mfn_list[pfn] = mfn         m2p: Xen's table at MACH2PHYS_VIRT_START
 *
 * A page becomes a table in two steps: no writable mapping of it is left, then it is pinned, which
 * is when Xen checks all that it holds. Xen has no 2 MiB pages and no global ones for us, and
 * shows kernel and user entries alike to the CPU, since both run in ring 3:
 *
 *   root ---------> lower half <------- user root: in user_roots[], by the root's frame
 *     `-----------> upper half
 */
#include "xen.h"
#include <page_alloc.h>
#include <printk.h>
#include <smp.h>
#include <string.h>
#include <asm/extable.h>
#include <asm/page.h>
#include <asm/paravirt.h>
#include <asm/pgtable.h>

u64 xen_pfn_to_mfn(u64 pfn)
{
	const u64 *p2m = (const u64 *)xen_start_info->mfn_list;

	if (pfn >= xen_start_info->nr_pages)
		panic("Xen PV: frame %lx is beyond our %lx", pfn, xen_start_info->nr_pages);
	return p2m[pfn];
}

/*
 * Xen's table has holes, and an end: an entry names a frame of up to 40 bits, and what such an
 * index reaches is all Xen's. A read there faults, and the frame is nobody's.
 */
u64 xen_mfn_to_pfn(u64 mfn)
{
	u64 pfn = ~0UL;

	asm("1: movq (%1), %0\n"
	    "2:\n" _ASM_EXTABLE(1b, 2b)
	    : "+r"(pfn)
	    : "r"((const u64 *)MACH2PHYS_VIRT_START + (mfn & PTE_PFN_MASK >> PAGE_SHIFT)));
	return pfn;
}

/* A frame of somebody else's (Xen's, a device's) has no number here: such an entry reads as absent.
 */
static u64 entry_val(u64 entry)
{
	u64 mfn = (entry & PTE_PFN_MASK) >> PAGE_SHIFT, pfn;

	if (!(entry & _PAGE_PRESENT))
		return entry;
	pfn = xen_mfn_to_pfn(mfn);
	if (pfn >= xen_start_info->nr_pages || xen_pfn_to_mfn(pfn) != mfn)
		return entry & ~(PTE_PFN_MASK | _PAGE_PRESENT);
	return (entry & ~PTE_PFN_MASK) | pfn << PAGE_SHIFT;
}

/* Xen lets ring 3 at the kernel's pages, and has marked them; the user's it made global. */
#define XEN_PAGE_GUEST_KERNEL BIT(52) /* xen/arch/x86/include/asm/x86_64/page.h */

static __callee_save u64 xen_pte_val(u64 pte)
{
	if (!(pte & _PAGE_PRESENT))
		return pte;
	if (pte & XEN_PAGE_GUEST_KERNEL)
		pte &= ~(XEN_PAGE_GUEST_KERNEL | _PAGE_USER);
	return entry_val(pte & ~(u64)_PAGE_GLOBAL);
}

static __callee_save u64 xen_pmd_val(u64 pmd)
{
	return entry_val(pmd);
}

static __callee_save u64 xen_make_pte(u64 val)
{
	if (!(val & _PAGE_PRESENT))
		return val;
	return (val & ~PTE_PFN_MASK) | xen_pfn_to_mfn((val & PTE_PFN_MASK) >> PAGE_SHIFT)
					       << PAGE_SHIFT;
}

/* The machine address of something of ours. */
static u64 machine(const void *p)
{
	return xen_pfn_to_mfn(__pa(p) >> PAGE_SHIFT) << PAGE_SHIFT | (__pa(p) & (PAGE_SIZE - 1));
}

static __callee_save void xen_set_pte(u64 *ptep, u64 pte)
{
	xen_mc_mmu_update(machine(ptep) | MMU_NORMAL_PT_UPDATE, pte);
}

/*
 * Of each frame that is a root, the frame of its user root; 0 = it has none. Not in the root
 * itself: a CPU may speculate on what an absent entry holds (L1TF), and Xen ends a domain for it.
 */
static u32 *user_roots;
_Static_assert(PAGE_ALLOC_END >> PAGE_SHIFT <= 1UL << 32, "a frame's number is 32 bits");

static void user_roots_init(void)
{
	u64 size = ALIGN_UP(xen_start_info->nr_pages * sizeof(*user_roots), PAGE_SIZE);

	user_roots = __va(alloc_early(size >> PAGE_SHIFT));
	memset(user_roots, 0, size);
}

u64 xen_user_root(u64 pgd)
{
	return (u64)user_roots[pgd >> PAGE_SHIFT] << PAGE_SHIFT;
}

static __callee_save void xen_set_pgd(u64 *pgdp, u64 pgd)
{
	u64 user = user_roots ? xen_user_root(ALIGN_DOWN(__pa(pgdp), PAGE_SIZE)) : 0;
	unsigned int index = (u64)pgdp / sizeof(u64) % PTRS_PER_TABLE;

	xen_mc_begin();
	xen_set_pte(pgdp, pgd);
	if (user && index < PTRS_PER_TABLE / 2)
		xen_set_pte((u64 *)__va(user) + index, pgd);
	xen_mc_end();
}

/* The entry stays as it is: Xen adds the bits that come in between. */
static __callee_save u64 xen_ptep_modify_prot_start(u64 va, u64 *ptep)
{
	(void)va;
	return READ_ONCE(*ptep);
}

static __callee_save void xen_ptep_modify_prot_commit(u64 va, u64 *ptep, u64 pte)
{
	(void)va;
	xen_mc_mmu_update(machine(ptep) | MMU_PT_UPDATE_PRESERVE_AD, pte);
}

/*
 * The page's rights in the direct map: all that is mapped of a page that may become a table. That
 * no CPU can write a table any longer is Xen's care; that all can write the page again is ours.
 */
static void direct_map(u64 pfn, u64 prot)
{
	xen_mc_va_mapping((u64)__va(pfn << PAGE_SHIFT), xen_make_pte(pfn << PAGE_SHIFT | prot),
			  prot & _PAGE_RW ? UVMF_INVLPG | UVMF_ALL : UVMF_INVLPG);
}

static void pin(u64 pfn, u32 cmd)
{
	xen_mc_begin();
	direct_map(pfn, _PAGE_PRESENT | _PAGE_NX);
	xen_mc_mmuext(cmd, xen_pfn_to_mfn(pfn));
	xen_mc_end();
}

static __callee_save void xen_alloc_pte(u64 pfn)
{
	pin(pfn, MMUEXT_PIN_L1_TABLE);
}

static __callee_save void xen_alloc_pmd(u64 pfn)
{
	pin(pfn, MMUEXT_PIN_L2_TABLE);
}

static __callee_save void xen_alloc_pud(u64 pfn)
{
	pin(pfn, MMUEXT_PIN_L3_TABLE);
}

static __callee_save void xen_release_table(u64 pfn)
{
	xen_mc_begin();
	xen_mc_mmuext(MMUEXT_UNPIN_TABLE, xen_pfn_to_mfn(pfn));
	direct_map(pfn, _PAGE_PRESENT | _PAGE_RW | _PAGE_NX);
	xen_mc_end();
}

/* The user root has the lower half only, which is empty yet; Xen adds its own to both. */
static int xen_pgd_alloc(u64 pgd)
{
	u64 user = alloc_page();

	if (!user)
		return -ENOMEM;
	user_roots[pgd >> PAGE_SHIFT] = user >> PAGE_SHIFT;
	pin(user >> PAGE_SHIFT, MMUEXT_PIN_L4_TABLE);
	pin(pgd >> PAGE_SHIFT, MMUEXT_PIN_L4_TABLE);
	return 0;
}

static __callee_save void xen_pgd_free(u64 pgd)
{
	u64 user = xen_user_root(pgd);

	user_roots[pgd >> PAGE_SHIFT] = 0;
	xen_release_table(pgd >> PAGE_SHIFT);
	xen_release_table(user >> PAGE_SHIFT);
	xen_mc_flush(); /* it may be written from here on */
	free_page(user);
}

static void xen_set_fixmap(unsigned int idx, u64 pa, u64 flags)
{
	xen_mc_va_mapping(fix_to_virt(idx), flags ? xen_make_pte(pa | flags) : 0, UVMF_INVLPG);
}

static __callee_save u64 xen_read_cr2(void)
{
	return this_cpu_read(xen_vcpu_info.cr2);
}

/* Physical; 0 = still the one that we were started on. */
DEFINE_PER_CPU(u64, xen_cr3);

static __callee_save u64 xen_read_cr3(void)
{
	u64 cr3 = this_cpu_read(xen_cr3);

	return cr3 ? cr3 : __pa((void *)xen_start_info->pt_base);
}

/* Frame 0 as the user root says that there is none. */
static __callee_save void xen_write_cr3(u64 value)
{
	u64 pgd = value & PTE_PFN_MASK, user = xen_user_root(pgd);

	xen_mc_begin();
	xen_mc_mmuext(MMUEXT_NEW_BASEPTR, xen_pfn_to_mfn(pgd >> PAGE_SHIFT));
	xen_mc_mmuext(MMUEXT_NEW_USER_BASEPTR, user ? xen_pfn_to_mfn(user >> PAGE_SHIFT) : 0);
	xen_mc_end();
	xen_mc_flush(); /* the caller goes on in the other address space */
	this_cpu_write(xen_cr3, pgd);
}

static void xen_flush_tlb(void)
{
	xen_mc_mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0);
}

static __callee_save void xen_flush_tlb_one_user(u64 addr)
{
	xen_mc_mmuext(MMUEXT_INVLPG_LOCAL, addr);
}

/* Xen knows where they run, if they do. One that is down flushes all when it comes up. */
static void xen_flush_tlb_multi(u64 mask, const struct flush_tlb_info *info)
{
	xen_mc_flush_multi(mask & cpu_online_mask,
			   info->end - info->start == PAGE_SIZE ? info->start : 0);
}

const struct pv_mmu_ops xen_mmu_ops = {
	.read_cr2 = { xen_read_cr2 },
	.read_cr3 = { xen_read_cr3 },
	.write_cr3 = { xen_write_cr3 },
	.flush_tlb_user = xen_flush_tlb,
	.flush_tlb_kernel = xen_flush_tlb, /* no kernel entry of ours is global */
	.flush_tlb_one_user = { xen_flush_tlb_one_user },
	.flush_tlb_multi = xen_flush_tlb_multi,
	.pte_val = { xen_pte_val },
	.make_pte = { xen_make_pte },
	.pmd_val = { xen_pmd_val },
	.make_pmd = { xen_make_pte },
	.pud_val = { xen_pmd_val },
	.make_pud = { xen_make_pte },
	.pgd_val = { xen_pmd_val },
	.make_pgd = { xen_make_pte },
	.set_pte = { xen_set_pte },
	.set_pmd = { xen_set_pte },
	.set_pud = { xen_set_pte },
	.set_pgd = { xen_set_pgd },
	.ptep_modify_prot_start = { xen_ptep_modify_prot_start },
	.ptep_modify_prot_commit = { xen_ptep_modify_prot_commit },
	.pgd_alloc = xen_pgd_alloc,
	.pgd_free = { xen_pgd_free },
	.alloc_pte = { xen_alloc_pte },
	.alloc_pmd = { xen_alloc_pmd },
	.alloc_pud = { xen_alloc_pud },
	.release_pte = { xen_release_table },
	.release_pmd = { xen_release_table },
	.release_pud = { xen_release_table },
	.set_fixmap = xen_set_fixmap,
	.lazy_mode = { { xen_enter_lazy_mmu_mode },
		       { xen_leave_lazy_mmu_mode },
		       { xen_flush_lazy_mmu_mode } },
};

/* The direct map's tables, frames in a row: pte tables, then pmd tables, then the pud table. */
struct direct_tables {
	u64 pfn, nr_pte, nr_pmd, end;
};

static bool is_table(const struct direct_tables *t, u64 pfn)
{
	u64 xens = __pa((void *)xen_start_info->pt_base) >> PAGE_SHIFT;

	return (pfn >= t->pfn && pfn < t->end) ||
	       (pfn >= xens && pfn < xens + xen_start_info->nr_pt_frames);
}

/* One of them, with entries for frames from pfn to end; through the fixmap: it may be unmapped. */
static void fill_table(const struct direct_tables *t, u64 table, u64 pfn, u64 end)
{
	u64 *entries = (u64 *)fix_to_virt(FIX_TABLE);
	bool lowest = table < t->pfn + t->nr_pte;
	unsigned int i;

	set_fixmap(FIX_TABLE, table << PAGE_SHIFT, _PAGE_PRESENT | _PAGE_RW | _PAGE_NX);
	for (i = 0; i < PTRS_PER_TABLE; i++, pfn++) {
		u64 prot = _PAGE_PRESENT | _PAGE_RW;

		if (lowest)
			prot = is_table(t, pfn) ? _PAGE_PRESENT | _PAGE_NX
						: direct_page_prot(pfn << PAGE_SHIFT);
		entries[i] = pfn < end && prot ? make_pte(pfn << PAGE_SHIFT | prot) : 0;
	}
}

/* Nobody else maps them by then, so that Xen takes them as tables. */
static void map_direct(void)
{
	u64 nr_pages = xen_start_info->nr_pages, pfn, table, *ptep, *pgd;
	struct direct_tables t;

	t.nr_pte = ALIGN_UP(nr_pages, PTRS_PER_TABLE) / PTRS_PER_TABLE;
	t.nr_pmd = ALIGN_UP(t.nr_pte, PTRS_PER_TABLE) / PTRS_PER_TABLE;
	t.pfn = alloc_early(t.nr_pte + t.nr_pmd + 1) >> PAGE_SHIFT;
	t.end = t.pfn + t.nr_pte + t.nr_pmd + 1;
	for (pfn = t.pfn; pfn < t.end; pfn++) {
		ptep = lookup_address(KERNEL_BASE + (pfn << PAGE_SHIFT));
		if (!ptep)
			break;
		set_pte(ptep, 0);
	}
	table = t.pfn;
	for (pfn = 0; pfn < nr_pages; pfn += PTRS_PER_TABLE)
		fill_table(&t, table++, pfn, nr_pages);
	for (pfn = t.pfn; pfn < t.pfn + t.nr_pte; pfn += PTRS_PER_TABLE)
		fill_table(&t, table++, pfn, t.pfn + t.nr_pte);
	fill_table(&t, table, t.pfn + t.nr_pte, table);
	set_fixmap(FIX_TABLE, 0, 0);

	xen_mc_mmuext(MMUEXT_PIN_L3_TABLE, xen_pfn_to_mfn(table)); /* and with it all below */
	pgd = __va(read_cr3());
	set_pgd(&pgd[pgd_index(PAGE_OFFSET)],
		make_pgd(table << PAGE_SHIFT | _PAGE_PRESENT | _PAGE_RW));
}

static u64 moved(u64 va)
{
	return va - KERNEL_BASE + PAGE_OFFSET;
}

/*
 * Xen mapped all of the image writable and executable, page tables aside, and what follows it: now
 * the direct map has all of our memory, and KERNEL_BASE keeps the image with the rights of its
 * segments.
 */
void xen_init_mm(void)
{
	u64 va, *ptep;

	map_direct();
	page_offset_base = PAGE_OFFSET;
	xen_start_info = (void *)moved((u64)xen_start_info);
	xen_start_info->mfn_list = moved(xen_start_info->mfn_list);
	xen_start_info->pt_base = moved(xen_start_info->pt_base);
	user_roots_init();
	xen_alloc_mfn_list_list();
	xen_setup_mfn_list_list();

	arch_enter_lazy_mmu_mode();
	for (va = KERNEL_BASE; (ptep = lookup_address(va)); va += PAGE_SIZE) {
		u64 pte = READ_ONCE(*ptep), prot = image_page_prot(va);

		if (pte & _PAGE_PRESENT)
			set_pte(ptep, prot ? (pte & PTE_PFN_MASK) | prot : 0);
	}
	flush_tlb_kernel();
	arch_leave_lazy_mmu_mode();
}
