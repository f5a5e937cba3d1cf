/* SPDX-License-Identifier: MIT */
/*
 * The one decision of the patcher, without a side effect: what a site shall hold. plan.c makes it
 * a function for tools and tests; apply.c's loop has it inline, so that what does not change from
 * site to site stays in registers.
 *
 *   1. The consecutive records of one address are one site, as long as the longest of them.
 *   2. The last record whose condition holds wins; with none the original bytes stay.
 *   3. A DIRECT_CALL's target is what the slot holds that the original names.
 *   4. emit.c moves the form to its site and fills the rest.
 *
 * What does not fit this is refused: a patcher that guesses damages text.
 */
#ifndef PATCH_PLAN_SITE_H
#define PATCH_PLAN_SITE_H

#include <asm/alt_plan.h>
#include <asm/insn.h>

#define CALL_LEN	  5 /* e8 rel32 */
#define CALL_INDIRECT_LEN 6 /* ff 15 disp32 */

static const u8 xor_rax[] = { 0x48, 0x31, 0xc0 }; /* 3 bytes, so that 3 prefixes fill a site */

static inline s32 get32(const u8 *p)
{
	s32 value;

	__builtin_memcpy(&value, p, sizeof(value));
	return value;
}

static inline void put32(u8 *p, u32 value)
{
	__builtin_memcpy(p, &value, sizeof(value));
}

static inline u64 call_slot(const u8 *bytes, u64 site)
{
	return site + CALL_INDIRECT_LEN + (s64)get32(bytes + 2);
}

/*
 * The 5 bytes of a direct call in a site of 6 or more. A CS prefix makes it 6: Linux pads the calls
 * of its retpolines in the same way.
 */
static inline enum alt_error plan_call(struct alt_plan *plan, u8 *out)
{
	unsigned int gap = plan->len - CALL_LEN, n;
	s64 disp;

	if (gap > MAX_PREFIXES)
		gap = 0;
	disp = plan->target - (plan->site + gap + CALL_LEN);
	if (unlikely(disp != (s32)disp))
		return ALT_ERR_DISPLACEMENT;
	for (n = 0; n < gap; n++)
		out[n] = CS_PREFIX;
	out[n] = 0xe8;
	put32(out + n + 1, disp);
	if (unlikely(plan->len > n + CALL_LEN))
		alt_pad(out + n + CALL_LEN, plan->len - n - CALL_LEN);
	return ALT_OK;
}

/* The call of a paravirt site, to whatever this machine's slot holds. */
static inline enum alt_error plan_direct_call(const struct alt_context *ctx, const u8 *original,
					      const u8 *repl, unsigned int repl_len,
					      struct alt_plan *plan, u8 *out)
{
	u64 offset;

	if (plan->len < CALL_INDIRECT_LEN || original[0] != 0xff || original[1] != 0x15)
		return ALT_ERR_CALL_SITE;
	if (repl_len != CALL_LEN || repl[0] != 0xe8)
		return ALT_ERR_CALL_REPL;
	offset = call_slot(original, plan->site) - ctx->slots.start;
	if (offset >= ctx->slots.end - ctx->slots.start || offset % 8)
		return ALT_ERR_SLOT;
	__builtin_memcpy(&plan->target, ctx->slots.bytes + offset, 8);
	if (plan->target == ctx->nop_func) {
		plan->kind = ALT_NOP;
		alt_pad(out, plan->len);
		return ALT_OK;
	}
	if (plan->target == ctx->ret0_func) {
		plan->kind = ALT_RET0;
		return alt_emit(out, plan->len, plan->site, xor_rax, sizeof(xor_rax), 0);
	}
	plan->kind = ALT_CALL;
	if (!plan->target) {
		plan->kind = ALT_TRAP;
		plan->target = ctx->bug_func;
	}
	return plan_call(plan, out);
}

/* alt_emit() for a form of at most 4 bytes, of which 4 can be read, in a site of at most 8. */
static inline enum alt_error emit_short(struct alt_memo *memo, u8 *out, unsigned int room, u64 to,
					const u8 *bytes, unsigned int len, u64 from)
{
	u32 form = (u64)(u32)get32(bytes) << 8 * (4 - len); /* the bytes that count, maybe none */
	u64 key = (u64)form << 8 | (room * 8 + len);
	struct alt_memo_entry *e = &memo->entries[form * 0x9e3779b1u >> 27]; /* Fibonacci hashing */
	enum alt_error error;

	if (unlikely(e->key != key)) {
		error = alt_emit(out, room, to, bytes, len, from);
		if (error || alt_moves(bytes, len))
			return error;
		e->key = key;
		__builtin_memcpy(&e->bytes, out, 8);
		return ALT_OK;
	}
	__builtin_memcpy(out, &e->bytes, 8);
	return ALT_OK;
}

