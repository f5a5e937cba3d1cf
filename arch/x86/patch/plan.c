/* SPDX-License-Identifier: MIT */
/*
 * alt_plan(): the one decision of the patcher, without a side effect. Compiled into the kernel,
 * where apply.c writes what it yields, and into the host's tools and tests.
 *
 *   1. The consecutive records of one address are one site, as long as the longest of them.
 *   2. The last record whose condition holds wins; with none the original bytes stay.
 *   3. A DIRECT_CALL's target is what the slot holds that the original names.
 *   4. Operands that count from the instruction pointer are moved from where the replacement
 *      lies to where it will run, if they point out of it.
 *   5. The rest of the site is padding.
 *
 * What does not fit this is refused: a patcher that guesses damages text.
 */
#include <asm/alt_plan.h>
#include <asm/insn.h>

#define CALL_LEN	  5 /* e8 rel32 */
#define CALL_INDIRECT_LEN 6 /* ff 15 disp32 */

static s32 get32(const u8 *p)
{
	return (s32)(p[0] | (u32)p[1] << 8 | (u32)p[2] << 16 | (u32)p[3] << 24);
}

static void put32(u8 *p, u32 value)
{
	p[0] = value;
	p[1] = value >> 8;
	p[2] = value >> 16;
	p[3] = value >> 24;
}

static bool inside(const struct alt_range *range, u64 at, u64 len)
{
	return at >= range->start && at <= range->end && len <= range->end - at;
}

static u64 site_address(const struct alt_context *ctx, u32 i)
{
	return ctx->records_at + i * sizeof(struct alt_instr) + (s64)ctx->records[i].instr_offset;
}

static u64 repl_address(const struct alt_context *ctx, u32 i)
{
	return ctx->records_at + i * sizeof(struct alt_instr) +
	       offsetof(struct alt_instr, repl_offset) + (s64)ctx->records[i].repl_offset;
}

u64 alt_call_slot(const u8 *bytes, u64 site)
{
	if (bytes[0] != 0xff || bytes[1] != 0x15)
		return 0;
	return site + CALL_INDIRECT_LEN + (s64)get32(bytes + 2);
}

static bool condition_holds(const struct alt_context *ctx, const struct alt_instr *a)
{
	bool has = ctx->caps[a->cpuid / 32] >> (a->cpuid % 32) & 1;

	return has != !!(a->flags & ALT_FLAG_NOT);
}

/* What can be said of a record on its own. */
static enum alt_error check_record(const struct alt_context *ctx, u32 i)
{
	const struct alt_instr *a = &ctx->records[i];

	if (a->cpuid >= ctx->nr_features)
		return ALT_ERR_FEATURE;
	if (a->flags & ~ALT_FLAGS_MASK)
		return ALT_ERR_FLAGS;
	if (!a->instrlen || a->instrlen > ALT_MAX_SITE)
		return ALT_ERR_SITE_LENGTH;
	if (!inside(&ctx->text, site_address(ctx, i), a->instrlen))
		return ALT_ERR_SITE;
	if (a->replacementlen > a->instrlen)
		return ALT_ERR_REPL_LENGTH;
	if (!inside(&ctx->repl, repl_address(ctx, i), a->replacementlen))
		return ALT_ERR_REPL;
	return ALT_OK;
}

/*
 * A replacement assembled at `from` will run at `to`. A relative operand whose target is outside
 * the replacement must count `from - to` more:
 *
 *   target = from + at + length + disp  =  to + at + length + (disp + from - to)
 */
static enum alt_error relocate(u8 *bytes, unsigned int len, u64 from, u64 to)
{
	unsigned int at;
	struct insn insn;

	for (at = 0; at < len; at += insn.length) {
		s64 disp;
		u64 target;

		if (insn_decode(&insn, bytes + at, len - at))
			return ALT_ERR_INSN;
		if (!insn.disp)
			continue;
		disp = insn.disp_size == 1 ? (s8)bytes[at + insn.disp]
					   : get32(bytes + at + insn.disp);
		target = at + insn.length + disp; /* from the replacement's start */
		if (target <= len)
			continue;
		disp += from - to;
		if (insn.disp_size == 1) {
			if (disp != (s8)disp)
				return ALT_ERR_DISPLACEMENT;
			bytes[at + insn.disp] = disp;
		} else {
			if (disp != (s32)disp)
				return ALT_ERR_DISPLACEMENT;
			put32(bytes + at + insn.disp, disp);
		}
	}
	return ALT_OK;
}

/* The call of a paravirt site, to whatever this machine's slot holds. */
static enum alt_error plan_direct_call(const struct alt_context *ctx, const u8 *original,
				       const u8 *repl, const struct alt_instr *a,
				       struct alt_plan *plan)
{
	u64 slot = alt_call_slot(original, plan->site);
	const u8 *p;
	s64 disp;

