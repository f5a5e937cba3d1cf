/* SPDX-License-Identifier: MIT */
/*
 * The counts behind `make bench`, in TSC ticks (instructions under QEMU's -icount): each op as the
 * compiler left it, as a direct call and as patched here; whole workloads; and the patcher on
 * tables of 100 to 100,000 sites. Lines of "bench: " and tab-separated fields. Nothing is asserted.
 */
#include <boot_info.h>
#include <mm.h>
#include <printk.h>
#include <selftest.h>
#include <string.h>
#include <user.h>
#include "../../arch/x86/patch/plan_site.h"
#include <asm/alt_sites.h>
#include <asm/cpufeature.h>
#include <asm/desc_stacks.h>
#include <asm/paravirt.h>
#include <asm/pgtable.h>
#include <asm/special_insns.h>
#include <asm/traps.h>

extern const u8 user_prog[], user_prog_end[];

#define ROUNDS 1000
#define UNROLL 10 /* so that the loop's own instructions don't count */

#define TEN(op) \
	op;     \
	op;     \
	op;     \
	op;     \
	op;     \
	op;     \
	op;     \
	op;     \
	op;     \
	op
#define LOOP(name, op)                                  \
	static noinline u64 name(void)                  \
	{                                               \
		u64 start = rdtsc();                    \
		int i;                                  \
		for (i = 0; i < ROUNDS / UNROLL; i++) { \
			TEN(op);                        \
		}                                       \
		return rdtsc() - start;                 \
	}

static u64 cr3, cr4;
static u32 scratch[4];

LOOP(nothing, barrier())
LOOP(do_save_fl, arch_local_save_flags())
LOOP(do_irq_disable, arch_local_irq_disable())
LOOP(do_irq_enable, (arch_local_irq_enable()))
LOOP(do_save_restore, arch_local_irq_restore(arch_local_irq_save()))
LOOP(do_read_cr2, read_cr2())
LOOP(do_read_cr3, read_cr3())
LOOP(do_write_cr3, write_cr3(cr3))
LOOP(do_read_cr4, read_cr4())
LOOP(do_write_cr4, write_cr4(cr4))
LOOP(do_flush_one, flush_tlb_one_user(KERNEL_BASE))
LOOP(do_pte_val, pte_val(1))
LOOP(do_make_pte, make_pte(0))
LOOP(do_io_delay, io_delay())
LOOP(do_cpuid, cpuid_regs(&scratch[0], &scratch[1], &scratch[2], &scratch[3]))
LOOP(do_rdmsr, rdmsr(0xc0000080))

static const struct {
	const char *name;
	u64 (*loop)(void);
} ops[] = {
	{ "irq.save_fl", do_save_fl },	     { "irq.irq_disable", do_irq_disable },
	{ "irq.irq_enable", do_irq_enable }, { "irq save, disable, restore", do_save_restore },
	{ "mmu.read_cr2", do_read_cr2 },     { "mmu.read_cr3", do_read_cr3 },
	{ "mmu.write_cr3", do_write_cr3 },   { "mmu.flush_tlb_one_user", do_flush_one },
	{ "mmu.pte_val", do_pte_val },	     { "mmu.make_pte", do_make_pte },
	{ "cpu.read_cr4", do_read_cr4 },     { "cpu.write_cr4", do_write_cr4 },
	{ "cpu.cpuid", do_cpuid },	     { "cpu.read_msr", do_rdmsr },
	{ "cpu.io_delay", do_io_delay },
};