/* plan.c: what happens where no record wins, or none may. */
enum alt_error plan_original(u64 site, unsigned int len, const u8 *original, bool as_it_is,
			     u8 *out);

/* Where a walk through the table stands: a record, its index and its address. */
struct alt_cursor {
	const struct alt_instr *a;
	u64 at;
	u32 i;
};

/*
 * The site at the cursor, which moves to the next site's first record. prev_end is at least where
 * text begins.
 */
static __always_inline enum alt_error plan_site(const struct alt_context *ctx,
						struct alt_cursor *cursor, u64 prev_site,
						u64 prev_end, struct alt_plan *plan, u8 *out)
{
	const struct alt_instr *a = cursor->a, *winner = NULL;
	u64 at = cursor->at, site = at + (s64)a->instr_offset, repl, flags = 0;
	const u8 *original, *bytes;
	unsigned int len = 0;
	u32 i = cursor->i, winner_i = 0;

	plan->record = i;
	plan->winner = -1;
	plan->site = site;
	plan->target = 0;
	do {
		u32 feature = a->cpuid, flag = a->flags;

		if (unlikely(flag & ~ALT_FLAGS_MASK || feature >= ctx->nr_features)) {
			plan->record = i;
			return flag & ~ALT_FLAGS_MASK ? ALT_ERR_FLAGS : ALT_ERR_FEATURE;
		}
		if (((ctx->caps[feature / 32] >> (feature % 32)) ^ (flag / ALT_FLAG_NOT)) & 1) {
			winner = a;
			winner_i = i;
		}
		len = max(len, a->instrlen);
		flags |= flag;
		a++;
		at += sizeof(*a);
	} while (++i < ctx->nr_records && at + (s64)a->instr_offset == site);
	plan->next = i;
	plan->len = len;
	plan->kind = ALT_ORIGINAL;

	if (unlikely(len - 1 >= ALT_MAX_SITE || site < prev_end || site > ctx->text.end - len)) {
		if (len - 1 < ALT_MAX_SITE && site >= ctx->text.start &&
		    site <= ctx->text.end - len)
			return site < prev_site ? ALT_ERR_ORDER : ALT_ERR_OVERLAP;
		while (ctx->records[plan->record].instrlen != len)
			plan->record++; /* the one that says so is to blame */
		return len - 1 < ALT_MAX_SITE ? ALT_ERR_SITE : ALT_ERR_SITE_LENGTH;
	}

	original = ctx->text.bytes + (site - ctx->text.start);
	if (unlikely(ctx->mode != ALT_FULL && winner)) {
		if (ctx->mode == ALT_ONLY_CALLS && cursor->a->flags & ALT_FLAG_DIRECT_CALL) {
			winner = cursor->a;
			winner_i = cursor->i;
		}
		if (ctx->mode == ALT_ONLY_REQUIRED && !(flags & ALT_FLAG_REQUIRED))
			winner = NULL;
	}
	/* The form that won is looked at, so that a loser costs nothing. */
	repl = cursor->at + ((u64)winner - (u64)cursor->a);
	plan->winner = winner_i;
	cursor->a = a;
	cursor->at = at;
	cursor->i = i;
	if (unlikely(!winner)) {
		plan->winner = -1;
		return plan_original(site, len, original, ctx->mode == ALT_ONLY_REQUIRED, out);
	}
	repl += offsetof(struct alt_instr, repl_offset) + (s64)winner->repl_offset;
	plan->record = plan->winner;
	if (unlikely(winner->replacementlen > winner->instrlen))
		return ALT_ERR_REPL_LENGTH;
	if (unlikely(repl < ctx->repl.start || repl > ctx->repl.end - winner->replacementlen))
		return ALT_ERR_REPL;
	bytes = ctx->repl.bytes + (repl - ctx->repl.start);
	if (winner->flags & ALT_FLAG_DIRECT_CALL)
		return plan_direct_call(ctx, original, bytes, winner->replacementlen, plan, out);
	plan->kind = ALT_NATIVE;
	if (unlikely(winner->replacementlen > 4 || len > 8) || unlikely(repl > ctx->repl.end - 4))
		return alt_emit(out, len, site, bytes, winner->replacementlen, repl);
	return emit_short(ctx->memo, out, len, site, bytes, winner->replacementlen, repl);
}

#endif
