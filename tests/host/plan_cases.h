/* SPDX-License-Identifier: MIT */
/*
 * What the planner has to make of a site: every form and every refusal as a line of a table, in the
 * little assembler of plan_test.c, which judges them.
 */
#ifndef PLAN_CASES_H
#define PLAN_CASES_H

#include <asm/alt_plan.h>

/* clang-format off */
enum {
	TEXT = 0xffffffff81000000, REPL = TEXT + 0x10000, RECORDS = TEXT + 0x20000, SLOTS = TEXT + 0x30000,
	FUNC = TEXT + 0x4000, BUG = FUNC + 1024, NOP = BUG + 1024, RET0 = NOP + 1024,
	HAS = 40, LACKS = 41, NR_FEATURES = 64, /* features */
	SPACING = 27, /* of sites, where there is more than one */
};

static u64 symbols[128] = {
	['f'] = FUNC, ['b'] = BUG, ['d'] = SLOTS + 0x1000, /* data */ ['x'] = 0, /* moves */
	['o'] = TEXT, ['i'] = TEXT + 1, /* the site, and inside it */
	['p'] = SLOTS, ['q'] = SLOTS + 8, ['r'] = SLOTS + 16, ['s'] = SLOTS + 24, ['t'] = SLOTS + 32,
	['u'] = SLOTS + 4, ['v'] = SLOTS - 8, ['w'] = SLOTS + 40, /* no slots */
};

/*
 * Records are "y:2 fa|!n fb": under a feature that is there (y) or not (n), NOT (!), direct call
 * (d), required (r); instrlen, else the original's; replacement. `planned` NULL: refused.
 */
