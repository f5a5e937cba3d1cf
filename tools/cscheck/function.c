/* SPDX-License-Identifier: MIT */
/* One function: by all of its paths, what it may lose. */
#include <stdlib.h>
#include <string.h>
#include "cscheck.h"

#define MAX_DEPTH 64 /* of calls that are looked into */

csh cs;
static struct function functions[IMAGE_MAX]; /* by offset from KERNEL_BASE */
static unsigned int round;
static bool changed = true;

bool next_round(void)
{
	bool more = changed;

	changed = false;
	round++;
	return more;
}

struct walk {
	u64 start, end;
	unsigned int depth;
	struct state **states; /* by offset from start: what holds before the instruction there */
	u32 *todo;
	unsigned int nr_todo;
	bool returns;
	u32 loses;
};

/* Both ways lead there: what they disagree about nobody knows. */
static void go_to(struct walk *w, u64 at, const struct state *s)
{
	struct state **there = &w->states[at - w->start];
	bool changed = !*there;
	int i;

	if (!*there) {
		*there = malloc(sizeof(**there));
		**there = *s;
	}
	for (i = 0; i < NR_REGS; i++)
		if ((*there)->regs[i].kind && !same_value((*there)->regs[i], s->regs[i])) {
			(*there)->regs[i].kind = UNKNOWN;
			changed = true;
		}
	for (i = 0; i < NR_WORDS; i++)
		if ((*there)->words[i].kind && !same_value((*there)->words[i], s->words[i])) {
			(*there)->words[i].kind = UNKNOWN;
			changed = true;
		}
	if (changed)
		w->todo[w->nr_todo++] = at - w->start;
}

static void leave(struct walk *w, const struct state *s)
{
	int i;

	w->returns = true;
	if (s->regs[RSP].kind != STACK) { /* another stack, as switch_stack(): to C it is a call */
		w->loses |= C_LOSES;
		return;
	}
	for (i = 0; i < NR_REGS; i++)
		if (!same_value(s->regs[i],
				(struct value){ i == RSP ? STACK : FIRST, i == RSP ? 0 : i }))
			w->loses |= BIT(i);
}

/* A call, direct or through memory: what comes back. False: it does not. */
static bool call(struct walk *w, struct state *s, const cs_insn *insn)
{
	u32 loses;
	const cs_x86_op *op = insn->detail->x86.operands;
	u64 target = op->type == X86_OP_IMM ? (u64)op->imm : 0;
	const struct function *f;

	if (through_slot(insn, &loses)) {
		lose(s, loses);
	} else if (image_in_text(target, 1)) {
		f = look_at(target, w->depth + 1);
		lose(s, f->loses);
		return f->returns;
	} else {
		lose(s, C_LOSES);
	}
	return true;
}

/* A jump out of the function: as a call of what it jumps to, and a return. */
static void jump_out(struct walk *w, struct state s, u64 target)
{
	const struct function *f;

	if (!image_in_text(target, 1)) { /* where it goes nobody knows */
		w->returns = true;
		w->loses |= C_LOSES;
		return;
	}
	f = look_at(target, w->depth + 1);
	lose(&s, f->loses);
	if (f->returns)
		leave(w, &s);
}

static void walk(struct walk *w)
{
	size_t size = w->end - w->start;
	const u8 *code = image_at(w->start, size);
	struct state first = { 0 };
	cs_insn *insn = cs_malloc(cs);
	size_t left, i;
	u64 at, to;

	w->states = calloc(size + 1, sizeof(*w->states));
	w->todo = calloc((size + 1) * (NR_REGS + NR_WORDS + 1), sizeof(*w->todo));
	for (i = 0; i < NR_REGS; i++)
		first.regs[i] = (struct value){ FIRST, i };
	first.regs[RSP] = (struct value){ STACK, 0 };
	go_to(w, w->start, &first);
	while (w->nr_todo) {
		u32 offset = w->todo[--w->nr_todo];
		struct state s = *w->states[offset];
		const u8 *p = code + offset;
		const cs_x86_op *op;

		at = w->start + offset;
		left = size - offset;
		if (left > 5 && !memcmp(p, "\x0f\x0bxen", 5)) { /* "emulate", to Xen */
			go_to(w, at + 5, &s);
			continue;
		}
		if (!cs_disasm_iter(cs, &p, &left, &at, insn))
			continue; /* behind a call that does not return, or the end of text */
		op = insn->detail->x86.operands;
		to = insn->detail->x86.op_count && op->type == X86_OP_IMM ? (u64)op->imm : 0;
		if (insn->id == X86_INS_RET) {
			leave(w, &s);
			continue;
		}
		if (insn->id == X86_INS_UD2 || insn->id == X86_INS_INT3 ||
		    cs_insn_group(cs, insn, CS_GRP_IRET))
			continue;
		if (insn->id == X86_INS_CALL) {
			if (!call(w, &s, insn))
				continue;
		} else if (cs_insn_group(cs, insn, CS_GRP_JUMP)) {
			if (to >= w->start && to < w->end)
				go_to(w, to, &s);
			else
				jump_out(w, s, to);
			if (insn->id == X86_INS_JMP)
				continue;
		} else {
			execute(&s, insn);
		}
		if (at < w->end)
			go_to(w, at, &s);
		else if (w->end < image_etext) /* as assembly does */
			jump_out(w, s, w->end);
	}
	for (i = 0; i <= size; i++)
		free(w->states[i]);
	free(w->states);
	free(w->todo);
	cs_free(insn, 1);
}

/* The function that holds the address, from there on: by all of its paths. */
const struct function *look_at(u64 at, unsigned int depth)
{
	static const struct function deep = { 0, true, C_LOSES };
	struct function *f = &functions[at - KERNEL_BASE];
	struct walk w = { .start = at, .depth = depth };
	u64 from, to;
	u32 i;

	if (depth > MAX_DEPTH)
		return &deep;
	if (f->round == round)
		return f;
	f->round = round;
	for (i = 0; i < image_symbols->nr; i++) {
		image_function(i, &from, &to);
		if (at >= from && at < to)
			w.end = to;
	}
	if (w.end)
		walk(&w);
	changed |= w.returns > f->returns || w.loses & ~f->loses;
	f->returns |= w.returns;
	f->loses |= w.loses;
	return f;
}
