/* SPDX-License-Identifier: MIT */
/* One instruction: what the registers and the words of the frame hold after it. */
#include <string.h>
#include "cscheck.h"

#define SYSCALL_LOSES \
	(BIT(RAX) | BIT(RCX) | BIT(R11) | BIT(RDI) | BIT(RSI) | BIT(RDX) | BIT(R10) | BIT(R8))

/* The number of a general register or of a part of it, and whether it is all of it; -1 for others.
 */
static int reg_number(x86_reg reg, bool *whole)
{
	static const x86_reg table[NR_REGS][5] = {
		{ X86_REG_RAX, X86_REG_EAX, X86_REG_AX, X86_REG_AL, X86_REG_AH },
		{ X86_REG_RCX, X86_REG_ECX, X86_REG_CX, X86_REG_CL, X86_REG_CH },
		{ X86_REG_RDX, X86_REG_EDX, X86_REG_DX, X86_REG_DL, X86_REG_DH },
		{ X86_REG_RBX, X86_REG_EBX, X86_REG_BX, X86_REG_BL, X86_REG_BH },
		{ X86_REG_RSP, X86_REG_ESP, X86_REG_SP, X86_REG_SPL },
		{ X86_REG_RBP, X86_REG_EBP, X86_REG_BP, X86_REG_BPL },
		{ X86_REG_RSI, X86_REG_ESI, X86_REG_SI, X86_REG_SIL },
		{ X86_REG_RDI, X86_REG_EDI, X86_REG_DI, X86_REG_DIL },
		{ X86_REG_R8, X86_REG_R8D, X86_REG_R8W, X86_REG_R8B },
		{ X86_REG_R9, X86_REG_R9D, X86_REG_R9W, X86_REG_R9B },
		{ X86_REG_R10, X86_REG_R10D, X86_REG_R10W, X86_REG_R10B },
		{ X86_REG_R11, X86_REG_R11D, X86_REG_R11W, X86_REG_R11B },
		{ X86_REG_R12, X86_REG_R12D, X86_REG_R12W, X86_REG_R12B },
		{ X86_REG_R13, X86_REG_R13D, X86_REG_R13W, X86_REG_R13B },
		{ X86_REG_R14, X86_REG_R14D, X86_REG_R14W, X86_REG_R14B },
		{ X86_REG_R15, X86_REG_R15D, X86_REG_R15W, X86_REG_R15B },
	};
	int i, k;

	for (i = 0; i < NR_REGS; i++)
		for (k = 0; k < 5; k++)
			if (reg != X86_REG_INVALID && table[i][k] == reg) {
				if (whole)
					*whole = !k;
				return i;
			}
	return -1;
}

const char *reg_name(int n)
{
	static const char *const reg_names[NR_REGS] = { "rax", "rcx", "rdx", "rbx", "rsp", "rbp",
							"rsi", "rdi", "r8",  "r9",  "r10", "r11",
							"r12", "r13", "r14", "r15" };

	return reg_names[n];
}

static struct value *word_at(struct state *s, s32 n)
{
	return n < 0 && n % 8 == 0 && -n / 8 <= NR_WORDS ? &s->words[-n / 8 - 1] : NULL;
}

void lose(struct state *s, u32 mask)
{
	int i;

	for (i = 0; i < NR_REGS; i++)
		if (mask >> i & 1)
			s->regs[i] = (struct value){ UNKNOWN, 0 };
}

/* Where a memory operand lies in the frame, as first rsp + n. */
static bool in_frame(const struct state *s, const x86_op_mem *mem, s32 *n)
{
	bool whole;
	int base = reg_number(mem->base, &whole);

	if (base < 0 || !whole || mem->index != X86_REG_INVALID ||
	    mem->segment != X86_REG_INVALID || s->regs[base].kind != STACK)
		return false;
	*n = s->regs[base].n + mem->disp;
	return true;
}

