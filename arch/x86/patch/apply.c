/* SPDX-License-Identifier: MIT */
/*
 * The boot patch. Runs once on the boot CPU, interrupts off, after the platform has overlaid its
 * ops and the features are known, and before the text is sealed (mm/seal.c). plan_site.h decides;
 * this file checks that the table is the one that was linked and keeps the original bytes; poke.c
 * writes.
 */
#include "plan_site.h"
#include <printk.h>
#include <symbols.h>
#include <asm/alt_sites.h>
#include <asm/cpufeature.h>
#include <asm/page.h>
#include <asm/paravirt_types.h>
#include <asm/text-patching.h>

extern const u8 __alt_replacements[], __alt_replacements_end[];
extern struct alt_site __alt_originals[], __alt_originals_end[];

static u32 nr_sites;

void alt_boot_context(struct alt_context *ctx)
{
	*ctx = (struct alt_context){
		.records = __alt_instructions,
		.records_at = (u64)__alt_instructions,
		.nr_records = __alt_instructions_end - __alt_instructions,
		.nr_features = NCAPINTS * 32,
		.caps = boot_cpu_caps,
		.text = { (u64)_text, (u64)_etext, (const u8 *)_text },
		.repl = { (u64)__alt_replacements, (u64)__alt_replacements_end,
			  __alt_replacements },
		.slots = { (u64)&pv_ops, (u64)(&pv_ops + 1), (const u8 *)&pv_ops },
		.nop_func = (u64)paravirt_nop,
		.ret0_func = (u64)paravirt_ret0,
		.bug_func = (u64)paravirt_BUG,
	};
}

u64 alt_table_sum(void)
{
	u64 at, sum = 0;

	for (at = (u64)__alt_instructions; at < (u64)__alt_replacements_end; at += 8)
		sum = (sum << 5 | sum >> 59) ^ *(const u64 *)at;
	return sum;
}

static __noreturn void refuse(const struct alt_plan *plan, enum alt_error error)
{
	const struct alt_instr *a = &__alt_instructions[plan->record];

	panic("patch table: record %u (site %p in %ps, feature %u, flags %x, lengths %u and %u) %s",
	      plan->record, (void *)((u64)a + (s64)a->instr_offset),
	      (void *)((u64)a + (s64)a->instr_offset), a->cpuid, a->flags, a->instrlen,
	      a->replacementlen, alt_error_text(error));
}

enum alt_error alt_apply_table(const struct alt_context *ctx, struct alt_site *sites, u32 *nr,
			       struct alt_plan *plan)
{
	const struct alt_context c = *ctx; /* a copy that no store into text can change */
	u64 prev_site = 0, prev_end = c.text.start, text = (u64)c.text.bytes - c.text.start;
	struct alt_site *site = sites;
	u8 bytes[ALT_MAX_SITE];
	struct alt_plan p;
	struct alt_cursor cursor = { c.records, c.records_at, 0 };

	for (; cursor.i < c.nr_records; site++) {
		u32 record = cursor.i;
		enum alt_error error = plan_site(&c, &cursor, prev_site, prev_end, &p, bytes);
		unsigned int i;

		if (unlikely(error)) {
			plan->record = p.record;
			return error;
		}
		site->address = p.site;
		site->record = record;
		site->winner = p.winner;
		site->len = p.len;
		site->kind = p.kind;
		*(u64 *)site->original = *(const u64 *)(text + p.site);
		for (i = 8; unlikely(i < p.len); i += 8)
			*(u64 *)(site->original + i) = *(const u64 *)(text + p.site + i);
		text_poke_early(text + p.site, bytes, p.len);
		prev_site = p.site;
		prev_end = p.site + p.len;
	}
	*nr = site - sites;
	return ALT_OK;
}

static void apply(enum alt_mode mode)
{
	u64 sum = alt_table_sum();
	struct alt_memo memo = { 0 };
	struct alt_context ctx;
	struct alt_plan plan;
	enum alt_error error;

	if (sum != symbols_header.alt_sum)
		panic("patch table: its checksum is %016lx, the linked one's was %016lx: the image "
		      "is damaged, and nothing was patched",
		      sum, symbols_header.alt_sum);
	alt_boot_context(&ctx);
	ctx.mode = mode;
	ctx.memo = &memo;
	error = alt_apply_table(&ctx, __alt_originals, &nr_sites, &plan);
	if (error)
		refuse(&plan, error);
}

void apply_alternatives(bool only_required)
{
	apply(only_required ? ALT_ONLY_REQUIRED : ALT_FULL);
}

void apply_direct_calls(void)
{
	restore_alternatives();
	apply(ALT_ONLY_CALLS);
}

bool alt_site_required(const struct alt_site *site)
{
	const struct alt_instr *a;

	for (a = &__alt_instructions[site->record]; a < __alt_instructions_end; a++) {
		if ((u64)a + (s64)a->instr_offset != site->address)
			break;
		if (a->flags & ALT_FLAG_REQUIRED)
			return true;
	}
	return false;
}

void restore_alternatives(void)
{
	const struct alt_site *site;

	for (site = __alt_originals; site < __alt_originals + nr_sites; site++)
		if (!alt_site_required(site))
			text_poke_early(site->address, site->original, site->len);
}

const struct alt_site *alt_sites(u32 *nr)
{
	*nr = nr_sites;
	return __alt_originals;
}

const struct alt_site *alt_site_at(u64 address)
{
	u32 low = 0, high = nr_sites;

	while (low < high) {
		u32 mid = (low + high) / 2;
		const struct alt_site *site = &__alt_originals[mid];

		if (address < site->address)
			high = mid;
		else if (address >= site->address + site->len)
			low = mid + 1;
		else
			return site;
	}
	return NULL;
}

int alt_site_slot(const struct alt_site *site)
{
	u64 slot = alt_call_slot(site->original, site->address);

	if (slot < (u64)&pv_ops || slot >= (u64)(&pv_ops + 1))
		return -1;
	return (slot - (u64)&pv_ops) / sizeof(void *);
}
