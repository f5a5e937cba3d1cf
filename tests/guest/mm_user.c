/* SPDX-License-Identifier: MIT */
/*
 * Address spaces: map, protect and unmap, seen by faults; what comes is given back. Every table is
 * read in mm_walk.c. What lazy mode saves is in mm_lazy.c, Xen's own side in mm_xen.c.
 */
#include "mm_test.h"
#include <kstack.h>
#include <page_alloc.h>
#include <asm/paravirt.h>
#include <asm/percpu.h>
#include <asm/special_insns.h>

SELFTEST(mm, map_protect_unmap)
{
	u64 free = nr_free_pages(), pa = alloc_page(), *ptep;
	u8 *page = __va(pa);
	struct mm *mm = enter_mm(t);

	if (!mm)
		return;
	CHECK(t, faults(read_user, USER_VA, 0), "an empty address space can be read");
	CHECK(t, !mm_map(mm, USER_VA, pa, RW_NX), "mm_map failed");
	CHECK(t, works(write_user, USER_VA) && page[0] == 0x5a, "a write did not arrive: %x",
	      page[0]);
	CHECK(t,
	      faults(call_user, USER_VA, X86_PF_PROT | X86_PF_INSTR) ||
		      faults(call_user, USER_VA, X86_PF_INSTR),
	      "a page with NX was executed");
	ptep = lookup_address(USER_VA);
	CHECK(t, *ptep & _PAGE_DIRTY && *ptep & _PAGE_USER, "entry %lx", *ptep);
	CHECK(t, (pte_val(*ptep) & PTE_PFN_MASK) == pa, "the entry is for %lx, not %lx",
	      pte_val(*ptep) & PTE_PFN_MASK, pa);

	CHECK(t, !mm_protect(mm, USER_VA, _PAGE_NX), "mm_protect failed");
	CHECK(t, faults(write_user, USER_VA, X86_PF_PROT | X86_PF_WRITE),
	      "a read-only page was written");
	CHECK(t, works(read_user, USER_VA), "a read-only page can't be read");
	CHECK(t, *ptep & _PAGE_DIRTY, "mm_protect lost the dirty bit: %lx", *ptep);

	page[0] = 0xc3; /* ret */
	CHECK(t, !mm_protect(mm, USER_VA, 0), "mm_protect failed");
	if (boot_cpu_has(X86_FEATURE_SMEP))
		CHECK(t, faults(call_user, USER_VA, X86_PF_PROT | X86_PF_INSTR),
		      "SMEP lets the kernel execute a user page");
	else
		CHECK(t, works(call_user, USER_VA), "a page without NX can't be executed");

	CHECK(t, !mm_unmap(mm, USER_VA), "mm_unmap failed");
	CHECK(t, faults(read_user, USER_VA, 0), "an unmapped page can be read");
	leave_mm(mm);
	CHECK(t, nr_free_pages() == free, "%lu pages free, expected %lu", nr_free_pages(), free);
}

SELFTEST(mm, wrong_requests)
{
	u64 free = nr_free_pages(), pa = alloc_page();
	struct mm *mm = mm_create();

	if (!mm)
		return test_fail(t, "no memory for an address space");
	CHECK(t, mm_map(mm, USER_VA + 1, pa, RW_NX) == -EINVAL, "an odd address was mapped");
	CHECK(t, mm_map(mm, USER_VA, pa + 8, RW_NX) == -EINVAL, "an odd frame was mapped");
	CHECK(t, mm_map(mm, USER_END, pa, RW_NX) == -EINVAL, "a page beyond the end was mapped");
	CHECK(t, mm_map(mm, KERNEL_BASE, pa, RW_NX) == -EINVAL, "a kernel page was mapped");
	CHECK(t, mm_map(mm, USER_VA, pa, _PAGE_RW) == -EINVAL, "writable and executable");
	CHECK(t, mm_map_range(mm, USER_END - PAGE_SIZE, 2, RW_NX) == -EINVAL, "a range too far");
	CHECK(t, mm_map_range(mm, USER_VA, 1UL << 60, RW_NX) == -EINVAL, "a range that wraps");
	CHECK(t, mm_unmap(mm, USER_VA) == -EINVAL, "nothing was unmapped");
	CHECK(t, mm_protect(mm, USER_VA, _PAGE_NX) == -EINVAL, "nothing was protected");
	CHECK(t, !mm_map(mm, USER_VA, pa, RW_NX), "mm_map failed");
	CHECK(t, mm_map(mm, USER_VA, pa, RW_NX) == -EINVAL, "a page was mapped twice");
	CHECK(t, mm_map_range(mm, USER_VA - PAGE_SIZE, 3, RW_NX) == -EINVAL, "over a mapped page");
	CHECK(t, mm_protect_range(mm, USER_VA, 2, _PAGE_NX) == -EINVAL, "a hole was protected");
	CHECK(t, mm_unmap_range(mm, USER_VA, 2) == -EINVAL, "a hole was unmapped");
	mm_destroy(mm);
	CHECK(t, nr_free_pages() == free, "%lu pages free, expected %lu", nr_free_pages(), free);
}

