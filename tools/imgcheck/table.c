/* SPDX-License-Identifier: MIT */
/*
 * The patch table: alt_plan() takes every record, whatever the features; a site begins and ends
 * between instructions, holds nothing privileged and is not in .noinstr.text; a replacement leaves
 * the stack as it was and does not jump into itself.
 */
#include <string.h>
#include <asm/alt_plan.h>
#include "imgcheck.h"

static u32 caps[NCAPINTS];
static struct alt_context ctx;

static void blame(u32 i, const char *what, const char *more)
{
	const struct alt_instr *a = &ctx.records[i];

	finding("record %u (site %s, feature %u, flags %x, lengths %u and %u) %s%s", i,
		where(ctx.records_at + i * sizeof(*a) + a->instr_offset), a->cpuid, a->flags,
		a->instrlen, a->replacementlen, what, more);
}

/* By how much the last instruction moves the stack pointer down; false when that can't be told. */
static bool stack_step(s64 *depth)
{
	const cs_x86 *x86 = &insn->detail->x86;
	const cs_x86_op *op = x86->operands;
	bool to_sp = x86->op_count && op->type == X86_OP_REG && op->reg == X86_REG_RSP;
	bool of_8_bytes = !x86->prefix[2], sub = insn->id == X86_INS_SUB;
	bool push = insn->id == X86_INS_PUSH || insn->id == X86_INS_PUSHFQ;
	bool pop = insn->id == X86_INS_POP || insn->id == X86_INS_POPFQ;
	u8 nr_reads, nr = 0;
	cs_regs reads, writes;

	if (insn->id == X86_INS_CALL)
		return true;
	if ((push && of_8_bytes) || (pop && of_8_bytes && !to_sp)) {
		*depth += push ? 8 : -8;
		return true;
	}
	if ((sub || insn->id == X86_INS_ADD) && to_sp && op[1].type == X86_OP_IMM) {
		*depth += sub ? op[1].imm : -op[1].imm;
		return true;
	}
	cs_regs_access(cs, insn, reads, &nr_reads, writes, &nr);
	while (nr--)
		if (writes[nr] == X86_REG_RSP || writes[nr] == X86_REG_ESP ||
		    writes[nr] == X86_REG_SP || writes[nr] == X86_REG_SPL)
			return false;
	return true;
}

/* pushf; pop %rax leaves the stack as it was. A call comes back as it went; a jump may leave. */
static void check_replacement(u32 i)
{
	const struct alt_instr *a = &ctx.records[i];
	struct alt_context alone = ctx;
	u64 start = ctx.records_at + i * sizeof(*a) + 4 + a->repl_offset;
	u64 end = start + a->replacementlen, to;
	struct code c = { NULL, end - start, start };
	const cs_x86_op *op = insn->detail->x86.operands;
	struct alt_plan plan;
	enum alt_error error;
	bool gone = false; /* by an instruction that does not come back */
	s64 depth = 0;

	memset(caps, a->flags & ALT_FLAG_NOT ? 0 : 0xff, sizeof(caps));
	alone.records = a;
	alone.records_at += i * sizeof(*a);
	alone.nr_records = 1;
	error = alt_plan(&alone, 0, 0, 0, &plan);
	memset(caps, 0, sizeof(caps));
	if (error) {
		blame(i, alt_error_text(error), ", where it alone decides");
		return;
	}
	c.p = bytes_at(start, c.left);
	while (step(&c)) {
		bool jump = cs_insn_group(cs, insn, X86_GRP_JUMP) ||
			    cs_insn_group(cs, insn, X86_GRP_BRANCH_RELATIVE);
		bool ret = insn->id == X86_INS_RET, jmp = insn->id == X86_INS_JMP;

		to = jump && op->type == X86_OP_IMM ? (u64)op->imm : 0;
		if (to >= start && to < end)
			blame(i, "has a replacement that jumps into itself", "");
		if (!gone && depth && (ret || (jump && !jmp && insn->id != X86_INS_CALL)))
			blame(i, "has a replacement that may leave with something pushed", "");
		gone |= ret || privilege_is("iret") || privilege_is("sysret") || (jmp && to != end);
		if (!stack_step(&depth) && !gone)
			blame(i, "has a replacement that sets ", "the stack pointer");
	}
	if (c.left || (depth && !gone))
		blame(i, "has a replacement that ",
		      c.left ? "does not decode" : "does not leave the stack as it was");
}

/* Every site, as it is (once) and as it would be. */
static void check_plans(const char *when, bool once)
{
	u64 prev_site = 0, prev_end = 0;
	struct alt_plan plan;
	struct code c;
	u32 i;

	for (plan.next = 0; plan.next < ctx.nr_records;) {
		enum alt_error error = alt_plan(&ctx, plan.next, prev_site, prev_end, &plan);

		prev_site = error ? 0 : plan.site;
		prev_end = error ? 0 : plan.site + plan.len;
		if (error) {
			blame(plan.record, alt_error_text(error), when);
			plan.next = plan.record + 1;
			continue;
		}
		c = (struct code){ plan.bytes, plan.len, plan.site };
		while (step(&c))
			;
		if (c.left)
			blame(plan.record, "is planned to bytes that do not decode", when);
		if (!once)
			continue;
		if (within(plan.site, "__noinstr_text_start", "__noinstr_text_end"))
			blame(plan.record, "lies in .noinstr.text, where nothing may be patched",
			      "");
		if (!begins_insn(plan.site) || !begins_insn(prev_end))
			blame(plan.record, "does not begin and end between instructions", "");
		c = (struct code){ bytes_at(plan.site, plan.len), plan.len, plan.site };
		while (step(&c))
			if (privilege())
				blame(plan.record, "has an original with ", privilege());
		for (i = plan.record; i < plan.next; i++)
			check_replacement(i);
	}
}

static struct alt_range range(const char *start, const char *end)
{
	u64 at = value(start), len = (end ? value(end) : at + named(start)->size) - at;

	if (at + len < at)
		die("%s ends before it begins", start);
	return (struct alt_range){ at, at + len, bytes_at(at, len) };
}

void check_table(void)
{
	struct alt_range table = range("__alt_instructions", "__alt_instructions_end");
	u32 i, r, before = findings;
	char when[40];

	if ((uintptr_t)table.bytes % _Alignof(struct alt_instr))
		die("the patch table lies at the odd address %lx", table.start);
	ctx = (struct alt_context){
		.records = (const void *)table.bytes,
		.records_at = table.start,
		.nr_records = (table.end - table.start) / sizeof(struct alt_instr),
		.nr_features = NCAPINTS * 32,
		.caps = caps,
		.text = range("_text", "_etext"),
		.repl = range("__alt_replacements", "__alt_replacements_end"),
		.slots = range("pv_ops", NULL),
		.nop_func = value("paravirt_nop"),
		.ret0_func = value("paravirt_ret0"),
		.bug_func = value("paravirt_BUG"),
	};
	check_plans(", without any feature", true);
	/* More would only say the same again. */
	for (i = 0; i < NCAPINTS * 32 && findings == before; i++) {
		for (r = 0; r < ctx.nr_records && ctx.records[r].cpuid != i; r++)
			;
		if (r == ctx.nr_records)
			continue;
		snprintf(when, sizeof(when), ", with feature %u alone", i);
		caps[i / 32] = 1u << i % 32;
		check_plans(when, false);
		caps[i / 32] = 0;
	}
	memset(caps, 0xff, sizeof(caps));
	if (findings == before)
		check_plans(", with all features", false);
}
