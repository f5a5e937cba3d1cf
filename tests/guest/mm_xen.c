/* SPDX-License-Identifier: MIT */
/*
 * Address spaces as Xen sees them: tables that it will not let us write, a user root without the
 * kernel, and machine frames in no order.
 */
#include "../../arch/x86/pv/xen/hypercall.h"
#include "../../arch/x86/pv/xen/xen.h"
#include "mm_test.h"
#include <page_alloc.h>
#include <asm/paravirt.h>

/* Would Xen let the kernel write this page of the direct map? */
static noinline s64 xen_try_writable(u64 pa)
{
	return hypercall3(__HYPERVISOR_update_va_mapping, (u64)__va(pa),
			  make_pte(pa | _PAGE_PRESENT | _PAGE_RW | _PAGE_NX), UVMF_INVLPG);
}

SELFTEST(mm, xen_tables_are_pinned)
{
	u64 table, i, upper = 0, *root, *user;
	struct mm *mm;

	if (!on_xen())
		return test_skip(t, "only Xen checks page tables");
	/* In no use but pinned: only the pin keeps it from being written. */
	table = alloc_page();
	paravirt_alloc_pte(table >> PAGE_SHIFT);
	CHECK(t, xen_try_writable(table), "a pinned table became writable");
	paravirt_release_pte(table >> PAGE_SHIFT);
	CHECK(t, works(write_plainly, (u64)__va(table)), "a released table can't be written");
	free_page(table);

	/* The user root, where xen/mmu.c keeps it: the lower half alike, the upper half Xen's. */
	mm = enter_mm(t);
	if (!mm)
		return;
	CHECK(t, !mm_map_range(mm, USER_VA, 1, RW_NX), "mm_map_range failed");
	root = __va(mm->pgd);
	user = __va(xen_user_root(mm->pgd));
	/* L1TF: a CPU may speculate on what an absent entry holds. */
	for (i = 272; i < 512; i++)
		CHECK(t, root[i] & _PAGE_PRESENT || !root[i], "absent entry %lu holds %lx", i,
		      root[i]);
	CHECK(t, xen_try_writable(mm->pgd) && xen_try_writable(__pa(user)), "a root is writable");
	for (i = 0; i < 256; i++)
		CHECK(t, !((root[i] ^ user[i]) & ~(u64)(_PAGE_ACCESSED | _PAGE_DIRTY)),
		      "entry %lu: %lx, and %lx for the user", i, root[i], user[i]);
	for (i = 272; i < 512; i++)
		upper |= user[i];
	CHECK(t, user[pgd_index(USER_VA)] & _PAGE_PRESENT && !upper,
	      "the user root maps the kernel");
	leave_mm(mm);
}

static noinline bool xen_remap(u64 pfn, u64 mfn)
{
	struct mmu_update m2p = { mfn << PAGE_SHIFT | MMU_MACHPHYS_UPDATE, pfn };

	((u64 *)xen_start_info->mfn_list)[pfn] = mfn;
	return hypercall4(__HYPERVISOR_mmu_update, (u64)&m2p, 1, 0, DOMID_SELF) == 0 &&
	       xen_try_writable(pfn << PAGE_SHIFT) == 0;
}

/* Pages whose frames run backwards become tables and user pages. */
SELFTEST(mm, xen_frames_out_of_order)
{
	u64 pa[16], mfn[ARRAY_SIZE(pa)], i, n = ARRAY_SIZE(pa), free;
	struct mm *mm;
	bool ok = true;

	if (!on_xen())
		return test_skip(t, "machine frames are Xen's");
	for (i = 0; i < n; i++) {
		pa[i] = alloc_page();
		mfn[i] = ((u64 *)xen_start_info->mfn_list)[pa[i] >> PAGE_SHIFT];
	}
	for (i = 0; i < n; i++)
		ok &= xen_remap(pa[i] >> PAGE_SHIFT, mfn[n - 1 - i]);
	CHECK(t, ok, "Xen refuses to exchange frames");
	for (i = 0; i < n; i++)
		free_page(pa[i]);
	free = nr_free_pages();
	mm = enter_mm(t); /* of the pages that were freed last */
	if (!mm)
		return;
	CHECK(t, !mm_map_range(mm, USER_VA, 20, RW_NX), "mm_map_range failed");
	for (i = 0; i < 20; i++)
		CHECK(t, works(write_user, USER_VA + i * PAGE_SIZE), "page %lu", i);
	CHECK(t, *(u8 *)__va(pte_val(*lookup_address(USER_VA)) & PTE_PFN_MASK) == 0x5a,
	      "what the user wrote is not there");
	leave_mm(mm);
	CHECK(t, nr_free_pages() == free, "%lu pages free, expected %lu", nr_free_pages(), free);
}

/* Entries for frames that are nobody's: of a hole, above Xen's table, and the highest of all. */
SELFTEST(mm, xen_frames_of_nobody)
{
	static const u64 mfns[] = { 0xfee00,   1UL << 30, 1UL << 35,
				    1UL << 38, 1UL << 39, (1UL << 40) - 1 };
	size_t i;

	if (!on_xen())
		return test_skip(t, "machine frames are Xen's");
	for (i = 0; i < ARRAY_SIZE(mfns); i++) {
		u64 entry = mfns[i] << PAGE_SHIFT | _PAGE_PRESENT | _PAGE_NX;

		CHECK(t, pte_val(entry) == _PAGE_NX && pmd_val(entry) == _PAGE_NX,
		      "machine frame %lx: %lx and %lx", mfns[i], pte_val(entry), pmd_val(entry));
	}
}