SELFTEST_(bench, cost_of_ops, .hidden = true, .alone = true)
{
	u64 ticks[ARRAY_SIZE(ops)][3], empty;
	unsigned int form, i;

	(void)t;
	cr3 = read_cr3();
	cr4 = read_cr4();
	empty = nothing();
	for (form = 0; form < 3; form++) {
		text_open();
		restore_alternatives();
		if (form == 1)
			apply_direct_calls();
		else if (form == 2)
			apply_alternatives(false);
		text_seal();
		for (i = 0; i < ARRAY_SIZE(ops); i++) {
			ticks[i][form] = ops[i].loop() - empty;
			arch_local_irq_disable();
		}
	}
	printk("bench: op\tindirect\tdirect\tpatched\t(ticks for 1000 of each)\n");
	for (i = 0; i < ARRAY_SIZE(ops); i++)
		printk("bench: %s\t%lu\t%lu\t%lu\n", ops[i].name, ticks[i][0], ticks[i][1],
		       ticks[i][2]);
}

/* ---- what a kernel does all day: the layer's price in the whole ------------------------------ */

#define WORK 1000

static u64 system_calls(void)
{
	struct user *u = user_create(user_prog, user_prog_end - user_prog);
	u64 start, ticks;

	if (!u)
		return 0;
	u->regs.di = PROG_SYSCALLS;
	u->regs.si = WORK;
	start = rdtsc();
	user_run(u);
	ticks = rdtsc() - start;
	user_destroy(u);
	return ticks;
}

static void touch(void *p)
{
	READ_ONCE(*(u8 *)p);
}

static u64 page_faults(void)
{
	u64 start = rdtsc();
	struct fault f;
	int i;

	for (i = 0; i < WORK; i++)
		catch_fault(touch, boot_stack_guard, &f);
	return rdtsc() - start;
}

static u64 map_and_unmap(void)
{
	struct mm *mm = mm_create();
	u64 start, ticks;
	int i;

	if (!mm)
		return 0;
	mm_map_range(mm, USER_CODE, WORK / 10, _PAGE_RW | _PAGE_NX); /* tables are there after it */
	mm_unmap_range(mm, USER_CODE, WORK / 10);
	start = rdtsc();
	for (i = 0; i < 10; i++) {
		mm_map_range(mm, USER_CODE, WORK / 10, _PAGE_RW | _PAGE_NX);
		mm_unmap_range(mm, USER_CODE, WORK / 10);
	}
	ticks = rdtsc() - start;
	mm_destroy(mm);
	return ticks;
}

static u64 switches(void)
{
	struct mm *mm = mm_create();
	u64 start, ticks;
	int i;

	if (!mm)
		return 0;
	start = rdtsc();
	for (i = 0; i < WORK / 2; i++) {
		switch_mm(mm);
		switch_mm(&kernel_mm);
	}
	ticks = rdtsc() - start;
	mm_destroy(mm);
	return ticks;
}

SELFTEST_(bench, cost_of_work, .hidden = true, .alone = true)
{
	static const struct {
		const char *name;
		u64 (*fn)(void);
	} work[] = {
		{ "system calls", system_calls },
		{ "page faults", page_faults },
		{ "map and unmap", map_and_unmap },
		{ "switches of page tables", switches },
	};
	u64 ticks[2];
	unsigned int form, i;

	(void)t;
	printk("bench: work\tindirect\tpatched\n");
	for (i = 0; i < ARRAY_SIZE(work); i++) {
		for (form = 0; form < 2; form++) {
			text_open();
			if (form)
				apply_alternatives(false);
			else
				restore_alternatives();
			text_seal();
			work[i].fn(); /* once for caches and tables */
			ticks[form] = work[i].fn();
		}
		printk("bench: work %s\t%lu\t%lu\n", work[i].name, ticks[0], ticks[1]);
	}
}

/* Usable memory of this size above the image, 0 if there is none. */
static u64 find_memory(u64 size)
{
	u64 from = 16UL << 20;
	u32 i;

	for (i = 0; i < boot_info.nr_regions; i++) {
		const struct mem_region *r = &boot_info.regions[i];

		if (r->type == MEM_USABLE && r->start <= from && r->start + r->size >= from + size)
			return from;
	}
	return 0;
}

