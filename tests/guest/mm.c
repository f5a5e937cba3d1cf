/* SPDX-License-Identifier: MIT */
/* W^X: what must not be written or executed isn't, by trying and by reading the page tables. */
#include <selftest.h>
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
	if (page_offset_base != KERNEL_BASE)
		expect_write_fault(t, "text in the direct map", __va(__pa((void *)selftest_run)));
}

SELFTEST(mm, data_is_not_executable)
{
	static u8 ret_in_data[] = { 0xc3 };
	u8 ret_on_stack[] = { 0xc3 };
	void *places[] = { ret_in_data, ret_on_stack, _bss, _rodata };
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

/* Every page of the first 2 MiB above KERNEL_BASE. */
SELFTEST(mm, no_page_is_writable_and_executable)
{
	u64 va;

	for (va = KERNEL_BASE; va < KERNEL_BASE + PMD_SIZE; va += PAGE_SIZE) {
		u64 *ptep = lookup_address(va), pte = ptep ? *ptep : 0;
		bool text = va >= (u64)_text && va < (u64)_rodata;

		if (!(pte & _PAGE_PRESENT))
			continue;
		CHECK(t, !(pte & _PAGE_RW) || pte & _PAGE_NX, "%p: entry %lx", (void *)va, pte);
		CHECK(t, text == !(pte & _PAGE_NX), "%p: entry %lx, text %d", (void *)va, pte,
		      text);
	}
}

static u8 page[PAGE_SIZE] __aligned(PAGE_SIZE) __section(".bss..page_aligned");

static void flush_one(void)
{
	flush_tlb_one_user((u64)page);
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

/* A translation in the TLB must be gone after each kind of flush. */
SELFTEST(mm, tlb_flush)
{
	static const struct {
		const char *name;
		void (*flush)(void);
	} flushes[] = {
		{ "flush_tlb_one_user", flush_one },
		{ "flush_tlb_user", flush_user },
		{ "flush_tlb_kernel", flush_kernel },
		{ "write_cr3", reload_cr3 },
	};
	u64 va = (u64)page, *ptep = lookup_address(va), rw = *ptep;
	struct fault f;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flushes); i++) {
		CHECK(t, !catch_fault(write_back, page, &f), "before %s: a write faulted",
		      flushes[i].name);
		set_pte(ptep, rw & ~(u64)_PAGE_RW);
		flushes[i].flush();
		CHECK(t, catch_fault(write_back, page, &f), "after %s: a write went through",
		      flushes[i].name);
		set_pte(ptep, rw);
		flushes[i].flush();
	}
}
