/* SPDX-License-Identifier: MIT */
/* W^X: what must not be written or executed isn't, by trying and by reading the page tables. */
#include <boot_info.h>
#include <page_alloc.h>
#include <selftest.h>
#include <smp.h>
#include <string.h>
#include <time.h>
#include <asm/alt_sites.h>
#include <asm/cpufeature.h>
#include <asm/desc.h>
#include <asm/paravirt.h>
#include <asm/pgtable.h>
#include <asm/traps.h>

extern void (*interrupt_return)(void);

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

struct sealed {
	struct test *t;
	const char *what;
	void *p;
};

/* A TLB may know what the page tables no longer say: on each CPU. */
static void try_both(void *arg)
{
	const struct sealed *s = arg;
	void *direct = __va(__pa(s->p));

	expect_write_fault(s->t, s->what, s->p);
	if (direct != s->p)
		expect_write_fault(s->t, s->what, direct);
}

static void expect_sealed(struct test *t, const char *what, const void *p)
{
	struct sealed s = { t, what, (void *)p };
	u32 cpu;

	for_each_cpu(cpu, cpu_online_mask) smp_call_function_single(cpu, try_both, &s);
}

/* By its own address and by the direct map's. */
SELFTEST(mm, text_is_sealed)
{
	u32 nr, cpu;
	const struct alt_site *sites = alt_sites(&nr);
	struct desc_ptr idt;

	expect_sealed(t, "text", selftest_run);
	expect_sealed(t, "a patched site", (void *)sites[nr / 2].address);
	expect_sealed(t, "the patch table", __alt_instructions);
	expect_sealed(t, "pv_ops", &pv_ops);
	expect_sealed(t, "interrupt_return", &interrupt_return);
	expect_sealed(t, "page_offset_base", &page_offset_base);
	expect_sealed(t, "a static call's key", &STATIC_CALL_KEY(pv_sched_clock));
	expect_sealed(t, "the template of per-CPU data", __per_cpu_start);
	expect_sealed(t, "the symbols", _symbols);
	if (!boot_cpu_has(X86_FEATURE_XENPV)) {
		asm volatile("sidt %0" : "=m"(idt));
		expect_sealed(t, "the IDT", (void *)idt.address);
	}
	for_each_cpu(cpu, cpu_online_mask & ~BIT(0))
		expect_sealed(t, "a CPU's GDT", (void *)cpu_gdt_page(cpu));
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
	/* What lies below it in the image is nobody's, or it would be a second way to a page. */
	here = lookup_address((u64)__va(__pa(fixmap[FIX_TEST])));
	CHECK(t, boot_cpu_has(X86_FEATURE_XENPV) || !here || !(*here & _PAGE_PRESENT),
	      "below the fixmap is a page: %lx", *here);
}