	if (plan->len < CALL_INDIRECT_LEN || !slot)
		return ALT_ERR_CALL_SITE;
	if (a->replacementlen != CALL_LEN || repl[0] != 0xe8)
		return ALT_ERR_CALL_REPL;
	if (!inside(&ctx->slots, slot, 8) || (slot - ctx->slots.start) % 8)
		return ALT_ERR_SLOT;
	p = ctx->slots.bytes + (slot - ctx->slots.start);
	plan->target = (u32)get32(p) | (u64)(u32)get32(p + 4) << 32;
	plan->kind = ALT_CALL;
	if (plan->target == ctx->nop_func) {
		plan->kind = ALT_NOP;
		alt_pad(plan->bytes, plan->len);
		return ALT_OK;
	}
	if (!plan->target) {
		plan->kind = ALT_TRAP;
		plan->target = ctx->bug_func;
	}
	disp = plan->target - (plan->site + CALL_LEN);
	if (disp != (s32)disp)
		return ALT_ERR_DISPLACEMENT;
	plan->bytes[0] = 0xe8;
	put32(plan->bytes + 1, disp);
	alt_pad(plan->bytes + CALL_LEN, plan->len - CALL_LEN);
	return ALT_OK;
}

enum alt_error alt_plan(const struct alt_context *ctx, u32 record, u64 prev_site, u64 prev_end,
			struct alt_plan *plan)
{
	const struct alt_instr *a;
	const u8 *original, *repl;
	enum alt_error error;
	unsigned int i;

	plan->record = record;
	plan->site = site_address(ctx, record);
	plan->len = 0;
	plan->winner = -1;
	plan->target = 0;
	plan->kind = ALT_ORIGINAL;
	for (i = record; i < ctx->nr_records && site_address(ctx, i) == plan->site; i++) {
		error = check_record(ctx, i);
		if (error) {
			plan->record = i;
			return error;
		}
		if (ctx->records[i].instrlen > plan->len)
			plan->len = ctx->records[i].instrlen;
		if (condition_holds(ctx, &ctx->records[i]))
			plan->winner = i;
	}
	plan->next = i;
	if (plan->site < prev_site)
		return ALT_ERR_ORDER;
	if (plan->site < prev_end)
		return ALT_ERR_OVERLAP;

	original = ctx->text.bytes + (plan->site - ctx->text.start);
	if (plan->winner < 0) {
		for (i = 0; i < plan->len; i++)
			plan->bytes[i] = original[i];
		return ALT_OK;
	}
	a = &ctx->records[plan->winner];
	repl = ctx->repl.bytes + (repl_address(ctx, plan->winner) - ctx->repl.start);
	if (a->flags & ALT_FLAG_DIRECT_CALL) {
		error = plan_direct_call(ctx, original, repl, a, plan);
	} else {
		plan->kind = ALT_NATIVE;
		for (i = 0; i < a->replacementlen; i++)
			plan->bytes[i] = repl[i];
		error = relocate(plan->bytes, a->replacementlen, repl_address(ctx, plan->winner),
				 plan->site);
		alt_pad(plan->bytes + a->replacementlen, plan->len - a->replacementlen);
	}
	if (error)
		plan->record = plan->winner;
	return error;
}

const char *alt_error_text(enum alt_error error)
{
	static const char *const text[] = {
		[ALT_OK] = "is well formed",
		[ALT_ERR_FEATURE] = "names a feature beyond the feature table",
		[ALT_ERR_FLAGS] = "has an unknown flag",
		[ALT_ERR_SITE] = "has a site outside the kernel's text",
		[ALT_ERR_SITE_LENGTH] = "has a site of no length or of more than 32 bytes",
		[ALT_ERR_ORDER] = "has a site below the one before it; sites must ascend",
		[ALT_ERR_OVERLAP] = "has a site that begins inside the one before it",
		[ALT_ERR_REPL] = "has a replacement outside .altinstr_replacement",
		[ALT_ERR_REPL_LENGTH] = "has a replacement longer than its site",
		[ALT_ERR_INSN] = "has a replacement that does not decode",
		[ALT_ERR_DISPLACEMENT] = "has an operand that does not reach its target any more",
		[ALT_ERR_CALL_SITE] = "is a direct call, but its site is not call *slot(%rip)",
		[ALT_ERR_CALL_REPL] = "is a direct call, but its replacement is not call rel32",
		[ALT_ERR_SLOT] = "is a direct call through something that is no slot of pv_ops",
	};

	return text[error];
}
