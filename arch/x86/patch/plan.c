/* SPDX-License-Identifier: MIT */
/*
 * alt_plan(): the one decision of the patcher, without a side effect. Compiled into the kernel,
 * where apply.c writes what it yields, and into the host's tools and tests.
 *
 *   1. The consecutive records of one address are one site, as long as the longest of them.
 *   2. The last record whose condition holds wins; with none the original bytes stay.
 *   3. A DIRECT_CALL's target is what the slot holds that the original names.
 *   4. emit.c moves the form to its site and fills the rest.
 *
 * What does not fit this is refused: a patcher that guesses damages text.
 */
#include <asm/alt_plan.h>
#include <asm/insn.h>

#define CALL_LEN	  5 /* e8 rel32 */
#define CALL_INDIRECT_LEN 6 /* ff 15 disp32 */

static const u8 xor_rax[] = { 0x48, 0x31, 0xc0 }; /* 3 bytes, so that 3 prefixes fill a site */

static s32 get32(const u8 *p)
{
	return (s32)(p[0] | (u32)p[1] << 8 | (u32)p[2] << 16 | (u32)p[3] << 24);
}

static bool inside(const struct alt_range *range, u64 at, u64 len)
{
	return at >= range->start && at <= range->end && len <= range->end - at;
}

u64 alt_call_slot(const u8 *bytes, u64 site)
{
	if (bytes[0] != 0xff || bytes[1] != 0x15)
		return 0;
	return site + CALL_INDIRECT_LEN + (s64)get32(bytes + 2);
}

/*
 * The 5 bytes of a direct call in a site of 6 or more. A CS prefix makes it 6: Linux pads the calls
 * of its retpolines in the same way.
 */
static enum alt_error plan_call(struct alt_plan *plan)
{
	unsigned int gap = plan->len - CALL_LEN, n = 0;
	s64 disp;

	if (gap <= MAX_PREFIXES)
		while (n < gap)
			plan->bytes[n++] = CS_PREFIX;
	plan->bytes[n++] = 0xe8;
	disp = plan->target - (plan->site + n + 4);
	if (disp != (s32)disp)
		return ALT_ERR_DISPLACEMENT;
	plan->bytes[n++] = disp;
	plan->bytes[n++] = disp >> 8;
	plan->bytes[n++] = disp >> 16;
	plan->bytes[n++] = disp >> 24;
	alt_pad(plan->bytes + n, plan->len - n);
	return ALT_OK;
}

/* The call of a paravirt site, to whatever this machine's slot holds. */
static enum alt_error plan_direct_call(const struct alt_context *ctx, const u8 *original,
				       const u8 *repl, const struct alt_instr *a,
				       struct alt_plan *plan)
{
	u64 slot = alt_call_slot(original, plan->site);
	const u8 *p;

	if (plan->len < CALL_INDIRECT_LEN || !slot)
		return ALT_ERR_CALL_SITE;
	if (a->replacementlen != CALL_LEN || repl[0] != 0xe8)
		return ALT_ERR_CALL_REPL;
	if (!inside(&ctx->slots, slot, 8) || (slot - ctx->slots.start) % 8)
		return ALT_ERR_SLOT;
	p = ctx->slots.bytes + (slot - ctx->slots.start);
	plan->target = (u32)get32(p) | (u64)(u32)get32(p + 4) << 32;
	if (plan->target == ctx->nop_func) {
		plan->kind = ALT_NOP;
		alt_pad(plan->bytes, plan->len);
		return ALT_OK;
	}
	if (plan->target == ctx->ret0_func) {
		plan->kind = ALT_RET0;
		return alt_emit(plan->bytes, plan->len, plan->site, xor_rax, sizeof(xor_rax), 0,
				ctx->memo);
	}
	plan->kind = ALT_CALL;
	if (!plan->target) {
		plan->kind = ALT_TRAP;
		plan->target = ctx->bug_func;
	}
	return plan_call(plan);
}

/* The original, but what the macros padded it with executes as one. */
static enum alt_error plan_original(const u8 *original, struct alt_plan *plan)
{
	unsigned int len = 0, pad;
	struct insn insn;

	for (;;) {
		for (pad = len; pad < plan->len && original[pad] == 0x90; pad++)
			;
		if (pad == plan->len)
			break;
		if (insn_decode(&insn, original + len, plan->len - len))
			return ALT_ERR_INSN;
		len += insn.length;
	}
	return alt_emit(plan->bytes, plan->len, plan->site, original, len, plan->site, NULL);
}

/* The form that won: its place and length are checked here, so that a loser costs nothing. */
static enum alt_error plan_winner(const struct alt_context *ctx, const struct alt_instr *a, u64 at,
				  const u8 *original, struct alt_plan *plan)
{
	u64 repl = at + offsetof(struct alt_instr, repl_offset) + (s64)a->repl_offset;
	const u8 *bytes = ctx->repl.bytes + (repl - ctx->repl.start);

	plan->winner = plan->record = a - ctx->records;
	if (a->replacementlen > a->instrlen)
		return ALT_ERR_REPL_LENGTH;
	if (!inside(&ctx->repl, repl, a->replacementlen))
		return ALT_ERR_REPL;
	if (a->flags & ALT_FLAG_DIRECT_CALL)
		return plan_direct_call(ctx, original, bytes, a, plan);
	plan->kind = ALT_NATIVE;
	return alt_emit(plan->bytes, plan->len, plan->site, bytes, a->replacementlen, repl,
			ctx->memo);
}

enum alt_error alt_plan(const struct alt_context *ctx, u32 record, u64 prev_site, u64 prev_end,
			struct alt_plan *plan)
{
	const struct alt_instr *first = &ctx->records[record], *a = first, *winner = NULL;
	const struct alt_instr *end = &ctx->records[ctx->nr_records];
	u64 at = ctx->records_at + record * sizeof(*a), site = at + (s64)a->instr_offset;
	unsigned int len = 0, flags = 0, i;
	enum alt_error error = ALT_OK;
	const u8 *original;

	plan->site = site;
	plan->record = record;
	plan->winner = -1;
	plan->target = 0;
	plan->kind = ALT_ORIGINAL;
	do {
		u32 feature = a->cpuid, has;

		if (a->flags & ~ALT_FLAGS_MASK)
			error = ALT_ERR_FLAGS;
		else if (feature >= ctx->nr_features)
			error = ALT_ERR_FEATURE;
		if (error) {
			plan->record = a - ctx->records;
			return error;
		}
		has = ctx->caps[feature / 32] >> (feature % 32);
		if ((has ^ a->flags / ALT_FLAG_NOT) & 1)
			winner = a;
		len = max(len, a->instrlen);
		flags |= a->flags;
		a++;
	} while (a < end && at + (s64)((u64)a - (u64)first) + (s64)a->instr_offset == site);
	plan->next = record + (a - first);
	plan->len = len;
	if (len - 1 >= ALT_MAX_SITE)
		return ALT_ERR_SITE_LENGTH;
	if (!inside(&ctx->text, site, len))
		return ALT_ERR_SITE;
	if (site < prev_end)
		return site < prev_site ? ALT_ERR_ORDER : ALT_ERR_OVERLAP;

	original = ctx->text.bytes + (site - ctx->text.start);
	if (ctx->only_required && !(flags & ALT_FLAG_REQUIRED)) {
		for (i = 0; i < len; i++)
			plan->bytes[i] = original[i];
		return ALT_OK;
	}
	if (!winner)
		return plan_original(original, plan);
	error = plan_winner(ctx, winner, at + ((u64)winner - (u64)first), original, plan);
	if (!error)
		plan->record = record;
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
