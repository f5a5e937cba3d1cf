/* SPDX-License-Identifier: MIT */
/*
 * Unit test of the instruction decoder, arch/x86/patch/insn.c, on the host; speaks TAP.
 *
 * It proves that the decoder finds the end and the relative operand of every form it claims to
 * know, reads no byte it was not given (AddressSanitizer sees one too many), and agrees with
 * capstone: over every opcode, random bytes (an argument is their seed), a whole libc.
 */
#define _GNU_SOURCE /* dl_iterate_phdr() */
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
/* No <string.h>, __builtin_ instead: under -Iinclude that name is the kernel's own header. */
#include <capstone/capstone.h>
#include <asm/insn.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define SAME(a, b)    (!__builtin_memcmp(a, b, sizeof(struct insn)))

/* Forms by hand: those that the comparison excuses, or that the sweep below does not meet. */
/* clang-format off */
enum { OTHER = INSN_OTHER, CALL, JMP, JCC, LOOP, RIP };
static const struct { const char *text; struct insn want; } table[] = {
	/* length, prefixes, then offsets: opcode, ModRM, displacement; its size, kind */
	{ "66 66 48 e8 11223344", { 8, 3, 3, 0, 4, 4, CALL } }, /* TLS call: REX.W beats 66 */
	{ "2e3e2e3e2e3e2e3e2e3e e8 11223344", { 15, 10, 10, 0, 11, 4, CALL } }, /* 15 bytes */
	{ "0f 0f 05 11223344 9e", { 8, 0, 1, 2, 3, 4, RIP } }, /* 3DNow! */
	{ "0f 22 1c", { 3, 0, 1, 2, 0, 0, OTHER } }, /* mov to %cr3, mod 0: no SIB; nor RIP */
	{ "0f b9 c1", { 3, 0, 1, 2, 0, 0, OTHER } }, /* ud1 */
	{ "48 40 b8 01020304", { 7, 2, 2, 0, 0, 0, OTHER } }, /* two REX: the last counts */
	{ "67 e8 11223344", { 6, 1, 1, 0, 2, 4, CALL } }, /* call under 67 */
	{ "8f c0", { 2, 0, 0, 1, 0, 0, OTHER } }, /* pop */
	{ "c7 c0 01020304", { 6, 0, 0, 1, 0, 0, OTHER } }, /* movl imm32 */
	{ "66 68 0102", { 4, 1, 1, 0, 0, 0, OTHER } }, /* push imm16 */
	{ "66 c2 0102", { 4, 1, 1, 0, 0, 0, OTHER } }, /* ret imm16 under 66 */
	{ "c6 f8 01", { 3, 0, 0, 1, 0, 0, OTHER } }, /* xabort */
	{ "f2 0f 78 c1 02 03", { 6, 1, 2, 3, 0, 0, OTHER } }, /* insertq */
	{ "62 f1 fd 48 7a c0", { 6, 0, 4, 5, 0, 0, OTHER } }, /* EVEX vcvttpd2qq, 0f 7a */
	{ "62 f5 7d 48 1d c0", { 6, 0, 4, 5, 0, 0, OTHER } }, /* EVEX vcvtps2phx, map 5 */
	{ "62 f6 7d 48 98 c0", { 6, 0, 4, 5, 0, 0, OTHER } }, /* EVEX vfmadd132ph, map 6 */
	{ "66666666666666666666666666 66 90", { 15, 14, 14, 0, 0, 0, OTHER } }, /* 14 prefixes */
	{ "65 67 f0 48 81 84 25 11223344 01020304", { 15, 4, 4, 5, 0, 0, OTHER } }, /* of every part */
};