static const struct { const char *what, *original, *records, *planned; unsigned int result; } sites[] = {
	/* Which record wins. */
	{ "one that does not: the original", "f4", "n fa", "f4", ALT_ORIGINAL },
	{ "NOT of what is not there", "f4", "!n fa", "fa", ALT_NATIVE },
	{ "NOT of what is there", "f4", "!y fa", "f4", ALT_ORIGINAL },
	{ "the last that holds wins", "f4", "y fa|y fb|n f8", "fb", ALT_NATIVE },
	{ "the first, when the last does not hold", "f4", "y fa|!y fb|n f8", "fa", ALT_NATIVE },
	{ "as long as the longest record, first", "f4 90*4", "y:5 fa|y:1 fb", "fb 0f 1f 40 00", ALT_NATIVE },
	{ "as long as the longest record, last", "f4 90*4", "y:1 fa|n:5 e8 >f0", "fa 0f 1f 40 00", ALT_NATIVE },
	{ "a whole site of 32", "90*32", "y 50*32", "50*32", ALT_NATIVE },
	{ "no replacement: padding", "f4 90", "y", "66 90", ALT_NATIVE },
	{ "required by another record", "f4", "rn fb|y fa", "fa", ALT_NATIVE },
	{ "required, and the original stays", "f4 90", "rn fa", "2e f4", ALT_ORIGINAL },
	/* The original's trailing 0x90 execute as one, or not at all. */
	{ "original, nothing but padding", "90*5", "n fa", "0f 1f 44 00 00", ALT_ORIGINAL },
	{ "original and 3: prefixes", "50 90*3", "n fa", "2e*3 50", ALT_ORIGINAL },
	{ "original and 8: a NOP", "50 58 90*8", "n fa", "50 58 0f 1f 84 00*5", ALT_ORIGINAL },
	{ "original whose immediate ends in 90", "b8 90*6", "n fa", "2e*2 b8 90*4", ALT_ORIGINAL },
	{ "an indirect call stretched reads its slot", "ff 15 >p0 90*2", "dn e8 >f0", "2e*2 ff 15 >p0", ALT_ORIGINAL },
	{ "original into its own padding", "eb 01 90*2", "n fa", NULL, ALT_ERR_DISPLACEMENT },
	{ "original that does not decode", "06 90", "n fa", NULL, ALT_ERR_INSN },
	/* Direct calls. */
	{ "direct call: CS makes it 6", "ff 15 >p0", "dy e8 >f0", "2e e8 >f0", ALT_CALL },
	{ "direct call in 8", "ff 15 >p0 90*2", "dy e8 >f0", "2e*3 e8 >f0", ALT_CALL },
	{ "direct call in 9", "ff 15 >p0 90*3", "dy e8 >f0", "e8 >f0 0f 1f 40 00", ALT_CALL },
	{ "the slot decides, not the replacement", "ff 15 >p0", "dy e8 00*4", "2e e8 >f0", ALT_CALL },
	{ "NULL slot: a call to paravirt_BUG", "ff 15 >q0", "dy e8 >f0", "2e e8 >b0", ALT_TRAP },
	{ "no-op in 12: a jump", "ff 15 >r0 90*6", "dy e8 >f0", "eb 0a cc*10", ALT_NOP },
	{ "return 0: xor", "ff 15 >s0", "dy e8 >f0", "2e*3 48 31 c0", ALT_RET0 },
	{ "return 0 in 7: xor, NOP", "ff 15 >s0 90", "dy e8 >f0", "48 31 c0 0f 1f 40 00", ALT_RET0 },
	{ "call, then the instruction", "ff 15 >p0", "dy e8 >f0|!n fa", "fa 0f 1f 44 00 00", ALT_NATIVE },
	{ "direct call in 5", "ff 15 00*3", "dy e8 >f0", NULL, ALT_ERR_CALL_SITE },
	{ "direct call in 1: reads no further", "ff", "dy 90", NULL, ALT_ERR_CALL_SITE },
	{ "direct call over jmp *slot", "ff 25 >p0", "dy e8 >f0", NULL, ALT_ERR_CALL_SITE },
	{ "direct call, jmp in the replacement", "ff 15 >p0", "dy e9 >f0", NULL, ALT_ERR_CALL_REPL },
	{ "direct call, more than a call", "ff 15 >p0", "dy e8 >f0 90", NULL, ALT_ERR_CALL_REPL },
	{ "direct call, nothing", "ff 15 >p0", "dy", NULL, ALT_ERR_CALL_REPL },
	{ "slot not aligned", "ff 15 >u0", "dy e8 >f0", NULL, ALT_ERR_SLOT },
	{ "slot below pv_ops", "ff 15 >v0", "dy e8 >f0", NULL, ALT_ERR_SLOT },
	{ "slot behind pv_ops", "ff 15 >w0", "dy e8 >f0", NULL, ALT_ERR_SLOT },
	/* Relative operands. */
	{ "with imm16 behind", "90*9", "y 66 81 3d >d2 07 08", "66 81 3d >d2 07 08", ALT_NATIVE },
	{ "with imm32 behind", "90*10", "y c7 05 >d4 01*4", "c7 05 >d4 01*4", ALT_NATIVE },
	{ "the second moves by its place", "90*7", "y 50 58 e8 >f0", "50 58 e8 >f0", ALT_NATIVE },
	{ "stretched, it still reaches", "90*9", "y 50 e8 >f0", "2e*3 50 e8 >f0", ALT_NATIVE },
	{ "to the site's start", "90*5", "y e9 >o0", "e9 >o0", ALT_NATIVE },
	{ "to the site's middle", "90*5", "y e9 >i0", NULL, ALT_ERR_DISPLACEMENT },
	{ "inside, to its start", "90*3", "y fa eb fd", "fa eb fd", ALT_NATIVE },
	{ "inside, to its end", "90*3", "y 74 01 fa", "74 01 fa", ALT_NATIVE },
	{ "inside, to its middle: nothing is stretched", "90*5", "y 74 01 fa fb", "74 01 fa fb 90", ALT_NATIVE },
	{ "inside, RIP-relative", "90*8", "y 48 8d 05 f9 ff*3", "48 8d 05 f9 ff*3 90", ALT_NATIVE },
	/* Stretching. */
	{ "3 bytes: prefixes", "90*4", "y fa", "2e*3 fa", ALT_NATIVE },
	{ "4 bytes: a NOP", "90*5", "y fa", "fa 0f 1f 40 00", ALT_NATIVE },
	{ "prefixes on two instructions", "90*7", "y fa 58", "2e*3 fa 2e*2 58", ALT_NATIVE },
	{ "those that are there count", "90*12", "y 65 48 8b 04 25 01*4", "65 48 8b 04 25 01*4 0f 1f 00", ALT_NATIVE },
	{ "and a REX does not", "90*11", "y 65 48 8b 04 25 01*4", "2e*2 65 48 8b 04 25 01*4", ALT_NATIVE },
	{ "a fourth byte: REX", "90*6", "y 0f 30", "2e*3 40 0f 30", ALT_NATIVE },
	{ "no REX before ModRM", "90*7", "y 0f 01 f8", "0f 01 f8 0f 1f 40 00", ALT_NATIVE },
	{ "no REX behind a prefix", "90*7", "y f3 0f 09", "f3 0f 09 0f 1f 40 00", ALT_NATIVE },
	{ "not jcc rel32", "90*7", "y 0f 84 >f0", "0f 84 >f0 90", ALT_NATIVE },
	{ "what is beside a jcc", "90*8", "y fa 0f 84 >f0", "2e fa 0f 84 >f0", ALT_NATIVE },
	{ "int3 behind jmp", "90*8", "y e9 >f0", "e9 >f0 cc*3", ALT_NATIVE },
	{ "int3 behind jmp *reg", "90*5", "y fa ff e0", "fa ff e0 cc*2", ALT_NATIVE },
	{ "int3 behind ret", "90*3", "y c3", "c3 cc*2", ALT_NATIVE },
	{ "int3 behind iretq", "90*4", "y 48 cf", "48 cf cc*2", ALT_NATIVE },
	{ "int3 behind ud2", "90*4", "y 0f 0b", "0f 0b cc*2", ALT_NATIVE },
	{ "not behind call *", "90*4", "y ff d0", "2e*2 ff d0", ALT_NATIVE },
	{ "not behind pmulhrsw, 0f 38 0b", "90*5", "y 0f 38 0b c1", "2e 0f 38 0b c1", ALT_NATIVE },
	{ "not where a jump comes", "90*5", "y 74 01 c3", "74 01 c3 66 90", ALT_NATIVE },
	{ "not where jmp itself comes", "90*5", "y eb 00", "eb 00 0f 1f 00", ALT_NATIVE },
	{ "int3 where the jump stays before", "90*6", "y 74 fe c3", "74 fe c3 cc*3", ALT_NATIVE },
	{ "a replacement cut short", "90*5", "y e8 00", NULL, ALT_ERR_INSN },
	{ "a replacement that is none", "90*5", "y fa 06", NULL, ALT_ERR_INSN },
};

