/* SPDX-License-Identifier: MIT */
/* W^X: what must not be written or executed isn't, by trying and by reading the page tables. */
#include <boot_info.h>
#include <page_alloc.h>
#include <selftest.h>
#include <string.h>
#include <asm/alt_sites.h>
#include <asm/cpufeature.h>
#include <asm/paravirt.h>
#include <asm/pgtable.h>
#include <asm/traps.h>

static void write_back(void *p)
{
	WRITE_ONCE(*(u8 *)p, READ_ONCE(*(u8 *)p));
}

static void call_it(void *p)
{
	((void (*)(void))(u64)p)();
}

static void expect_write_fault(struct test *t, const char *what, void *p)
{
	struct fault f;

	if (!catch_fault(write_back, p, &f))
		test_fail(t, "a write to %s at %p went through", what, p);
	else
		CHECK(t,
		      f.vector == X86_TRAP_PF && f.address == (u64)p &&
			      (f.error_code & (X86_PF_PROT | X86_PF_WRITE)) ==
				      (X86_PF_PROT | X86_PF_WRITE),
		      "a write to %s: vector %lu, error code %lx, address %lx", what, f.vector,
		      f.error_code, f.address);
}

SELFTEST(mm, text_is_sealed)
{
	u32 nr;
	const struct alt_site *sites = alt_sites(&nr);

	expect_write_fault(t, "text", (void *)selftest_run);
	expect_write_fault(t, "a patched site", (void *)sites[nr / 2].address);
	expect_write_fault(t, "the patch table", (void *)__alt_instructions);
	expect_write_fault(t, "pv_ops", &pv_ops);
	expect_write_fault(t, "the symbols", _symbols);
	expect_write_fault(t, "text in the direct map", __va(__pa((void *)selftest_run)));
}

SELFTEST(mm, data_is_not_executable)
{
	static u8 ret_in_data[] = { 0xc3 };
	u8 ret_on_stack[] = { 0xc3 };
	void *places[] = { ret_in_data, ret_on_stack, _bss, _rodata,
			   __va(__pa((void *)selftest_run)) };
	struct fault f;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (!catch_fault(call_it, places[i], &f))
			test_fail(t, "data at %p was executed", places[i]);
		else
			CHECK(t, f.vector == X86_TRAP_PF && f.error_code & X86_PF_INSTR,
			      "executing %p: vector %lu, error code %lx", places[i], f.vector,
			      f.error_code);
	}
	asm volatile("" : : "m"(ret_on_stack));
}

/* What KERNEL_BASE maps: the image, with text alone executable, and nothing beside it. */
SELFTEST(mm, no_page_is_writable_and_executable)
{
	u64 va;

	for (va = KERNEL_BASE; va < KERNEL_BASE + PMD_SIZE; va += PAGE_SIZE) {
		u64 *ptep = lookup_address(va), pte = ptep ? *ptep : 0;
		bool text = va >= (u64)_text && va < (u64)_rodata;
		bool image = va >= (u64)_image_start && va < (u64)_image_end;

		if (!(pte & _PAGE_PRESENT))
			continue;
		CHECK(t, image, "%p is mapped: entry %lx", (void *)va, pte);
		CHECK(t, !(pte & _PAGE_RW) || pte & _PAGE_NX, "%p: entry %lx", (void *)va, pte);
		CHECK(t, text == !(pte & _PAGE_NX), "%p: entry %lx, text %d", (void *)va, pte,
		      text);
	}
}

static void read_it(void *p)
{
	READ_ONCE(*(u8 *)p);
}

/* The first and the last page of each region, wherever it is. */
SELFTEST(mm, direct_map_has_all_memory)
{
	struct fault f;
	u32 i;

	for (i = 0; i < boot_info.nr_regions; i++) {
		const struct mem_region *r = &boot_info.regions[i];
		u8 *last = __va(r->start + r->size - 1);

		if (r->type != MEM_USABLE || r->start + r->size > PAGE_ALLOC_END)
			continue;
		CHECK(t, !catch_fault(read_it, __va(r->start), &f), "%lx can't be read", r->start);
		CHECK(t, !catch_fault(read_it, last, &f), "%p can't be read", (void *)last);
		CHECK(t, catch_fault(call_it, last, &f) && f.error_code & X86_PF_INSTR,
		      "%p can be executed", (void *)last);
	}
	CHECK(t, page_offset_base == PAGE_OFFSET, "the direct map is at %lx", page_offset_base);
}

SELFTEST(mm, fixmap)
{
	u64 pa = alloc_page(), *there = __va(pa), *here = (u64 *)fix_to_virt(FIX_TEST);
	struct fault f;

	set_fixmap(FIX_TEST, pa, _PAGE_PRESENT | _PAGE_RW | _PAGE_NX);
	WRITE_ONCE(here[7], 0x1234);
	CHECK(t, READ_ONCE(there[7]) == 0x1234, "written by the fixmap, read %lx", there[7]);
	set_fixmap(FIX_TEST, pa, _PAGE_PRESENT | _PAGE_NX);
	CHECK(t, catch_fault(write_back, here, &f), "a read-only fixmap can be written");
	set_fixmap(FIX_TEST, 0, 0);
	CHECK(t, catch_fault(read_it, here, &f), "an empty fixmap can be read");
	free_page(pa);
}
