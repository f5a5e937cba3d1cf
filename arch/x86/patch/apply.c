/* SPDX-License-Identifier: MIT */
/*
 * The boot patch. Runs once on the boot CPU, interrupts off, after the platform has overlaid its
 * ops and the features are known, and before the text is sealed (mm/seal.c). alt_plan() decides;
 * this file checks that the table is the one that was linked, keeps the original bytes, and
 * writes.
 *
 * Nothing in this loop runs through a patchable site, and a site is written by one copy, so no
 * CPU, this one included, ever executes half of one. The stores are made through the linear
 * address that is executed: the CPU then needs no more than a later branch to see them (SDM
 * vol. 3A, 8.1.3).
 */
#include <printk.h>
#include <string.h>
#include <symbols.h>
#include <asm/alt_sites.h>
#include <asm/cpufeature.h>
#include <asm/page.h>
#include <asm/paravirt_types.h>

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

/*
 * Write, and see that it is there. `bytes` has ALT_MAX_SITE bytes and text goes on for as many:
 * reading more than len is harmless, writing is not.
 */
static inline void poke(u64 address, const u8 *bytes, unsigned int len)
{
	u64 there, wanted, dst = address;
	const u8 *src = bytes;
	unsigned int n = len;

	asm volatile("rep movsb" : "+D"(dst), "+S"(src), "+c"(n) : : "memory");
	for (; len > 8; address += 8, bytes += 8, len -= 8)
		if (*(u64 *)address != *(const u64 *)bytes)
			break;
	there = *(u64 *)address;
	wanted = *(const u64 *)bytes;
	if ((there ^ wanted) << (64 - 8 * len)) /* only the first len bytes count */
		panic("patch: bytes at %pS were written but are not there", (void *)address);
}

void apply_alternatives(bool only_required)
{
	u64 sum = alt_table_sum(), prev_site = 0, prev_end = 0;
	static struct alt_memo memo;
	unsigned int i;
	struct alt_context ctx;
	struct alt_plan plan;

	if (sum != symbols_header.alt_sum)
		panic("patch table: its checksum is %016lx, the linked one's was %016lx: the image "
		      "is damaged, and nothing was patched",
		      sum, symbols_header.alt_sum);
	alt_boot_context(&ctx);
	ctx.only_required = only_required;
	ctx.memo = &memo;
	nr_sites = 0;
	for (plan.next = 0; plan.next < ctx.nr_records;) {
		struct alt_site *site = &__alt_originals[nr_sites++];
		enum alt_error error = alt_plan(&ctx, plan.next, prev_site, prev_end, &plan);

		if (error)
			refuse(&plan, error);
		site->address = plan.site;
		site->record = plan.record;
		site->winner = plan.winner;
		site->len = plan.len;
		site->kind = plan.kind;
		for (i = 0; i < plan.len; i += 8)
			*(u64 *)(site->original + i) = *(const u64 *)(plan.site + i);
		poke(plan.site, plan.bytes, plan.len);
		prev_site = plan.site;
		prev_end = plan.site + plan.len;
	}
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
			poke(site->address, site->original, site->len);
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