/* Must be refused, whatever follows; a line for each reason. */
static const char *const refused[] = {
	"06", "07", "0e", "16", "17", "1e", "1f", "27", "2f", "37", "3f", "60", "61", /* 32 bits */
	"82 c0", "9a 11223344", "ce", "d4 0a", "d5 0a", "ea 11223344", "62 00", "c4 00", "c5 00", /* 32 */
	"d6", "0f 04", "0f 0a", "0f 0c", "0f 24 c0", "0f 36", "0f 3b", "0f 7a", /* undefined */
	"62 f1 78 48 28 00", "62 f1 7c 48 77 00", "c5 f8 0b", /* EVEX: a 0 for its 1, 77; VEX ud2 */
	"62 f4 7c 48 28", "62 f9 7c 48 28", "c4 e4 78 28", "c4 e5 78 58", "c4 e6 78 98", /* map */
	"66 c5 f8 28 c1", "f0 c5 f8 28", "f2 c4 e1 78 28 c1", "48 c5 f8 28", "f3 62 f1 7c 48 28", /* #UD */
	"66 e9 11223344", "66 0f 84 11223344", "48 66 e8 11223344", /* rel16 on AMD, not on Intel */
	"c7 f8", "8f e8 78 c0 c1 05", "fe d0", "ff f8", "0f ff c0", /* xbegin, XOP, /2, /7, ud0 */
	"6666666666666666666666666666 66 90", "65 67 f0 f0 48 81 84 25 11223344 01020304", /* 16 */
	"6666666666666666666666666666 0f a2", "6666666666666666666666666666 8b c0", /* bytes */
};

/*
 * Where capstone 4.0.2 is wrong or differs, as judged by the manuals, by llvm-mc and by an Intel
 * CPU that had to fetch each instruction across the end of a page. An entry excuses one opcode, for
 * another length (L), for our refusal (R) or both, under any of these prefixes.
 */
enum { L = 1, R, LR, P66 = 1, P67 = 2, REP_LOCK = 4, REX = 8, SEG = 16, REG16 = 32, ANY = 64 };
static const uint8_t prefix[256] = {
	[0x26] = SEG, [0x2e] = SEG, [0x36] = SEG, [0x3e] = SEG, [0x64 ... 0x65] = SEG, [0x66] = P66,
	[0x67] = P67, [0x40 ... 0x4f] = REX, [0xf0] = REP_LOCK, [0xf2 ... 0xf3] = REP_LOCK,
};
static const struct { unsigned int opcode, mask, how, under; } differences[] = {
	{ 0x0fb9, 0xffff, LR, ANY }, /* ud1 has a ModRM, which capstone leaves behind */
	{ 0x0f78, 0xffff, LR, P66 | P67 | REP_LOCK }, /* vmread, extrq: it mixes them up */
	{ 0xc2, 0xff, LR, P66 | REX }, /* ret has an imm16 under any prefix; it may take 32 bits */
	{ 0x68, 0xff, LR, P66 }, /* push has imm16 under 66; it takes 32 bits with rep or 67 too */
	{ 0xe8, 0xff, LR, P67 }, /* call has a rel32 under 67; it takes 16 bits with REX.W too */
	{ 0x62, 0xff, L, REG16 }, /* EVEX, register 16-31 in rm: it may take one byte too many */
	{ 0x62, 0xff, LR, P67 }, /* EVEX under 67 with EVEX.X: it sees no SIB, no RIP in rm 4, 5 */
	{ 0xe8, 0xfe, R, P66 }, /* call, jmp under 66: AMD and Intel disagree, refused on purpose */
	{ 0x0f80, 0xfff0, R, P66 }, /* jcc rel32 under 66: the same */
	{ 0xc7, 0xff, R, ANY }, /* xbegin: struct insn cannot express it, refused on purpose */
	{ 0x8f, 0xff, R, ANY }, /* XOP, which no CPU since AMD Zen has: refused on purpose */
	{ 0x0fff, 0xffff, R, ANY }, /* ud0 has a ModRM on Intel, none on AMD: refused on purpose */
	{ 0xc4, 0xfe, R, P66 | REP_LOCK | REX }, /* VEX behind these is #UD; it lets it pass */
	{ 0x62, 0xff, R, P66 | REP_LOCK | REX }, /* EVEX: the same */
};

/* Every way to an opcode, under the prefixes that matter. */
static const char *const maps[] = {
	"", "66", "f2", "f3", "48", "67", "66 48", "48 66", "0f", "66 0f", "f2 0f", "f3 0f", "48 0f",
	"67 0f", "0f 38", "66 0f 38", "f2 0f 38", "f3 0f 38", "66 48 0f 38", "0f 3a", "66 0f 3a",
	"f2 0f 3a", "66 48 0f 3a", "c5 f8", "c5 f9", "c5 fa", "c5 fb", "c5 f5", "c4 e1 f9", "c4 e2 78",
	"c4 e2 79", "c4 e2 f5", "c4 e3 79", "c4 e3 f5", "62 f1 7c 48", "62 f1 7d 48", "62 f1 7e 48",
	"62 f1 fd 48", "62 f1 f7 48", "62 f2 7d 48", "62 f2 fd 49", "62 f3 75 48", "62 f3 fd 49",
};
/* clang-format on */

