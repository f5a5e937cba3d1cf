/* SPDX-License-Identifier: MIT */
/*
 * alt_emit(): a replacement's instructions, moved to where they will run and made to fill their
 * site. Pure; from plan.c, at boot and on the host.
 *
 * Of two ways to fill a site the one that executes less wins:
 *
 *   - behind an instruction that does not come back (jmp, ret, iretq) nothing executes: int3;
 *   - redundant CS prefixes, at most three on an instruction (more stalls the decoders of small
 *     cores), and a REX that says nothing on a two-byte opcode without ModRM: no instruction more.
 *     64-bit mode ignores both, on every CPU; branches on a condition are left alone, since there
 *     the prefix is a hint;
 *   - where that does not suffice, nothing is stretched: one NOP of the rest's length does it all.
 */
#include <asm/alt_plan.h>
#include <asm/insn.h>

#define REX  0x40
#define INT3 0xcc

struct piece {
	struct insn insn;
	u8 at;	     /* in the replacement */
	u8 prefixes; /* how many CS prefixes it can take */
	bool rex;    /* whether a REX too */
};

static s32 get32(const u8 *p)
{
	return (s32)(p[0] | (u32)p[1] << 8 | (u32)p[2] << 16 | (u32)p[3] << 24);
}

/* Does control never come to the instruction behind this one? */
static bool leaves(const u8 *p, const struct insn *insn)
{
	u8 opcode = p[insn->opcode];

	if (insn->kind == INSN_JMP)
		return true;
	if (insn->opcode > insn->prefixes) /* 0f map, two bytes: ud2, sysret */
		return insn->opcode == insn->prefixes + 1 && (opcode == 0x0b || opcode == 0x07);
	return opcode == 0xc3 || opcode == 0xcf ||
	       (opcode == 0xff && insn->modrm && (p[insn->modrm] >> 3 & 7) == 4);
}

static void how_far_it_stretches(struct piece *piece, const u8 *p)
{
	const struct insn *insn = &piece->insn;
	unsigned int legacy = insn->prefixes;

	piece->prefixes = 0;
	piece->rex = false;
	if (insn->kind == INSN_JCC || insn->kind == INSN_LOOP)
		return;
	if (legacy && (p[legacy - 1] & 0xf0) == REX)
		legacy--;
	piece->prefixes = legacy < MAX_PREFIXES ? MAX_PREFIXES - legacy : 0;
	piece->rex = !insn->prefixes && p[0] == 0x0f && insn->opcode == 1 && !insn->modrm;
}

/* The relative operand of an instruction that moved, so that it means the same target. */
static enum alt_error set_displacement(u8 *p, unsigned int size, s64 disp)
{
	unsigned int i;

	if (size == 1 ? disp != (s8)disp : disp != (s32)disp)
		return ALT_ERR_DISPLACEMENT;
	for (i = 0; i < size; i++)
		p[i] = disp >> 8 * i;
	return ALT_OK;
}

enum alt_error alt_emit(u8 *out, unsigned int room, u64 to, const u8 *bytes, unsigned int len,
			u64 from)
{
	struct piece pieces[ALT_MAX_SITE];
	unsigned int nr = 0, at, end = 0, gap = room - len, slack = 0, i, n;
	bool inner = false, to_end = false, left = false;

	for (at = 0; at < len; at += pieces[nr++].insn.length) {
		struct piece *piece = &pieces[nr];
		const struct insn *insn = &piece->insn;
		u64 target;

		if (insn_decode(&piece->insn, bytes + at, len - at))
			return ALT_ERR_INSN;
		piece->at = at;
		how_far_it_stretches(piece, bytes + at);
		slack += piece->prefixes + piece->rex;
		left = leaves(bytes + at, insn);
		if (insn->disp) {
			target = at + insn->length +
				 (insn->disp_size == 1 ? (s8)bytes[at + insn->disp]
						       : get32(bytes + at + insn->disp));
			inner |= target <= len;
			to_end |= target == len;
		}
	}
	left &= !to_end; /* what the last one skips, a branch over it comes to */
	if (left || inner || slack < gap)
		slack = 0; /* nothing is stretched */
	else
		slack = gap;

	for (i = 0; i < nr; i++) {
		const struct piece *piece = &pieces[i];
		const struct insn *insn = &piece->insn;
		const u8 *p = bytes + piece->at;
		unsigned int start = end;

		for (n = 0; slack && n < piece->prefixes; n++, slack--)
			out[end++] = CS_PREFIX;
		if (slack && piece->rex) {
			out[end++] = REX;
			slack--;
		}
		for (n = 0; n < insn->length; n++)
			out[end++] = p[n];
		if (insn->disp) {
			s64 disp = insn->disp_size == 1 ? (s8)p[insn->disp] : get32(p + insn->disp);
			u64 behind = piece->at + insn->length, target = behind + disp;
			enum alt_error error;

			if (target <= len) /* inside: it moves along */
				continue;
			if (from + target - to - 1 < room - 1) /* what was there is overwritten */
				return ALT_ERR_DISPLACEMENT;
			/* from + target is where it pointed, to + end is where it counts from now.
			 */
			n = end - start - insn->length; /* what it was stretched by */
			error = set_displacement(out + start + n + insn->disp, insn->disp_size,
						 (s64)(from + target - (to + end)));
			if (error)
				return error;
		}
	}
	if (left)
		while (end < room)
			out[end++] = INT3;
	else
		alt_pad(out + end, room - end);
	return ALT_OK;
}

bool alt_moves(const u8 *bytes, unsigned int len)
{
	struct insn insn;
	unsigned int at;

	for (at = 0; at < len && !insn_decode(&insn, bytes + at, len - at); at += insn.length)
		if (insn.disp)
			return true;
	return false;
}