/* Three sites, at +0 (record 0), +27 (1 and 2), +54 to text's end (3 and 4), with one field changed. */
enum field { SITE = 0, REPLACEMENT = 4, CPUID = 8, FLAGS = 10, ILEN = 12, RLEN = 13 };
static const char *const three[][2] = {
	{ "ff 15 >p0", "dy e8 >f0" }, { "90*5", "y fa|y fb" }, { "90*5", "n fa|y 50*5" },
};
static const struct { const char *what; enum alt_error error; u32 blamed, record; enum field field; u64 value; } refusals[] = {
	{ "three sites", ALT_OK, 0, 3, CPUID, HAS },
	{ "the last feature", ALT_OK, 0, 1, CPUID, NR_FEATURES - 1 },
	{ "a feature beyond the last", ALT_ERR_FEATURE, 1, 1, CPUID, NR_FEATURES },
	{ "a feature far beyond", ALT_ERR_FEATURE, 2, 2, CPUID, 0xffff },
	{ "an unknown flag", ALT_ERR_FLAGS, 0, 0, FLAGS, ALT_FLAG_DIRECT_CALL | 8 },
	{ "a site before text", ALT_ERR_SITE, 0, 0, SITE, TEXT - 6 },
	{ "straddling text's start", ALT_ERR_SITE, 0, 0, SITE, TEXT - 1 },
	{ "straddling text's end", ALT_ERR_SITE, 4, 4, SITE, TEXT + 55 },
	{ "behind text", ALT_ERR_SITE, 4, 4, SITE, TEXT + 60 },
	{ "straddling by a later record's length", ALT_ERR_SITE, 4, 4, ILEN, 6 },
	{ "a site of no length", ALT_ERR_SITE_LENGTH, 0, 0, ILEN, 0 },
	{ "a site of 33", ALT_ERR_SITE_LENGTH, 0, 0, ILEN, 33 },
	{ "a site of 255, by a later record", ALT_ERR_SITE_LENGTH, 2, 2, ILEN, 255 },
	{ "a site below the one before", ALT_ERR_ORDER, 3, 3, SITE, TEXT + 10 },
	{ "one record more of the site before", ALT_OK, 0, 3, SITE, TEXT + 27 },
	{ "a site once more", ALT_ERR_ORDER, 3, 3, SITE, TEXT },
	{ "sites that touch", ALT_OK, 0, 2, ILEN, 27 },
	{ "a site inside the one before", ALT_ERR_OVERLAP, 3, 3, SITE, TEXT + 31 },
	{ "inside by a later record's length", ALT_ERR_OVERLAP, 3, 2, ILEN, 28 },
	{ "a replacement before the section", ALT_ERR_REPL, 0, 0, REPLACEMENT, REPL - 1 },
	{ "straddling its end", ALT_ERR_REPL, 4, 4, REPLACEMENT, REPL + 9 },
	{ "behind it", ALT_ERR_REPL, 2, 2, REPLACEMENT, REPL + 0x1000 },
	{ "longer than its site", ALT_ERR_REPL_LENGTH, 2, 2, RLEN, 6 },
};

