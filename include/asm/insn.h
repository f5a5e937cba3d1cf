/* SPDX-License-Identifier: MIT */
/*
 * Where one 64-bit-mode x86 instruction ends, and where its relative operand lies.
 *
 * Code that is copied to another address keeps its meaning only if every operand that counts from
 * RIP is corrected by the distance moved. alt_plan() calls this for each instruction of a
 * replacement before it corrects them; the monitor and the fuzzer call it to step through text.
 * It runs anywhere, the host included, and needs nothing set up first.
 */
#ifndef ASM_INSN_H
#define ASM_INSN_H

#include <stddef.h>
#include <stdint.h>

#define INSN_MAX_LENGTH 15 /* SDM vol. 2A 2.3.11: a longer instruction raises #GP */

/*
 * What kind of relative operand the instruction has. All count from the END of the instruction,
 * which for INSN_RIP is not always the end of the displacement: an immediate may follow it.
 */
enum insn_kind {
	INSN_OTHER, /* none */
	INSN_CALL,  /* e8       call rel32 */
	INSN_JMP,   /* eb, e9   jmp rel8, rel32 */
	INSN_JCC,   /* 70-7f, 0f 80-8f   jcc rel8, rel32 */
	INSN_LOOP,  /* e0-e3    loopne, loope, loop, jrcxz: rel8 only, cannot be widened */
	INSN_RIP,   /* disp32(%rip), in any instruction whose ModRM says mod 0, rm 5 */
};

/*
 *	65 48 | 81 |  05  | 10 00 00 00 | 02 00 00 00      addq $2, %gs:16(%rip)
 *	0       2     3     4             8           12
 *	pre-   op-   Mod-   disp          imm         length
 *	fixes  code  RM     disp_size 4
 *	= 2    = 2   = 3    = 4
 */
struct insn {
	uint8_t length;	   /* bytes, prefixes included, 1..15 */
	uint8_t prefixes;  /* number of legacy and REX prefix bytes; VEX and EVEX are none */
	uint8_t opcode;	   /* offset of the last opcode byte (3DNow!: of the second 0f) */
	uint8_t modrm;	   /* offset of ModRM, 0 = none */
	uint8_t disp;	   /* offset of the relative displacement, 0 = none */
	uint8_t disp_size; /* 1 or 4, 0 = none */
	uint8_t kind;	   /* enum insn_kind */
};

_Static_assert(sizeof(struct insn) == 7, "struct insn is bytes only, no padding to compare");

/*
 * Decode the instruction at @bytes, of which @size may be read. Returns 0, or -1 with *insn
 * untouched when the bytes are no valid 64-bit instruction or run past @size. Refused on purpose:
 * call, jmp and jcc rel32 under 66 without REX.W (AMD and Intel disagree on the length), ud0 (so
 * do they there), xbegin (a relative operand that is no jump), XOP and APX.
 */
int insn_decode(struct insn *insn, const uint8_t *bytes, size_t size);

#endif