static struct value load(struct state *s, const cs_x86_op *op)
{
	struct value unknown = { UNKNOWN, 0 };
	struct value *word;
	bool whole;
	int reg;
	s32 n;

	if (op->size != 8)
		return unknown;
	if (op->type == X86_OP_REG) {
		reg = reg_number(op->reg, &whole);
		return reg >= 0 && whole ? s->regs[reg] : unknown;
	}
	if (op->type != X86_OP_MEM || !in_frame(s, &op->mem, &n))
		return unknown;
	word = word_at(s, n);
	return word ? *word : unknown;
}

/* Of memory: all words that it may touch. A write elsewhere is none to the frame. */
static void store(struct state *s, const cs_x86_op *op, struct value v)
{
	struct value *word;
	s32 n, at;
	int reg;

	if (op->type == X86_OP_REG) {
		reg = reg_number(op->reg, NULL);
		if (reg >= 0)
			s->regs[reg] = v;
	} else if (op->type == X86_OP_MEM && in_frame(s, &op->mem, &n)) {
		for (at = n & ~7; at < n + op->size; at += 8)
			if ((word = word_at(s, at)))
				*word = op->size == 8 && at == n ? v : (struct value){ UNKNOWN, 0 };
	}
}

static void push(struct state *s, struct value v)
{
	struct value *word;

	if (s->regs[RSP].kind != STACK)
		return;
	s->regs[RSP].n -= 8;
	word = word_at(s, s->regs[RSP].n);
	if (word)
		*word = v;
}

static struct value pop(struct state *s)
{
	struct value *word = NULL, unknown = { UNKNOWN, 0 };

	if (s->regs[RSP].kind != STACK)
		return unknown;
	word = word_at(s, s->regs[RSP].n);
	s->regs[RSP].n += 8;
	return word ? *word : unknown;
}

void execute(struct state *s, const cs_insn *insn)
{
	const cs_x86_op *op = insn->detail->x86.operands;
	u8 nr_reads, nr_writes, i;
	cs_regs reads, writes;
	struct value v;
	int reg;
	s32 n;

	switch (insn->id) {
	case X86_INS_PUSH:
		push(s, load(s, op));
		return;
	case X86_INS_PUSHFQ:
		push(s, (struct value){ UNKNOWN, 0 });
		return;
	case X86_INS_POP:
		v = pop(s);
		store(s, op, v);
		return;
	case X86_INS_POPFQ:
		pop(s);
		return;
	case X86_INS_LEAVE:
		s->regs[RSP] = s->regs[RBP];
		s->regs[RBP] = pop(s);
		return;
	case X86_INS_MOV:
	case X86_INS_MOVABS:
		store(s, op, load(s, op + 1));
		return;
	case X86_INS_XCHG:
		v = load(s, op);
		store(s, op, load(s, op + 1));
		store(s, op + 1, v);
		return;
	case X86_INS_LEA:
		v = (struct value){ UNKNOWN, 0 };
		if (in_frame(s, &op[1].mem, &n))
			v = (struct value){ STACK, n };
		store(s, op, v);
		return;
	case X86_INS_ADD:
	case X86_INS_SUB:
		v = load(s, op);
		if (v.kind == STACK && op[1].type == X86_OP_IMM) {
			v.n += insn->id == X86_INS_ADD ? op[1].imm : -op[1].imm;
			store(s, op, v);
			return;
		}
		break;
	case X86_INS_SYSCALL:
		lose(s, SYSCALL_LOSES);
		return;
	}
	if (cs_regs_access(cs, insn, reads, &nr_reads, writes, &nr_writes))
		nr_writes = 0;
	for (i = 0; i < nr_writes; i++)
		if ((reg = reg_number(writes[i], NULL)) >= 0)
			s->regs[reg] = (struct value){ UNKNOWN, 0 };
	for (i = 0; i < insn->detail->x86.op_count; i++)
		if (op[i].type == X86_OP_MEM && op[i].access & CS_AC_WRITE)
			store(s, &op[i], (struct value){ UNKNOWN, 0 });
}
