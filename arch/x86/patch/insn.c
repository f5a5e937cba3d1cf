/* SPDX-License-Identifier: MIT */
/*
 * The instruction decoder: how long is this instruction, and which of its bytes are relative?
 *
 * alt_plan() asks before it moves a replacement to its site, at boot while the text is still being
 * rewritten; the monitor, the fuzzer and host programs ask later. Hence pure: constant tables, no
 * state, no libc, no patchable site of its own.
 *
 * An instruction is read from left to right, and each part decides whether the next one exists:
 *
 *	legacy prefixes | REX | opcode map + opcode | ModRM | SIB | displacement | immediate
 *	0..14             0..1  1..3, or VEX/EVEX     0..1    0..1  0 1 4          0 1 2 3 4 8
 *
 * An encoding that is undefined for its operands (lea of a register), for its prefixes (lock on a
 * nop) or as yet (most of 0f 38) passes all the same, because where it would end is not in doubt.
 * One whose end differs between vendors, and one whose relative operand struct insn cannot
 * express, is refused: no guess is ever patched in.
 */
#include <stdbool.h>
#include <asm/insn.h>

/* What follows an opcode. One hexadecimal digit, so that the tables below read as opcode maps. */
enum form {
	NONE = 0x0,   /* nothing */
	M = 0x1,      /* ModRM */
	IB = 0x2,     /* imm8 */
	M_IB = 0x3,   /* ModRM, imm8 */
	IZ = 0x4,     /* imm32; imm16 under 66 without REX.W */
	M_IZ = 0x5,   /* ModRM, then the same */
	IW = 0x6,     /* imm16: ret, lret */
	IWB = 0x7,    /* imm16, imm8: enter */
	MOFFS = 0x8,  /* a 64-bit address; 32-bit under 67 */
	IV = 0x9,     /* as IZ, but imm64 under REX.W: mov $imm, %reg */
	REL8 = 0xa,   /* relative, 8 bits */
	REL32 = 0xb,  /* relative, 32 bits */
	M_REG = 0xc,  /* ModRM that names a register whatever its mod: mov %cr, mov %dr */
	PREFIX = 0xd, /* legacy or REX: the opcode is yet to come */
	ESCAPE = 0xe, /* leads to another map: 0f, 0f 38, 0f 3a, VEX, EVEX */
	BAD = 0xf,    /* not in 64-bit mode, or not at all */
};

static const uint64_t one_byte[16] = {
	/*     0123456789abcdef */
	/* 0 */ 0x111124ff111124fe, /* add or | adc sbb | and sub | xor cmp: rm, al/eax imm */
	/* 1 */ 0x111124ff111124ff, /*   06 07 0e 16 17 1e 1f: push, pop of a segment, gone */
	/* 2 */ 0x111124df111124df, /*   27 2f 37 3f: BCD adjust, gone */
	/* 3 */ 0x111124df111124df, /*   26 2e 36 3e: es cs ss ds */
	/* 4 */ 0xdddddddddddddddd, /* REX */
	/* 5 */ 0x0000000000000000, /* push pop */
	/* 6 */ 0xffe1dddd45230000, /* - - EVEX movslq, fs gs 66 67, push imul, ins outs */
	/* 7 */ 0xaaaaaaaaaaaaaaaa, /* jcc rel8 */
	/* 8 */ 0x35f3111111111111, /* group 1, test xchg mov lea, 8f pop */
	/* 9 */ 0x0000000000f00000, /* nop xchg, cltq, 9a far call (gone), pushf popf */
	/* a */ 0x8888000024000000, /* mov moffs, string, test imm, string */
	/* b */ 0x2222222299999999, /* mov imm */
	/* c */ 0x3360ee35706002f0, /* shift, ret, VEX VEX, mov imm, enter leave, int iret */
	/* d */ 0x1111fff011111111, /* shift, - - - xlat, x87 */
	/* e */ 0xaaaa2222bbfa0000, /* loop, in out, call jmp - jmp8, in out */
	/* f */ 0xd0dd003500000011, /* lock int1 repne rep, group 3, flags, groups 4 5 */
};

