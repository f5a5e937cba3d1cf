/* SPDX-License-Identifier: MIT */
/*
 * Every entry of every page table, and mappings made for it that must not be: each is found by the
 * walk that finds none at the end of the boot (mm/walk.c).
 */
#include "mm_test.h"
#include <page_alloc.h>
#include <smp.h>
#include <string.h>
#include <asm/desc.h>
#include <asm/paravirt.h>
#include <asm/walk.h>
#include <xen/xen.h>

extern struct start_info *xen_start_info;

struct seen {
	struct test *t;
	u64 wrong_va, nr_wrong; /* if they are expected */
	const char *what;
	u64 nr_text; /* pages of text, executable where the image is */
	bool expected;
};

/* Text alone is executable in the upper half, and the image alone is mapped at KERNEL_BASE. */
static void look(struct walk *w, const struct mapping *m)
{
	struct seen *s = w->arg;
	const char *what = mapping_is_wrong(m);
	bool text = m->va >= (u64)_text && m->va < (u64)_rodata;

	if (what && s->expected) {
		s->nr_wrong++;
		s->wrong_va = m->va;
		s->what = what;
		return;
	}
	CHECK(s->t, !what, "%lx (%lx, %lu bytes), which is %s, can be written", m->va, m->pa,
	      m->size, what);
	if (m->va < USER_END)
		return;
	s->nr_text += text;
	CHECK(s->t, text == !(m->rights & _PAGE_NX), "%lx: rights %lx, text %d", m->va, m->rights,
	      text);
	CHECK(s->t,
	      m->va < KERNEL_BASE || m->va >= KSTACK_BASE ||
		      (m->va >= (u64)_image_start && m->va < (u64)_image_end),
	      "%lx is mapped, beside the image", m->va);
	CHECK(s->t, on_xen() || !(m->rights & _PAGE_USER), "kernel page %lx is the user's", m->va);
}

/* On Xen PV every table must be its own read-only page, and the direct map has it so. */
static void look_at_table(struct walk *w, u64 pa, u64 va)
{
	struct seen *s = w->arg;
	u64 *ptep = on_xen() ? lookup_address((u64)__va(pa)) : NULL;

	CHECK(s->t, !on_xen() || (ptep && *ptep & _PAGE_PRESENT && !(*ptep & _PAGE_RW)),
	      "the table at %lx for %lx is writable", pa, va);
}

static void walk_mm(const struct mm *mm, void *arg)
{
	walk_page_tables(arg, mm->pgd);
}

static void count(const struct mm *mm, void *arg)
{
	*(u64 *)arg += !!mm;
}

/* The kernel's, one with pages, and what another CPU starts on. */
SELFTEST(mm, no_page_is_writable_and_executable)
{
	struct seen seen = { .t = t };
	struct walk w = { .page = look, .table = look_at_table, .arg = &seen };
	u64 least = on_xen() ? xen_start_info->nr_pages : 2000, nr = 0, want;
	struct mm *mm = enter_mm(t);

	if (!mm)
		return;
	CHECK(t, !mm_map_range(mm, USER_VA, 30, RW_NX) && !mm_map_range(mm, 0x1000, 30, 0),
	      "mm_map_range failed");
	for_each_mm(walk_mm, &w);
	for_each_mm(count, &nr);
	want = 2 + (nr_cpu_ids > 1 && !on_xen());
	CHECK(t, nr == want, "%lu address spaces, expected %lu", nr, want);
	CHECK(t, w.nr_pages >= 2 * least + 60 && w.nr_tables > 16, "%lu pages by %lu tables",
	      w.nr_pages, w.nr_tables);
	CHECK(t,
	      seen.nr_text == nr * ((u64)(_rodata - _text) >> PAGE_SHIFT) ||
		      seen.nr_text == 2 * ((u64)(_rodata - _text) >> PAGE_SHIFT),
	      "%lu pages of text in %lu address spaces", seen.nr_text, nr);
	leave_mm(mm);
}

/* What mm_map() would not do. */
SELFTEST(mm, the_walk_finds_what_is_wrong)
{
	u64 page = alloc_page(), i;
	const struct {
		const char *what;
		u64 pa, rights;
	} plants[] = {
		{ "code", page, _PAGE_RW },
		{ "text", __pa(selftest_run), _PAGE_RW | _PAGE_NX },
		{ "constants", __pa(_rodata), _PAGE_RW | _PAGE_NX },
		{ "what the boot alone writes", __pa(&pv_ops), _PAGE_RW | _PAGE_NX },
		{ "the template of per-CPU data and the symbols", __pa(_symbols),
		  _PAGE_RW | _PAGE_NX },
		{ NULL, page, _PAGE_RW | _PAGE_NX },
		{ NULL, __pa(selftest_run), 0 },
		/* Last, and where there is one: Xen lets nobody map a GDT so. */
		{ "a page that was sealed",
		  num_online_cpus() > 1 && !on_xen() ? __pa((void *)cpu_gdt_page(1)) : 0,
		  _PAGE_RW | _PAGE_NX },
	};
	struct mm *mm = enter_mm(t);
	u64 *ptep;

	if (!mm)
		return;
	CHECK(t, !mm_map_range(mm, USER_VA, 1, RW_NX), "mm_map_range failed");
	ptep = lookup_address(USER_VA);
	free_page(pte_val(*ptep) & PTE_PFN_MASK);
	for (i = 0; i < ARRAY_SIZE(plants) && plants[i].pa; i++) {
		struct seen seen = { .t = t, .expected = true };
		struct walk w = { .page = look, .arg = &seen };

		set_pte(ptep, make_pte(ALIGN_DOWN(plants[i].pa, PAGE_SIZE) | plants[i].rights |
				       _PAGE_PRESENT | _PAGE_USER | _PAGE_SPECIAL));
		walk_page_tables(&w, mm->pgd);
		if (!plants[i].what)
			CHECK(t, !seen.nr_wrong, "plant %lu: %lx is said to be wrong", i,
			      seen.wrong_va);
		else
			CHECK(t,
			      seen.nr_wrong == 1 && seen.wrong_va == USER_VA &&
				      !strcmp(seen.what, plants[i].what),
			      "plant %lu: %lu found, at %lx, %s, expected %s", i, seen.nr_wrong,
			      seen.wrong_va, seen.what, plants[i].what);
	}
	set_pte(ptep, 0);
	flush_tlb_one_user(USER_VA);
	leave_mm(mm);
	free_page(page);
}