/* To x: the last displacement that an operand can hold, one less (from the same bytes), one more. */
static const struct { const char *original, *records, *planned; unsigned int len, kind; } reach[] = {
	{ "90*2", "y eb ~x0", "eb ~x0", 2, ALT_NATIVE },
	{ "90*2", "y 74 ~x0", "74 ~x0", 2, ALT_NATIVE },
	{ "90*2", "y e3 ~x0", "e3 ~x0", 2, ALT_NATIVE },
	{ "90*5", "y e8 >x0", "e8 >x0", 5, ALT_NATIVE },
	{ "90*5", "y e9 >x0", "e9 >x0", 5, ALT_NATIVE },
	{ "90*6", "y 0f 84 >x0", "0f 84 >x0", 6, ALT_NATIVE },
	{ "90*6", "y 8b 05 >x0", "8b 05 >x0", 6, ALT_NATIVE },
	{ "90*7", "y 83 3d >x1 07", "83 3d >x1 07", 7, ALT_NATIVE },
	{ "ff 15 >t0", "dy e8 >f0", "2e e8 >x0", 6, ALT_CALL },
};

/* What calls a function at a site, in a tail, in a trampoline; "" is too far. */
static const struct { u64 func; const char *planned[3]; } calls[] = {
	{ FUNC, { "e8 >f0", "e9 >f0", "e9 >f0 cc*3" } },
	{ NOP, { "0f 1f 44 00 00", "c3 cc*4", "c3 cc*7" } },
	{ RET0, { "2e*3 31 c0", "31 c0 c3 cc*2", "31 c0 c3 cc*5" } },
	{ TEXT + 5 + 0x7fffffff, { "e8 ff*3 7f", "e9 ff*3 7f", "e9 ff*3 7f cc*3" } },
	{ TEXT + 5 - 0x80000000, { "e8 00*3 80", "e9 00*3 80", "e9 00*3 80 cc*3" } },
	{ TEXT + 5 + 0x80000000, { "", "", "" } },
	{ TEXT + 5 - 0x80000001, { "", "", "" } },
};
/* clang-format on */

#endif