static const uint64_t two_byte[16] = {
	/* 0f  0123456789abcdef */
	/* 0 */ 0x1111f00000f0f103, /* groups 6 7, lar lsl, syscall .. wbinvd, ud2, 3DNow! */
	/* 1 */ 0x1111111111111111, /* SSE moves, hint nops, endbr */
	/* 2 */ 0xccccffff11111111, /* mov %cr %dr, SSE moves and compares */
	/* 3 */ 0x000000f0efefffff, /* wrmsr rdtsc rdmsr rdpmc sysenter, 38 and 3a */
	/* 4 */ 0x1111111111111111, /* cmov */
	/* 5 */ 0x1111111111111111, /* SSE arithmetic */
	/* 6 */ 0x1111111111111111, /* MMX */
	/* 7 */ 0x3333111011ff1111, /* shuffle, groups 12-14, compare, emms, vmread vmwrite */
	/* 8 */ 0xbbbbbbbbbbbbbbbb, /* jcc rel32 */
	/* 9 */ 0x1111111111111111, /* setcc */
	/* a */ 0x0001311100013111, /* fs cpuid bt shld PadLock, gs rsm bts shrd, imul */
	/* b */ 0x1111111111311111, /* cmpxchg, bit operations, ud1, ba: group 8 */
	/* c */ 0x1131333100000000, /* xadd, cmpps movnti pinsrw pextrw shufps, bswap */
	/* d */ 0x1111111111111111, /* MMX */
	/* e */ 0x1111111111111111, /* MMX */
	/* f */ 0x111111111111111f, /*   ff: ud0 has a ModRM on some CPUs, none on others */
};

/* Which of these VEX or EVEX have, bit 15 for column 0; 7a and 7b, with ModRM, only EVEX. */
static const uint16_t vector[16] = {
	/* 0-7 */ 0x0000, 0xff04, 0x00ff, 0x0000, 0x6f30, 0xffff, 0xffff, 0xffff,
	/* 8-f */ 0x0000, 0xf0c0, 0x0002, 0x0000, 0x2e00, 0xffff, 0xffff, 0xfffe,
};

/* Bytes of immediate or relative operand, indexed by form in the same way. */
static const uint64_t operand_bytes = 0x0011442384140000;

/* The prefixes that change a length, or that may not stand before VEX. */
enum { P_66 = 1, P_67 = 2, P_REPNE = 4, P_OTHER = 8 };

static inline unsigned int digit(uint64_t row, unsigned int column)
{
	return row >> (60 - 4 * column) & 15;
}

static inline enum form form_of(const uint64_t *map, uint8_t opcode)
{
	return digit(map[opcode >> 4], opcode & 15);
}

/*
 * Follow 0f, c5, c4 or 62 to the opcode: *at comes in behind the escape, goes out behind the
 * opcode, and may then be past the end: every form returned has a byte to follow, or was read.
 *
 *	0f [38 | 3a] op        c5 p op        c4 p p op        62 p p p op
 *
 * c4 and 62 hold the number of the opcode map in the low bits of their first payload byte p.
 */
static enum form follow_escape(const uint8_t *bytes, size_t size, unsigned int *at)
{
	const uint8_t *p = bytes + *at;
	unsigned int payload = p[-1] == 0x0f ? 0 : p[-1] == 0xc5 ? 1 : p[-1] == 0xc4 ? 2 : 3, map;
	enum form form;

	if (*at + payload >= size)
		return BAD;
	if (payload == 0) {
		form = form_of(two_byte, p[0]);
		*at += form == ESCAPE ? 2 : 1;
		return form != ESCAPE ? form : p[0] == 0x38 ? M : M_IB;
	}
	*at += payload + 1;
	map = payload == 1 ? 1 : p[0] & (payload == 2 ? 0x1f : 0x0f);
	if (payload == 3 && !(p[1] & 0x04)) /* EVEX has a 1 there */
		return BAD;
	if (map == 1 || (map == 5 && payload == 3)) { /* 5 and 6 are AVX512-FP16 */
		if (!(vector[p[payload] >> 4] << (p[payload] & 15) & 0x8000))
			return BAD;
		form = form_of(two_byte, p[payload]);
		if (payload == 3 && (form == BAD || form == NONE)) /* NONE is vzeroupper */
			return form == BAD ? M : BAD;
		return form;
	}
	if (map == 2 || (map == 6 && payload == 3))
		return M;
	return map == 3 ? M_IB : BAD;
}

/*
 * One-byte opcodes whose ModRM.reg says what they are. Behind the values refused hide encodings
 * of another shape: XOP behind 8f, and behind c7 xbegin, whose relative operand is no jump.
 */