static csh capstone;
static cs_insn *theirs;						    /* what capstone said last */
static unsigned long planned, failed, known, equal, excused, wrong; /* last 4: this test's */

static void complain(const char *what, const uint8_t *bytes, size_t size)
{
	if (wrong++ >= 8)
		return;
	printf("# %s:", what);
	for (size_t i = 0; i < size; i++)
		printf(" %02x", bytes[i]);
	printf("\n");
}

/* An excuse that is needed often would hide a mistake of ours: no more than one in 500. */
static void report(const char *what)
{
	bool ok = !wrong && equal * 2 > known && excused <= 5 + equal / 500;

	printf("%sok %lu - insn: %s: %lu of the %lu that capstone knows equal, %lu excused, %lu "
	       "wrong\n",
	       ok ? "" : "not ", ++planned, what, equal, known, excused, wrong);
	failed += !ok;
	known = equal = excused = wrong = 0;
}

/* Decode from a buffer that ends behind exactly @size bytes. */
static int decode(struct insn *insn, const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size + 1);
	int ret;

	__builtin_memcpy(copy + 1, bytes, size);
	ret = insn_decode(insn, copy + 1, size);
	free(copy);
	return ret;
}

/* Cut short anywhere, a form is refused and *insn untouched; alone, it is as before other bytes. */
static bool steady(const struct insn *insn, const uint8_t *bytes)
{
	struct insn again = { .length = 0xa5 }, untouched = again;

	for (size_t k = 0; k < insn->length; k++)
		if (decode(&again, bytes, k) != -1 || !SAME(&again, &untouched))
			return false;
	return !decode(&again, bytes, insn->length) && SAME(&again, insn);
}

/* Of an instruction that capstone accepts, so opcode and ModRM are there. */
static bool known_difference(unsigned int how, const uint8_t *bytes)
{
	unsigned int opcode, under = ANY;

	for (; prefix[*bytes]; bytes++)
		under |= prefix[*bytes];
	opcode = *bytes == 0x0f ? 0x0f00 | bytes[1] : *bytes;
	if (opcode == 0x62 && bytes[5] >= 0xc0)
		under |= REG16;
	for (size_t i = 0; i < ARRAY_SIZE(differences); i++)
		if (differences[i].how & how && differences[i].under & under &&
		    (opcode & differences[i].mask) == differences[i].opcode)
			return true;
	return false;
}

/* Does capstone say the same? It has no ModRM in endbr64, and a 16-bit displacement under 66. */
static bool agrees(const struct insn *ours, const uint8_t *bytes)
{
	const cs_x86_encoding *e = &theirs->detail->x86.encoding;
	bool branch = cs_insn_group(capstone, theirs, X86_GRP_BRANCH_RELATIVE);
	bool rip = e->disp_offset && (theirs->detail->x86.modrm & 0xc7) == 5;
	unsigned int disp = branch ? e->imm_offset : e->disp_offset, prefixes = 0;
	unsigned int kind = branch ? JCC : rip ? RIP : OTHER, size = branch ? e->imm_size : 4;

	if (branch && (theirs->id == X86_INS_CALL || theirs->id == X86_INS_JMP))
		kind = theirs->id == X86_INS_CALL ? CALL : JMP;
	else if (branch && bytes[disp - 1] >> 4 == 0xe)
		kind = LOOP;
	while (prefix[bytes[prefixes]])
		prefixes++;
	return ours->length == theirs->size && ours->kind == kind && ours->prefixes == prefixes &&
	       ours->disp == (kind ? disp : 0) && ours->disp_size == (kind ? size : 0) &&
	       (!e->modrm_offset || ours->modrm == e->modrm_offset);
}