/* Ranges over several tables of each level; what another owns is not freed. */
SELFTEST(mm, destroy_gives_everything_back)
{
	static const u64 starts[] = { 0x1000, USER_VA - 7 * PAGE_SIZE,
				      USER_VA + PUD_SIZE + PMD_SIZE - 7 * PAGE_SIZE,
				      USER_END / 2 - PAGE_SIZE, USER_END - 20 * PAGE_SIZE };
	u64 free = nr_free_pages(), ours = alloc_page();
	struct mm *mm;
	size_t i;
	int round;

	for (round = 0; round < 3; round++) {
		mm = enter_mm(t);
		if (!mm)
			return;
		for (i = 0; i < ARRAY_SIZE(starts); i++) {
			CHECK(t, !mm_map_range(mm, starts[i], 20, RW_NX), "range %lu failed", i);
			CHECK(t, works(write_user, starts[i] + 19 * PAGE_SIZE), "range %lu", i);
		}
		CHECK(t, !mm_map(mm, 0x200000, ours, RW_NX | _PAGE_SPECIAL), "mm_map failed");
		if (round == 1)
			CHECK(t, !mm_unmap_range(mm, starts[1], 20), "mm_unmap_range failed");
		if (round == 2)
			CHECK(t, !mm_unmap(mm, 0x200000), "mm_unmap failed");
		leave_mm(mm);
		CHECK(t, nr_free_pages() == free - 1, "round %d: %lu pages free, expected %lu",
		      round, nr_free_pages(), free - 1);
	}
	free_page(ours); /* panics if it was given back already */
}

/* Whoever runs off the end of a stack faults: the page below is nobody's. */
SELFTEST(mm, nothing_is_mapped_below_a_stack)
{
	u64 tops[3], below, i;
	const u64 *ptep;

	for (i = 0; i < ARRAY_SIZE(tops); i++) {
		tops[i] = kstack_alloc(KSTACK_PAGES);
		if (!tops[i])
			return test_fail(t, "no memory for a stack");
		below = tops[i] - KSTACK_PAGES * PAGE_SIZE - PAGE_SIZE;
		ptep = lookup_address(below);
		CHECK(t, !ptep || !(*ptep & _PAGE_PRESENT), "%lx is mapped below the stack at %lx",
		      below, tops[i]);
	}
	while (i--)
		kstack_free(tops[i]);
}

/* ---- the CPU's own guards -------------------------------------------------------------------- */