static bool group_defined(uint8_t opcode, uint8_t modrm)
{
	unsigned int reg = modrm >> 3 & 7;

	if (opcode == 0x8f || opcode == 0xc7) /* pop, mov $imm32 */
		return reg == 0;
	if (opcode == 0xc6) /* mov $imm8, xabort $imm8 */
		return reg == 0 || modrm == 0xf8;
	return (opcode != 0xfe || reg <= 1) && (opcode != 0xff || reg <= 6); /* groups 4, 5 */
}

/* ModRM with mod below 3 names memory: pass its SIB and displacement. False: no SIB to read. */
static bool pass_memory(struct insn *insn, const uint8_t *bytes, size_t size, unsigned int *at)
{
	unsigned int mod = bytes[insn->modrm] >> 6, base = bytes[insn->modrm] & 7;

	if (mod == 0 && base == 5) {
		insn->disp = *at;
		insn->disp_size = 4;
		insn->kind = INSN_RIP;
	}
	if (base == 4) {
		if (*at >= size)
			return false;
		base = bytes[(*at)++] & 7;
	}
	*at += mod == 1 ? 1 : mod == 2 || base == 5 ? 4 : 0;
	return true;
}

int insn_decode(struct insn *insn, const uint8_t *bytes, size_t size)
{
	unsigned int at = 0, seen = 0, rex = 0, narrow, operand;
	struct insn found = { 0 };
	uint8_t opcode, modrm = 0;
	enum form form;

	if (size > INSN_MAX_LENGTH)
		size = INSN_MAX_LENGTH;
	for (;; at++) {
		if (at >= size)
			return -1;
		opcode = bytes[at];
		form = form_of(one_byte, opcode);
		if (form != PREFIX)
			break;
		/* REX counts only directly before the opcode: another prefix behind it voids it. */
		rex = (opcode & 0xf0) == 0x40 ? opcode : 0;
		if (!rex)
			seen |= (opcode == 0x66 ? P_66 : 0) | (opcode == 0x67 ? P_67 : 0) |
				(opcode == 0xf2 ? P_REPNE : 0) | (opcode >= 0xf0 ? P_OTHER : 0);
	}
	narrow = (seen & P_66) && !(rex & 8); /* REX.W beats 66 */
	found.prefixes = at++;
	if (form == ESCAPE) {
		if (opcode != 0x0f && (rex || (seen & ~P_67)))
			return -1; /* VEX and EVEX carry these prefixes inside */
		form = follow_escape(bytes, size, &at);
	}
	if (form >= PREFIX)
		return -1;
	found.opcode = at - 1;

	if (1u << form & (1u << M | 1u << M_IB | 1u << M_IZ | 1u << M_REG)) {
		if (at >= size)
			return -1;
		found.modrm = at;
		modrm = bytes[at++];
		if (!group_defined(opcode, modrm) ||
		    (form != M_REG && modrm < 0xc0 && !pass_memory(&found, bytes, size, &at)))
			return -1;
	}

	operand = digit(operand_bytes, form);
	if (form == REL8 || form == REL32) {
		/* Under 66, AMD reads a rel16 and cuts RIP to 16 bits; Intel ignores the 66. */
		if (form == REL32 && narrow)
			return -1;
		found.kind = opcode == 0xe8	       ? INSN_CALL
			     : (opcode | 2) == 0xeb    ? INSN_JMP
			     : (opcode & 0xf0) == 0xe0 ? INSN_LOOP
						       : INSN_JCC;
		found.disp = at;
		found.disp_size = operand;
	} else if (form == IV && (rex & 8)) {
		operand = 8;
	} else if ((form == IZ || form == M_IZ || form == IV) && narrow) {
		operand = 2;
	} else if (form == MOFFS && (seen & P_67)) {
		operand = 4;
	}
	if ((opcode | 1) == 0xf7 && (modrm & 0x30))
		operand = 0; /* in group 3 only test, /0 and its alias /1, has an immediate */
	if (opcode == 0x0f && bytes[found.prefixes + 1] == 0x78 && modrm >= 0xc0 &&
	    (seen & (P_66 | P_REPNE))) /* not vmread: SSE4a extrq, insertq $imm8, $imm8 */
		operand = 2;

	if (at + operand > size)
		return -1;
	found.length = at + operand;
	*insn = found;
	return 0;
}