/* Let both decode, and count who was right. Returns the length, 0 when nobody knows it. */
static size_t compare(const uint8_t *bytes, size_t size)
{
	const uint8_t *at = bytes;
	size_t left = size;
	uint64_t address = 0;
	struct insn ours = { 0 };
	bool us = !decode(&ours, bytes, size);
	bool them = cs_disasm_iter(capstone, &at, &left, &address, theirs);

	if (us && !steady(&ours, bytes))
		complain("not the same when cut", bytes, size);
	if (!them)
		return ours.length;
	known++;
	if (us && agrees(&ours, bytes))
		equal++;
	else if (ours.length != theirs->size && known_difference(us ? L : R, bytes))
		excused += us;
	else
		complain(theirs->mnemonic, bytes, theirs->size);
	return us ? ours.length : theirs->size;
}

static size_t parse(const char *text, uint8_t *bytes)
{
	size_t n = 0;

	for (int used; sscanf(text, "%2hhx%n", &bytes[n], &used) == 1; n++)
		text += used;
	return n;
}

static void test_table(void)
{
	uint8_t bytes[32] = { 0 };
	struct insn insn;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (decode(&insn, bytes, parse(table[i].text, bytes)) ||
		    !SAME(&insn, &table[i].want) || !compare(bytes, sizeof(bytes)))
			complain(table[i].text, bytes, table[i].want.length);
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (decode(&insn, bytes, parse(refused[i], bytes)) != -1 ||
		    decode(&insn, bytes, sizeof(bytes)) != -1)
			complain(refused[i], bytes, sizeof(bytes));
	report("table");
}

/* With each ModRM.mod and reg, and the three kinds of rm: a register, SIB, and RIP or rbp. */
static void test_sweep(void)
{
	uint8_t bytes[16];

	for (size_t m = 0; m < ARRAY_SIZE(maps); m++)
		for (unsigned int i = 0, n = parse(maps[m], bytes); i < 3 << 13; i++) {
			__builtin_memset(bytes + n, 0x25, sizeof(bytes) - n); /* SIB: base rbp */
			bytes[n] = i;
			bytes[n + 1] = (i >> 8 & 31) << 3 | "\1\4\5"[i >> 13];
			compare(bytes, sizeof(bytes));
		}
	report("every opcode");
}

/* Half start like something, one bit perhaps flipped: pure chance seldom meets a valid EVEX. */
static void test_random(void)
{
	uint8_t bytes[32];

	for (unsigned int i = 0, n = 0; i < 300000; i++, n = 0) {
		for (size_t k = 0; k < sizeof(bytes); k++)
			bytes[k] = random() >> 8;
		for (long k = i & 1 ? random() & 3 : 0; k; k--)
			bytes[n++] = "\x66\x67\xf2\xf3\xf0\x2e\x65\x48\x40"[random() % 9];
		if (i & 1)
			n += parse(maps[random() % ARRAY_SIZE(maps)], bytes + n);
		if (n && i & 2)
			bytes[random() % n] ^= 1 << random() % 8;
		compare(bytes, i % 3 ? 16 : random() % 17);
	}
	report("random bytes");
}

/* The executable segment of the C library that this test runs with. */
static int test_text(struct dl_phdr_info *info, size_t info_size, void *unused)
{
	const ElfW(Phdr) *segment = info->dlpi_phdr;
	const uint8_t *at;

	(void)info_size, (void)unused;
	if (!__builtin_strstr(info->dlpi_name, "/libc.so"))
		return 0;
	while (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X))
		segment++;
	at = (const uint8_t *)info->dlpi_addr + segment->p_vaddr;
	for (size_t left = segment->p_memsz, n; left; at += n, left -= n) {
		n = compare(at, left < 16 ? left : 16);
		if (!n)
			complain("neither knows", at, n = 1);
	}
	report("text of libc");
	return 1;
}

int main(int argc, char **argv)
{
	srandom(argc > 1 ? atoi(argv[1]) : 1);
	printf("TAP version 13\n1..4\n");
	if (cs_open(CS_ARCH_X86, CS_MODE_64, &capstone) ||
	    cs_option(capstone, CS_OPT_DETAIL, CS_OPT_ON))
		return 1;
	theirs = cs_malloc(capstone);
	test_table();
	test_sweep();
	test_random();
	dl_iterate_phdr(test_text, NULL);
	return failed || planned != 4;
}
