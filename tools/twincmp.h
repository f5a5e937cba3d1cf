/* SPDX-License-Identifier: MIT */
/* A text as lists of instructions, for tools/twincmp: twinread.c makes them. */
#ifndef TOOLS_TWINCMP_H
#define TOOLS_TWINCMP_H

#include <types.h>
#include "image.h"

#define MAX_INSNS 2048 /* of a function */

/* What a site executes, seen from the twin. All but SAME and NONE are exceptions with a name. */
enum exception {
	SAME,
	NOP,	 /* behind the instruction: one byte can't be stretched to six by three prefixes */
	NO_OP,	 /* a NOP and nothing else: here the op has nothing to do, and the twin has no op */
	MOV,	 /* the op is the identity, since frames are physical; the twin has nothing */
	ZERO,	 /* the op is to say 0; the twin's compiler knew */
	OPERAND, /* a value is where the convention has it; the twin's instruction takes another */
	TAIL,	 /* a call; the twin's is the function's last word, and a jump */
	ALONE,	 /* in a function that the twin has inline: nothing to compare with */
	NONE,
};

struct site {
	const char *op;
	enum exception may; /* be, by the function that pv_ops holds */
};

struct line {
	char text[96];	/* an instruction, without what does not count */
	u64 at, target; /* where a jump inside the function goes, 0 for none */
	u64 chosen;	/* a sum over registers and frame offsets */
	const struct site *site;
	u8 size, nr; /* nr is 2 for pushf and its pop, which are one operation */
	bool same;   /* the other function has it too */
};

struct function {
	const char *name;
	u64 start, end;
	struct line *lines;
	unsigned int nr, executes, nr_sites; /* nr_sites: of pv ops */
	bool seen;
};

struct side {
	struct line lines[1 << 18];
	struct function functions[2048];
	unsigned int nr, nr_lines, executes;
	const struct site *sites[IMAGE_MAX]; /* by offset from KERNEL_BASE */
};

void read_side(struct side *side, const char *path, const char *text);

#endif
