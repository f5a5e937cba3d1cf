/* SPDX-License-Identifier: MIT */
/*
 * What the parts of cscheck share. insn.c knows what one instruction does to what registers hold,
 * function.c what a whole function may lose, main.c which functions have to keep what.
 */
#ifndef TOOLS_CSCHECK_H
#define TOOLS_CSCHECK_H

#include <capstone/capstone.h>
#include "../image.h"

#define NR_REGS	 16
#define NR_WORDS 128 /* of a frame, below the return address */
enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11 };
#define C_LOSES 0x0fc7 /* System V AMD64 ABI, 3.2.1: rax rcx rdx rsi rdi r8 to r11 */

/* What a register or a word holds: nobody knows, what register n held at first, first rsp + n. */
struct value {
	enum { UNKNOWN, FIRST, STACK } kind;
	s32 n;
};
struct state {
	struct value regs[NR_REGS], words[NR_WORDS]; /* words[i]: at first rsp - 8 * (i + 1) */
};

/* insn.c */
const char *reg_name(int n);
static inline bool same_value(struct value a, struct value b)
{
	return a.kind == b.kind && a.n == b.n;
}
/* Nobody knows what the registers of the mask hold. */
void lose(struct state *s, u32 mask);
/* What does not branch. */
void execute(struct state *s, const cs_insn *insn);

/* function.c */
extern csh cs;
/*
 * What is known of the function at an address of text: from nothing up, in rounds, until a round
 * finds no more. One that calls itself takes what the round before knew.
 */
struct function {
	unsigned int round;
	bool returns;
	u32 loses; /* a bit for each register */
};
const struct function *look_at(u64 at, unsigned int depth);
/* Begins a round; false: the one before found no more. */
bool next_round(void);

/* main.c: does the call go through pv_ops? What that may lose then. */
bool through_slot(const cs_insn *insn, u32 *loses);

#endif
