/* SPDX-License-Identifier: MIT */
/*
 * Who may write what of the image, and when: one table, by phase of the boot, for both addresses
 * that a page of the image has. In the direct map what is ever sealed is read-only from the first.
 *
 *   boot       from init_mm on
 *   patching   between text_open() and text_seal(): the boot patcher has text to itself
 *   sealed     the rest of the time: text, pv_ops and all else that the boot alone writes
 *
 * Pages that only exist at run time (a CPU's GDT) are sealed by themselves, by seal_page().
 */
#include <page_alloc.h>
#include <printk.h>
#include <smp.h>
#include <asm/desc_stacks.h>
#include <asm/paravirt.h>
#include <asm/pgtable.h>

#define R   (_PAGE_PRESENT | _PAGE_NX)
#define RW  (R | _PAGE_RW)
#define RX  _PAGE_PRESENT
#define RWX (RX | _PAGE_RW) /* one CPU runs, and nothing that is being written: patch/apply.c */

static const struct image_range {
	const char *name, *start, *end;
	u64 rights[NR_PHASES];
} ranges[] = {
	/*						boot patching sealed */
	{ "text", _text, _rodata, { RX, RWX, RX } },
	{ "constants", _rodata, _ro_after_init, { R, R, R } },
	{ "what the boot alone writes", _ro_after_init, _ero_after_init, { RW, RW, R } },
	{ "data", _data, __per_cpu_start, { RW, RW, RW } },
	{ "the template of per-CPU data and the symbols", __per_cpu_start, _bss, { R, R, R } },
	{ "bss", _bss, _image_end, { RW, RW, RW } },
};

static enum phase phase = PHASE_BOOT;
static u64 pages[2 * NR_CPUS]; /* physical, of seal_page() */
static unsigned int nr_pages;

static const struct image_range *range_at(u64 va)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		if (va >= (u64)ranges[i].start && va < (u64)ranges[i].end)
			return &ranges[i];
	return NULL;
}

static bool is_hole(u64 va)
{
	const u64 *guard;

	for (guard = stack_guards; guard < stack_guards_end; guard++)
		if (va == *guard)
			return true;
	return va >= (u64)fixmap && va < (u64)(fixmap + FIX_COUNT);
}

u64 image_page_prot(u64 va)
{
	const struct image_range *r = range_at(va);

	return r && !is_hole(va) ? r->rights[phase] : 0;
}

u64 direct_page_prot(u64 pa)
{
	const struct image_range *r = range_at(KERNEL_BASE + pa);

	if (!r)
		return RW;
	if (is_hole(KERNEL_BASE + pa))
		return 0;
	return r->rights[PHASE_SEALED] | _PAGE_NX;
}

const char *sealed_in(u64 pa, u64 size)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		if (!(ranges[i].rights[PHASE_SEALED] & _PAGE_RW) && pa < __pa(ranges[i].end) &&
		    __pa(ranges[i].start) < pa + size)
			return ranges[i].name;
	for (i = 0; i < nr_pages; i++)
		if (pages[i] >= pa && pages[i] - pa < size)
			return "a page that was sealed";
	return NULL;
}

static void flush(void *unused)
{
	(void)unused;
	flush_tlb_kernel();
}

int seal_page(u64 pa)
{
	u64 *ptep = direct_pte(pa);

	if (!ptep)
		return -ENOMEM;
	if (nr_pages == ARRAY_SIZE(pages))
		panic("seal_page: there are more than %u pages", nr_pages);
	set_pte(ptep, make_pte(pa | R | (pte_val(*ptep) & _PAGE_GLOBAL)));
	pages[nr_pages++] = pa;
	smp_call_function_many(cpu_online_mask, flush, NULL);
	return 0;
}

static void enter(enum phase next)
{
	const struct image_range *r;

	for (r = ranges; r < ranges + ARRAY_SIZE(ranges); r++) {
		u64 old = r->rights[phase], new = r->rights[next];

		if (old != new)
			set_memory((u64)r->start, (u64)r->end, old & ~new, new & ~old);
	}
	phase = next;
}

void text_open(void)
{
	if (num_online_cpus() != 1)
		panic("text_open: %u CPUs run, which may be just in what is to be written",
		      num_online_cpus());
	enter(PHASE_PATCHING);
}

void text_seal(void)
{
	enter(PHASE_SEALED);
}