/* The decision alone, as apply.c's loop has it, without keeping or writing anything. */
static noinline u64 plan_only(const struct alt_context *ctx)
{
	struct alt_cursor cursor = { ctx->records, ctx->records_at, 0 };
	u64 start = rdtsc(), prev_site = 0, prev_end = ctx->text.start;
	u8 bytes[ALT_MAX_SITE];
	struct alt_plan plan;

	while (cursor.i < ctx->nr_records &&
	       !plan_site(ctx, &cursor, prev_site, prev_end, &plan, bytes)) {
		prev_site = plan.site;
		prev_end = plan.site + plan.len;
	}
	return rdtsc() - start;
}

/*
 * A table like this kernel's own: each site a pv call with a direct call and a native form, the
 * kinds in turn. Addresses are as if the text lay 64 MiB above the image, the bytes are elsewhere.
 */
static void bench_table(u32 nr, u8 *memory)
{
	static const u8 native[][4] = {
		{ 0xfa }, { 0x9c, 0x58 }, { 0x0f, 0x20, 0xd8 }, { 0x0f, 0x32 }
	};
	static const u8 native_len[] = { 1, 2, 3, 2 };
	u64 text_at = KERNEL_BASE + (64UL << 20), records_at = text_at + nr * 8UL;
	u64 repl_at = records_at + nr * 2UL * sizeof(struct alt_instr);
	u8 *text = memory, repl[32] = { 0xe8 };
	struct alt_instr *records = (void *)(text + nr * 8UL + 64);
	struct alt_site *sites = (void *)(records + nr * 2UL);
	struct alt_memo memo = { 0 };
	struct alt_context ctx;
	struct alt_plan plan;
	enum alt_error error;
	u64 ticks, planned;
	u32 i;

	for (i = 0; i < 4; i++)
		memcpy(repl + 5 + 4 * i, native[i], 4);
	for (i = 0; i < nr; i++) {
		u64 site = text_at + i * 8UL, at = records_at + i * 2UL * sizeof(*records);
		u64 slot = (u64)((void **)&pv_ops + PARAVIRT_SLOT(irq.save_fl) + i % 4);
		s32 disp = slot - (site + 6);

		text[i * 8] = 0xff;
		text[i * 8 + 1] = 0x15;
		memcpy(text + i * 8 + 2, &disp, 4);
		records[2 * i] = (struct alt_instr){
			site - at, repl_at - (at + 4), X86_FEATURE_ALWAYS, ALT_FLAG_DIRECT_CALL, 6,
			5
		};
		at += sizeof(*records);
		/* Every third site stays a call, as in a kernel's own table. */
		records[2 * i + 1] =
			(struct alt_instr){ site - at,
					    repl_at + 5 + 4 * (i % 4) - (at + 4),
					    i % 3 ? X86_FEATURE_ALWAYS : X86_FEATURE_TEST_OFF,
					    0,
					    6,
					    native_len[i % 4] };
	}
	alt_boot_context(&ctx);
	ctx.records = records;
	ctx.records_at = records_at;
	ctx.nr_records = 2 * nr;
	ctx.text = (struct alt_range){ text_at, text_at + nr * 8UL, text };
	ctx.repl = (struct alt_range){ repl_at, repl_at + sizeof(repl), repl };
	ctx.memo = &memo;
	planned = plan_only(&ctx);
	ticks = rdtsc();
	error = alt_apply_table(&ctx, sites, &i, &plan);
	ticks = rdtsc() - ticks;
	if (error)
		printk("bench: record %u %s\n", plan.record, alt_error_text(error));
	else
		printk("bench: patching\t%u\t%lu\t%lu\t%lu\n", i, ticks, ticks / i, planned / i);
}

SELFTEST_(bench, cost_of_patching, .hidden = true, .alone = true)
{
	u64 memory = find_memory(16UL << 20);
	u32 nr;

	if (!memory)
		return test_skip(t, "no 16 MiB of usable and mapped memory at 16 MiB for tables");
	printk("bench: patching\tsites\tticks\ta site\tof it to plan\n");
	for (nr = 100; nr <= 100000; nr *= 10)
		bench_table(nr, __va(memory));
}
