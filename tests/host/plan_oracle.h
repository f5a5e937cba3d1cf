/* SPDX-License-Identifier: MIT */
/*
 * What a plan must be, worked out a second time for plan_test.c and fuzz_plan.c: capstone reads
 * the form at its own address and the planned bytes at the site, and the two have to be the same
 * instructions with the same targets, followed by at most one that does nothing. Of the planner
 * nothing is used but its context; insn_decode() only says where capstone is not to be believed.
 */
#ifndef PLAN_ORACLE_H
#define PLAN_ORACLE_H

#include <string.h>
#include <capstone/capstone.h>
#include <asm/alt_plan.h>
#include <asm/insn.h>

static csh oracle_capstone;
static cs_insn *oracle_form, *oracle_site;

/* Not a fault: capstone and the decoder see the form differently (insn_test.c knows where). */
static const char oracle_declines[] = "capstone and the decoder see the form differently";

static bool oracle_open(void)
{
	if (cs_open(CS_ARCH_X86, CS_MODE_64, &oracle_capstone))
		return false;
	cs_option(oracle_capstone, CS_OPT_DETAIL, CS_OPT_ON);
	oracle_form = cs_malloc(oracle_capstone);
	oracle_site = cs_malloc(oracle_capstone);
	return true;
}

static bool oracle_disassemble(cs_insn *insn, const u8 *bytes, size_t len, u64 at)
{
	return cs_disasm_iter(oracle_capstone, &bytes, &len, &at, insn) &&
	       insn->size <= INSN_MAX_LENGTH;
}

/* Where the bytes of a relative operand lie and what it points to. */
static bool oracle_relative(const cs_insn *insn, unsigned int *offset, unsigned int *size,
			    u64 *target)
{
	const cs_x86 *x86 = &insn->detail->x86;
	int i;

	for (i = 0; i < insn->detail->groups_count; i++) {
		if (insn->detail->groups[i] != X86_GRP_BRANCH_RELATIVE)
			continue;
		*offset = x86->encoding.imm_offset;
		*size = insn->size - *offset;
		*target = x86->operands[0].imm;
		return true;
	}
	for (i = 0; i < x86->op_count; i++) {
		if (x86->operands[i].type != X86_OP_MEM ||
		    (x86->operands[i].mem.base != X86_REG_RIP &&
		     x86->operands[i].mem.base != X86_REG_EIP))
			continue;
		*offset = x86->encoding.disp_offset;
		*size = 4;
		*target = insn->address + insn->size + x86->operands[i].mem.disp;
		return true;
	}
	return false;
}

/* sysret by its bytes: capstone 5 has another name for it with REX.W, which capstone 4 lacks. */
static bool oracle_leaves(const cs_insn *insn)
{
	unsigned int id = insn->id;

	return id == X86_INS_JMP || id == X86_INS_RET || id == X86_INS_IRET ||
	       id == X86_INS_IRETD || id == X86_INS_IRETQ || id == X86_INS_UD2 ||
	       (!memcmp(insn->detail->x86.opcode, "\x0f\x07", 2) &&
		cs_insn_group(oracle_capstone, insn, X86_GRP_PRIVILEGE));
}

/* Nothing, one NOP, one jump to the end over int3; behind what leaves, int3 alone will do. */
static const char *oracle_padding(const u8 *bytes, unsigned int len, u64 at, bool leaves)
{
	unsigned int i = 0;

	if (!len)
		return NULL;
	if (!leaves || *bytes != 0xcc) {
		if (!oracle_disassemble(oracle_site, bytes, len, at))
			return "padding does not decode";
		i = oracle_site->size;
		if (oracle_site->id == X86_INS_NOP)
			return i == len ? NULL : "padding executes more than one instruction";
		if (oracle_site->id != X86_INS_JMP || len <= 11 || /* the longest NOP */
		    (u64)oracle_site->detail->x86.operands[0].imm != at + len)
			return "padding is neither a NOP nor a jump to the site's end";
	}
	for (; i < len; i++)
		if (bytes[i] != 0xcc)
			return "what is not executed is not int3";
	return NULL;
}

/* Does the site hold these instructions? */
static const char *oracle_compare(const struct alt_plan *plan, const u8 *form, unsigned int len,
				  u64 from)
{
	unsigned int at, end = 0, stretched = 0, extra, i, legacy, offset, size, offset2, size2;
	bool leaves = false, inner = false, to_end = false;
	struct insn insn;
	u64 target, now;

	for (at = 0; at < len; at += oracle_form->size) {
		bool is_relative;

		if (!oracle_disassemble(oracle_form, form + at, len - at, from + at) ||
		    insn_decode(&insn, form + at, len - at) || insn.length != oracle_form->size)
			return oracle_declines;
		is_relative = oracle_relative(oracle_form, &offset, &size, &target);
		if (insn.disp && (!is_relative || insn.disp != offset ||
				  (insn.kind != INSN_RIP && (oracle_form->detail->x86.prefix[2] ||
							     oracle_form->detail->x86.prefix[3]))))
			return oracle_declines; /* 66 or 67 before a branch: it cuts the target */
		if (!oracle_disassemble(oracle_site, plan->bytes + end, plan->len - end,
					plan->site + end))
			return "a planned instruction does not decode";
		if (oracle_site->id != oracle_form->id || oracle_site->size < oracle_form->size)
			return "a planned instruction is not the form's";

		extra = oracle_site->size - oracle_form->size;
		for (i = legacy = 0; i < extra && plan->bytes[end + i] == CS_PREFIX; i++)
			legacy++;
		if (i < extra && plan->bytes[end + i] == 0x40 && form[at] == 0x0f &&
		    insn.opcode == 1 && !insn.modrm)
			i++;
		if (legacy) {
			legacy += insn.prefixes;
			if (insn.prefixes && (form[at + insn.prefixes - 1] & 0xf0) == 0x40)
				legacy--;
		}
		if (i < extra || legacy > 3 ||
		    (extra && (insn.kind == INSN_JCC || insn.kind == INSN_LOOP)))
			return "an instruction is stretched by what may not stretch it";
		stretched += extra;
		for (i = 0; i < oracle_form->size; i++)
			if (plan->bytes[end + extra + i] != form[at + i] &&
			    !(is_relative && i >= offset && i < offset + size))
				return "a byte of an instruction that is not relative changed";
		if (is_relative) {
			if (!oracle_relative(oracle_site, &offset2, &size2, &now))
				return "a relative operand is none any more";
			to_end |= target == from + len;
			if (target - from <= len) {
				inner = true;
				target = target - from + plan->site;
			} else if (target - plan->site - 1 < plan->len - 1u) {
				return "a target in the middle of the site is gone";
			}
			if (now != target)
				return "a relative operand has another target";
		}
		leaves = oracle_leaves(oracle_form);
		end += oracle_site->size;
	}
	if (stretched && (inner || end != plan->len))
		return "stretched where that moves a target, or in vain";
	return oracle_padding(plan->bytes + end, plan->len - end, plan->site + end,
			      leaves && !to_end);
}