SELFTEST(mm, smep_smap_umip)
{
	static const struct {
		const char *name;
		unsigned int feature;
		u64 bit;
	} guards[] = {
		{ "PGE", X86_FEATURE_PGE, X86_CR4_PGE },
		{ "SMEP", X86_FEATURE_SMEP, X86_CR4_SMEP },
		{ "SMAP", X86_FEATURE_SMAP, X86_CR4_SMAP },
		{ "UMIP", X86_FEATURE_UMIP, X86_CR4_UMIP },
	};
	struct mm *mm;
	size_t i;

	if (on_xen())
		return test_skip(t, "a PV kernel runs in ring 3, where these guard nothing");
	for (i = 0; i < ARRAY_SIZE(guards); i++)
		CHECK(t, !(read_cr4() & guards[i].bit) == !boot_cpu_has(guards[i].feature),
		      "%s: CR4 is %lx, CPUID has it: %d", guards[i].name, read_cr4(),
		      boot_cpu_has(guards[i].feature));
	mm = enter_mm(t);
	if (!mm)
		return;
	CHECK(t, !mm_map_range(mm, USER_VA, 1, RW_NX), "mm_map_range failed");
	CHECK(t, works(write_user, USER_VA), "a user page can't be written");
	if (boot_cpu_has(X86_FEATURE_SMAP))
		CHECK(t, faults(write_plainly, USER_VA, X86_PF_PROT | X86_PF_WRITE),
		      "SMAP lets the kernel write a user page");
	else
		CHECK(t, works(write_plainly, USER_VA), "a user page can't be written");
	leave_mm(mm);
}

/* ---- TLB ------------------------------------------------------------------------------------- */

static u8 kernel_page[PAGE_SIZE] __aligned(PAGE_SIZE) __section(".bss..page_aligned");
static u64 flushed;

static void flush_one(void)
{
	flush_tlb_one_user(flushed);
}

static void flush_user(void)
{
	flush_tlb_user();
}

static void flush_kernel(void)
{
	flush_tlb_kernel();
}

static void reload_cr3(void)
{
	write_cr3(read_cr3());
}

/* A translation in the TLB must be gone after each kind of flush; a kernel page's is global. */
SELFTEST(mm, tlb_flush)
{
	static const struct {
		const char *name;
		void (*flush)(void);
		int pages; /* 2: a global one too */
	} flushes[] = {
		{ "flush_tlb_one_user", flush_one, 2 },
		{ "flush_tlb_user", flush_user, 1 },
		{ "flush_tlb_kernel", flush_kernel, 2 },
		{ "write_cr3", reload_cr3, 1 },
	};
	struct mm *mm = enter_mm(t);
	size_t i;
	int k;

	if (!mm)
		return;
	CHECK(t, !mm_map_range(mm, USER_VA, 1, RW_NX), "mm_map_range failed");
	for (i = 0; i < ARRAY_SIZE(flushes); i++)
		for (k = 0; k < flushes[i].pages; k++) {
			u64 *ptep, rw;

			flushed = k ? (u64)kernel_page : USER_VA;
			ptep = lookup_address(flushed);
			rw = *ptep;
			CHECK(t, works(write_user, flushed), "before %s: a write faulted",
			      flushes[i].name);
			set_pte(ptep, rw & ~(u64)_PAGE_RW);
			flushes[i].flush();
			CHECK(t, faults(write_user, flushed, X86_PF_PROT | X86_PF_WRITE),
			      "after %s: a write to %lx went through", flushes[i].name, flushed);
			set_pte(ptep, rw);
			flushes[i].flush();
		}
	leave_mm(mm);
}

/* The upper half is the same everywhere, the lower one its owner's alone. */
SELFTEST(mm, switch_mm)
{
	struct mm *a = mm_create(), *b = mm_create();

	if (!a || !b)
		return test_fail(t, "no memory for two address spaces");
	switch_mm(a);
	CHECK(t, (read_cr3() & PTE_PFN_MASK) == a->pgd, "CR3 is %lx", read_cr3());
	CHECK(t, !mm_map_range(a, USER_VA, 1, RW_NX), "mm_map_range failed");
	CHECK(t, works(write_user, USER_VA), "a's page can't be written");
	switch_mm(b);
	CHECK(t, faults(read_user, USER_VA, 0), "b has a's page");
	CHECK(t, !mm_map_range(b, USER_VA, 1, RW_NX), "mm_map_range failed");
	CHECK(t, *(u8 *)__va(pte_val(*lookup_address(USER_VA)) & PTE_PFN_MASK) == 0,
	      "b's new page is not empty");
	mm_destroy(a);
	leave_mm(b);
	CHECK(t, faults(read_user, USER_VA, 0), "the kernel's own has b's page");
}