static const char *oracle_call(const struct alt_plan *plan, u64 target)
{
	if (!oracle_disassemble(oracle_site, plan->bytes, plan->len, plan->site) ||
	    oracle_site->id != X86_INS_CALL || oracle_site->detail->x86.op_count != 1 ||
	    oracle_site->detail->x86.operands[0].type != X86_OP_IMM)
		return "the site does not begin with a direct call";
	if ((u64)oracle_site->detail->x86.operands[0].imm != target)
		return "the call goes elsewhere";
	return oracle_padding(plan->bytes + oracle_site->size, plan->len - oracle_site->size,
			      plan->site + oracle_site->size, false);
}

/* What counts of two plans: the bytes behind the site's don't. */
static bool oracle_equal(const struct alt_plan *a, const struct alt_plan *b)
{
	return !memcmp(a, b, offsetof(struct alt_plan, bytes) + min(a->len, ALT_MAX_SITE));
}

/* What is wrong with an accepted plan, or NULL. ctx has the original text. */
static const char *oracle(const struct alt_context *ctx, const struct alt_plan *plan)
{
	const u8 *original = ctx->text.bytes + (plan->site - ctx->text.start);
	const struct alt_instr *a = NULL, *winner = NULL;
	unsigned int len = 0, i;
	bool required = false;
	u64 at, slot, func;
	const u8 *repl;

	for (i = plan->record; i < ctx->nr_records; i++) {
		a = &ctx->records[i];
		if (ctx->records_at + 14ull * i + (s64)a->instr_offset != plan->site)
			break;
		if (a->cpuid >= ctx->nr_features || a->flags > 7)
			return "a feature or a flag that nobody knows";
		len = max(len, a->instrlen);
		required |= a->flags & ALT_FLAG_REQUIRED;
		if ((ctx->caps[a->cpuid / 32] >> a->cpuid % 32 & 1) != (a->flags & ALT_FLAG_NOT))
			winner = a;
	}
	if (ctx->mode == ALT_ONLY_REQUIRED && !required)
		winner = NULL;
	a = &ctx->records[plan->record];
	if (winner && ctx->mode == ALT_ONLY_CALLS && a->flags & ALT_FLAG_DIRECT_CALL)
		winner = a;
	if (plan->len != len || plan->next != i ||
	    plan->winner != (winner ? winner - ctx->records : -1))
		return "length, next record or winner is not what the table says";
	if (!winner && ctx->mode == ALT_ONLY_REQUIRED)
		return memcmp(plan->bytes, original, len) ? "nopatch, and it changed" : NULL;
	if (!winner) { /* the shortest beginning that whole instructions make, and 0x90 behind it */
		for (i = 0; i < len; i += oracle_form->size) {
			const u8 *p = original + i;

			while (p < original + len && *p == 0x90)
				p++;
			if (p == original + len)
				break;
			if (!oracle_disassemble(oracle_form, original + i, len - i, plan->site + i))
				return oracle_declines;
		}
		return oracle_compare(plan, original, i, plan->site);
	}
	at = ctx->records_at + 14ull * plan->winner + 4 + (s64)winner->repl_offset;
	if (at < ctx->repl.start || at + winner->replacementlen > ctx->repl.end)
		return "a replacement outside its section";
	repl = ctx->repl.bytes + (at - ctx->repl.start);
	if (!(winner->flags & ALT_FLAG_DIRECT_CALL))
		return oracle_compare(plan, repl, winner->replacementlen, at);

	if (winner->replacementlen != 5 || *repl != 0xe8)
		return "a direct call whose replacement is none";
	if (!oracle_disassemble(oracle_form, original, len, plan->site) ||
	    oracle_form->id != X86_INS_CALL || !oracle_relative(oracle_form, &len, &i, &slot))
		return "a direct call whose site is no call through a slot";
	if ((slot - ctx->slots.start) % 8 || slot < ctx->slots.start || slot + 8 > ctx->slots.end)
		return "a direct call through what is no slot";
	memcpy(&func, ctx->slots.bytes + (slot - ctx->slots.start), 8);
	if (func == ctx->nop_func)
		return oracle_padding(plan->bytes, plan->len, plan->site, false);
	if (func == ctx->ret0_func)
		return oracle_compare(plan, (const u8 *)"\x48\x31\xc0", 3, 0);
	return oracle_call(plan, func ? func : ctx->bug_func);
}

#endif
