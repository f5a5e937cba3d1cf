/* SPDX-License-Identifier: MIT */
/*
 * Unit test of the instruction decoder, arch/x86/patch/insn.c, on the host.
 *
 * It proves that the decoder finds the end and the relative operand of every form it claims to
 * know, that it reads no byte it was not given (every buffer is malloc'ed to its size, so that
 * AddressSanitizer sees one read too many), and that a second decoder, capstone, agrees: over a
 * table by hand, over every opcode of every map, over random bytes and over a real libc.
 * It runs before any kernel is built, needs nothing from it, and speaks TAP:
 *
 *	cc -std=gnu11 -Wall -Wextra -Werror -O2 -g -fsanitize=address,undefined -Iinclude \
 *		tests/host/insn_test.c arch/x86/patch/insn.c -lcapstone
 *
 * An argument, if there is one, is the seed of the random bytes.
 */
#define _GNU_SOURCE /* dl_iterate_phdr() */
#include <elf.h>
#include <link.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
/* No <string.h>, __builtin_ instead: under -Iinclude that name is the kernel's own header. */

#include <capstone/capstone.h>

#include <asm/insn.h>

#define ARRAY_SIZE(a)  (sizeof(a) / sizeof((a)[0]))
#define RANDOM_STRINGS 300000
#define TESTS	       11
#define SHOWN	       8 /* diagnostics for each test */

static csh capstone;
static cs_insn *theirs; /* what capstone said last */
static unsigned int planned, failed, shown;

static void report(bool ok, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("%sok %u - insn: ", ok ? "" : "not ", ++planned);
	vprintf(format, args);
	printf("\n");
	va_end(args);
	failed += !ok;
	shown = 0;
}

/* One line on what went wrong, with the bytes; after SHOWN of them a test keeps quiet. */
static void complain(const char *what, const uint8_t *bytes, size_t size)
{
	if (shown++ >= SHOWN)
		return;
	printf("# %s:", what);
	for (size_t i = 0; i < size; i++)
		printf(" %02x", bytes[i]);
	printf("\n");
}

/* Decode from a buffer of exactly @size bytes. */
static int decode_exact(struct insn *insn, const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	int ret;

	__builtin_memcpy(copy, bytes, size);
	ret = insn_decode(insn, size ? copy : copy + 1, size);
	free(copy);
	return ret;
}

static bool same(const struct insn *a, const struct insn *b)
{
	return !__builtin_memcmp(a, b, sizeof(*a));
}

/*
 * (a) The table. Blanks are for the reader, [] surround the relative displacement, | stands
 * before ModRM; from these marks, the test knows what every field must be.
 */
static const struct {
	const char *text;
	enum insn_kind kind;
	const char *what;
} accepted[] = {
	{ "e8 [11223344]", INSN_CALL, "call" },
	{ "f2 e8 [11223344]", INSN_CALL, "bnd call" },
	{ "48 e8 [11223344]", INSN_CALL, "call with a REX" },
	{ "66 66 48 e8 [11223344]", INSN_CALL, "TLS call: REX.W beats 66" },
	{ "67 48 e8 [11223344]", INSN_CALL, "call under 67" },
	{ "e9 [11223344]", INSN_JMP, "jmp rel32" },
	{ "66 48 e9 [11223344]", INSN_JMP, "jmp rel32: REX.W beats 66" },
	{ "eb [11]", INSN_JMP, "jmp rel8" },
	{ "3e eb [11]", INSN_JMP, "jmp rel8 with a segment" },
	{ "66 eb [11]", INSN_JMP, "jmp rel8 under 66: no doubt" },
	{ "70 [11]", INSN_JCC, "jo rel8" },
	{ "2e 7f [11]", INSN_JCC, "jg rel8 with a hint" },
	{ "0f 80 [11223344]", INSN_JCC, "jo rel32" },
	{ "0f 8f [11223344]", INSN_JCC, "jg rel32" },
	{ "f2 0f 85 [11223344]", INSN_JCC, "bnd jne" },
	{ "e0 [11]", INSN_LOOP, "loopne" },
	{ "e1 [11]", INSN_LOOP, "loope" },
	{ "e2 [11]", INSN_LOOP, "loop" },
	{ "e3 [11]", INSN_LOOP, "jrcxz" },
	{ "67 e3 [11]", INSN_LOOP, "jecxz" },

	{ "ff |15 [11223344]", INSN_RIP, "call *rip" },
	{ "ff |25 [11223344]", INSN_RIP, "jmp *rip" },
	{ "8b |05 [11223344]", INSN_RIP, "mov rip" },
	{ "67 8b |05 [11223344]", INSN_RIP, "mov eip" },
	{ "48 8d |3d [11223344]", INSN_RIP, "lea rip" },
	{ "80 |3d [11223344] 01", INSN_RIP, "cmpb rip, imm8 behind" },
	{ "83 |3d [11223344] 01", INSN_RIP, "cmpl rip, imm8 behind" },
	{ "81 |3d [11223344] 01020304", INSN_RIP, "cmpl rip, imm32 behind" },
	{ "66 81 |3d [11223344] 0102", INSN_RIP, "cmpw rip, imm16 behind" },
	{ "66 48 81 |3d [11223344] 01020304", INSN_RIP, "cmpq rip: W beats 66" },
	{ "c7 |05 [11223344] 01020304", INSN_RIP, "movl rip, imm32 behind" },
	{ "65 48 81 |05 [10000000] 02000000", INSN_RIP, "addq gs:rip" },
	{ "f6 |05 [11223344] 01", INSN_RIP, "testb rip, imm8 behind" },
	{ "f7 |05 [11223344] 01020304", INSN_RIP, "testl rip, imm32 behind" },
	{ "f7 |15 [11223344]", INSN_RIP, "notl rip" },
	{ "0f ba |25 [11223344] 03", INSN_RIP, "btl rip, imm8 behind" },
	{ "f0 0f b1 |0d [11223344]", INSN_RIP, "lock cmpxchg rip" },
	{ "66 0f 3a 0f |05 [11223344] 04", INSN_RIP, "palignr rip, imm8 behind" },
	{ "66 0f 38 00 |05 [11223344]", INSN_RIP, "pshufb rip" },
	{ "c5 f9 6f |05 [11223344]", INSN_RIP, "vmovdqa rip" },
	{ "c4 e3 71 0f |05 [11223344] 04", INSN_RIP, "vpalignr rip, imm8 behind" },
	{ "62 f1 7c 48 28 |05 [11223344]", INSN_RIP, "EVEX vmovaps rip" },
	{ "62 f3 75 48 25 |05 [11223344] 04", INSN_RIP, "EVEX vpternlogd rip, imm8" },
	{ "0f 0f |05 [11223344] 9e", INSN_RIP, "3DNow! rip, suffix behind" },

	{ "90", INSN_OTHER, "nop" },
	{ "f3 90", INSN_OTHER, "pause" },
	{ "fa", INSN_OTHER, "cli" },
	{ "9c", INSN_OTHER, "pushf" },
	{ "c3", INSN_OTHER, "ret" },
	{ "cc", INSN_OTHER, "int3" },
	{ "f1", INSN_OTHER, "int1" },
	{ "48 cf", INSN_OTHER, "iretq" },
	{ "41 57", INSN_OTHER, "push %r15" },
	{ "9b", INSN_OTHER, "fwait" },
	{ "f3 48 ab", INSN_OTHER, "rep stosq" },
	{ "0f 20 |d8", INSN_OTHER, "mov %cr3, %rax" },
	{ "0f 22 |1c", INSN_OTHER, "mov to %cr3, mod 0: no SIB" },
	{ "0f 23 |05", INSN_OTHER, "mov to %db0, mod 0: no RIP" },
	{ "44 0f 20 |c0", INSN_OTHER, "mov %cr8, %rax" },
	{ "0f 30", INSN_OTHER, "wrmsr" },
	{ "0f 05", INSN_OTHER, "syscall" },
	{ "0f 0b", INSN_OTHER, "ud2" },
	{ "0f b9 |c1", INSN_OTHER, "ud1" },
	{ "0f a2", INSN_OTHER, "cpuid" },
	{ "0f 01 |c1", INSN_OTHER, "vmcall" },
	{ "0f 01 |d9", INSN_OTHER, "vmmcall" },
	{ "0f 01 |f8", INSN_OTHER, "swapgs" },
	{ "0f 01 |38", INSN_OTHER, "invlpg" },
	{ "f3 0f 1e |fa", INSN_OTHER, "endbr64" },
	{ "0f 1f |40 00", INSN_OTHER, "nop of 4" },
	{ "0f 1f |44 00 00", INSN_OTHER, "nop of 5" },
	{ "66 2e 0f 1f |84 00 00000000", INSN_OTHER, "nop of 10" },
	{ "0f ae |f0", INSN_OTHER, "mfence" },
	{ "0f c8", INSN_OTHER, "bswap" },
	{ "f3 0f b8 |c1", INSN_OTHER, "popcnt" },

	{ "01 |08", INSN_OTHER, "mod 0" },
	{ "01 |0c 24", INSN_OTHER, "mod 0, SIB" },
	{ "01 |0c 25 11223344", INSN_OTHER, "mod 0, SIB without base" },
	{ "41 01 |0c 25 11223344", INSN_OTHER, "the same under REX.B" },
	{ "01 |48 11", INSN_OTHER, "mod 1" },
	{ "01 |4d 11", INSN_OTHER, "mod 1, rbp" },
	{ "01 |4c 25 11", INSN_OTHER, "mod 1, SIB" },
	{ "01 |88 11223344", INSN_OTHER, "mod 2" },
	{ "01 |8c 25 11223344", INSN_OTHER, "mod 2, SIB" },
	{ "01 |cd", INSN_OTHER, "mod 3, rbp" },
	{ "67 01 |0c 25 11223344", INSN_OTHER, "67 leaves ModRM alone" },

	{ "04 01", INSN_OTHER, "add imm8" },
	{ "05 01020304", INSN_OTHER, "add imm32" },
	{ "66 05 0102", INSN_OTHER, "add imm16" },
	{ "48 05 01020304", INSN_OTHER, "add imm32 to rax" },
	{ "66 48 05 01020304", INSN_OTHER, "REX.W beats 66" },
	{ "48 66 05 0102", INSN_OTHER, "REX before 66 is void" },
	{ "48 40 05 01020304", INSN_OTHER, "two REX" },
	{ "48 40 b8 01020304", INSN_OTHER, "two REX: the last counts" },
	{ "68 01020304", INSN_OTHER, "push imm32" },
	{ "66 68 0102", INSN_OTHER, "push imm16" },
	{ "6a 01", INSN_OTHER, "push imm8" },
	{ "69 |c0 01020304", INSN_OTHER, "imul imm32" },
	{ "6b |c0 01", INSN_OTHER, "imul imm8" },
	{ "a8 01", INSN_OTHER, "test imm8" },
	{ "a9 01020304", INSN_OTHER, "test imm32" },
	{ "66 a9 0102", INSN_OTHER, "test imm16" },
	{ "b0 01", INSN_OTHER, "mov imm8" },
	{ "b8 01020304", INSN_OTHER, "mov imm32" },
	{ "66 b8 0102", INSN_OTHER, "mov imm16" },
	{ "48 b8 0102030405060708", INSN_OTHER, "mov imm64" },
	{ "66 49 bf 0102030405060708", INSN_OTHER, "mov imm64 under 66" },
	{ "41 b8 01020304", INSN_OTHER, "mov imm32, REX without W" },
	{ "c6 |00 01", INSN_OTHER, "movb imm8" },
	{ "c7 |c0 01020304", INSN_OTHER, "movl imm32" },
	{ "66 c7 |00 0102", INSN_OTHER, "movw imm16" },
	{ "c6 |f8 01", INSN_OTHER, "xabort" },
	{ "f6 |c0 01", INSN_OTHER, "testb" },
	{ "f6 |c8 01", INSN_OTHER, "testb, its alias" },
	{ "f6 |d0", INSN_OTHER, "notb" },
	{ "f7 |c0 01020304", INSN_OTHER, "testl" },
	{ "f7 |c8 01020304", INSN_OTHER, "testl, its alias" },
	{ "66 f7 |c0 0102", INSN_OTHER, "testw" },
	{ "48 f7 |c0 01020304", INSN_OTHER, "testq" },
	{ "f7 |f0", INSN_OTHER, "div" },
	{ "a0 0102030405060708", INSN_OTHER, "mov moffs to al" },
	{ "66 a1 0102030405060708", INSN_OTHER, "mov moffs to ax" },
	{ "48 a3 0102030405060708", INSN_OTHER, "mov rax to moffs" },
	{ "67 a2 01020304", INSN_OTHER, "mov moffs under 67" },
	{ "c2 0102", INSN_OTHER, "ret imm16" },
	{ "66 c2 0102", INSN_OTHER, "ret imm16 under 66" },
	{ "48 ca 0102", INSN_OTHER, "lretq imm16" },
	{ "c8 0102 03", INSN_OTHER, "enter" },
	{ "c1 |e0 05", INSN_OTHER, "shl imm8" },
	{ "cd 80", INSN_OTHER, "int" },
	{ "e4 60", INSN_OTHER, "in imm8" },
	{ "e7 60", INSN_OTHER, "out imm8" },
	{ "8f |c0", INSN_OTHER, "pop" },
	{ "d9 |6c 24 08", INSN_OTHER, "fldcw" },
	{ "63 |c8", INSN_OTHER, "movslq" },

	{ "0f a4 |c8 05", INSN_OTHER, "shld imm8" },
	{ "0f c2 |c1 02", INSN_OTHER, "cmpps" },
	{ "66 0f 70 |c1 1b", INSN_OTHER, "pshufd" },
	{ "66 0f 73 |f9 04", INSN_OTHER, "pslldq" },
	{ "0f 77", INSN_OTHER, "emms" },
	{ "0f 0f |c1 9e", INSN_OTHER, "3DNow! pfadd" },
	{ "0f 0f |44 25 11 9e", INSN_OTHER, "3DNow! memory" },
	{ "0f 0e", INSN_OTHER, "femms" },
	{ "0f 78 |c1", INSN_OTHER, "vmread" },
	{ "66 0f 78 |c1 02 03", INSN_OTHER, "extrq" },
	{ "f2 0f 78 |c1 02 03", INSN_OTHER, "insertq" },
	{ "66 0f 79 |c1", INSN_OTHER, "extrq of registers" },
	{ "66 0f 38 82 |08", INSN_OTHER, "invpcid" },
	{ "f2 0f 38 f1 |c1", INSN_OTHER, "crc32" },
	{ "66 0f 3a 0f |c1 04", INSN_OTHER, "palignr" },
	{ "c5 f8 77", INSN_OTHER, "vzeroupper" },
	{ "c5 f9 70 |c1 1b", INSN_OTHER, "vpshufd" },
	{ "c4 e1 78 28 |c1", INSN_OTHER, "vmovaps, long VEX" },
	{ "c4 e2 71 00 |c2", INSN_OTHER, "vpshufb" },
	{ "c4 e3 71 4c |c2 30", INSN_OTHER, "vpblendvb, is4" },
	{ "67 c5 f8 28 |00", INSN_OTHER, "67 may stand before VEX" },
	{ "62 f1 7c 48 28 |40 01", INSN_OTHER, "EVEX, disp8*N is one byte" },
	{ "62 f1 fd 48 7a |c0", INSN_OTHER, "EVEX vcvttpd2qq, 0f 7a" },
	{ "62 f1 7d 48 72 |f1 05", INSN_OTHER, "EVEX vpslld imm8" },
	{ "62 f2 7d 48 18 |c1", INSN_OTHER, "EVEX vbroadcastss" },
	{ "62 f5 7c 48 58 |c0", INSN_OTHER, "EVEX vaddph, map 5" },
	{ "62 f5 7d 48 1d |c0", INSN_OTHER, "EVEX vcvtps2phx, map 5" },
	{ "62 f6 7d 48 98 |c0", INSN_OTHER, "EVEX vfmadd132ph, map 6" },

	{ "66666666666666666666666666 66 90", INSN_OTHER, "15 bytes, 14 of them prefixes" },
	{ "2e3e2e3e2e3e2e3e2e3e e8 [11223344]", INSN_CALL, "15 bytes, call" },
	{ "65 67 f0 48 81 |84 25 11223344 01020304", INSN_OTHER, "15 bytes, of every part" },
	{ "2e2e2e2e2e 48 b8 0102030405060708", INSN_OTHER, "15 bytes, mov imm64" },
};

static const struct {
	const char *text, *why;
} refused[] = {
	{ "06", "push %es" },
	{ "07", "pop %es" },
	{ "0e", "push %cs" },
	{ "16", "push %ss" },
	{ "17", "pop %ss" },
	{ "1e", "push %ds" },
	{ "1f", "pop %ds" },
	{ "27", "daa" },
	{ "2f", "das" },
	{ "37", "aaa" },
	{ "3f", "aas" },
	{ "60", "pusha" },
	{ "61", "popa" },
	{ "82 c0 01", "80 again" },
	{ "9a 11223344 3300", "far call" },
	{ "ea 11223344 3300", "far jmp" },
	{ "ce", "into" },
	{ "d4 0a", "aam" },
	{ "d5 0a", "aad" },
	{ "d6", "salc" },
	{ "62 00 00 00 00 00 00", "bound" },
	{ "62 f1 78 48 28 00", "EVEX whose 1 is a 0" },
	{ "62 f1 7c 48 77 00", "EVEX vzeroupper" },
	{ "62 f4 7c 48 28 00 00 00 00 00", "EVEX map 4" },
	{ "62 f9 7c 48 28 00 00 00 00 00", "EVEX map 9" },
	{ "c4 00 00 00 00 00 00 00", "les" },
	{ "c4 e4 78 28 00 00 00 00", "VEX map 4" },
	{ "c4 e5 78 58 c0 00 00 00", "VEX map 5" },
	{ "c5 00 00 00 00 00 00", "lds" },
	{ "c5 f8 0b 00 00", "VEX ud2" },
	{ "66 c5 f8 28 c1", "66 before VEX" },
	{ "f0 c5 f8 28 c1", "lock before VEX" },
	{ "f2 c4 e1 78 28 c1", "repne before VEX" },
	{ "f3 62 f1 7c 48 28 00", "rep before EVEX" },
	{ "48 c5 f8 28 c1", "REX before VEX" },
	{ "66 e8 11223344", "call under 66" },
	{ "66 e9 11223344", "jmp under 66" },
	{ "66 0f 84 11223344", "je under 66" },
	{ "48 66 e8 11223344", "call under 66, its REX.W void" },
	{ "66 41 e8 11223344", "call under 66 and a REX without W" },
	{ "c7 f8 11223344", "xbegin" },
	{ "8f e8 78 c0 c1 05", "XOP vprotb" },
	{ "fe d0", "group 4 /2" },
	{ "ff f8", "group 5 /7" },
	{ "0f ff c0", "ud0" },
	{ "0f 04", "nothing" },
	{ "0f 24 c0", "mov %tr" },
	{ "0f 3b 00", "nothing" },
	{ "66666666666666666666666666 66 66 90", "16 bytes, 15 of them prefixes" },
	{ "2e3e2e3e2e3e2e3e2e3e2e e8 11223344", "16 bytes, call" },
	{ "65 67 f0 f0 48 81 84 25 11223344 01020304", "16 bytes, of every part" },
	{ "6666666666666666666666666666 0f a2", "16 bytes, cut behind 0f" },
	{ "6666666666666666666666666666 8b c0", "16 bytes, cut before ModRM" },
	{ "48", "a REX alone" },
	{ "", "nothing at all" },
};

static size_t parse_hex(const char *text, uint8_t *bytes, struct insn *marks)
{
	size_t n = 0;

	for (; *text; text++) {
		unsigned int byte;

		if (*text == '[')
			marks->disp = n;
		else if (*text == ']')
			marks->disp_size = n - marks->disp;
		else if (*text == '|')
			marks->modrm = n;
		else if (*text != ' ' && sscanf(text++, "%2x", &byte) == 1)
			bytes[n++] = byte;
	}
	return n;
}

/* Where the opcode starts, found without the decoder's tables. */
static size_t count_prefixes(const uint8_t *bytes, size_t size)
{
	size_t n = 0;

	for (; n < size; n++) {
		switch (bytes[n]) {
		case 0x26:
		case 0x2e:
		case 0x36:
		case 0x3e:
		case 0x64 ... 0x67:
		case 0x40 ... 0x4f:
		case 0xf0:
		case 0xf2:
		case 0xf3:
			continue;
		}
		break;
	}
	return n;
}

/*
 * Where capstone 4.0.2 is wrong, or sees things differently: found by the sweep and the random
 * bytes below, judged by the manuals, by llvm-mc 14, and by an Intel CPU that was made to fetch
 * each instruction across the end of a page. An entry excuses one opcode, for one complaint,
 * under the prefixes (any of @under) with which it shows.
 */
enum { LENGTH = 1, REFUSED = 2, OPERAND = 4 };				     /* how we differ */
enum { ALWAYS = 0, P66 = 1, P67 = 2, REP_LOCK = 4, REX = 8, EVEX_REG = 16 }; /* under what */

static struct difference {
	unsigned int opcode, mask, how, under;
	const char *why;
	unsigned long hits;
} differences[] = {
	{ 0x0fb9, 0xffff, LENGTH | REFUSED, ALWAYS, "ud1 has a ModRM, which capstone leaves behind",
	  0 },
	{ 0x0f78, 0xffff, LENGTH | REFUSED, P66 | P67 | REP_LOCK,
	  "vmread or, under 66 or f2, extrq: with 67 or REX, capstone mixes them up", 0 },
	{ 0xc2, 0xff, LENGTH | REFUSED, P66 | REX,
	  "ret has an imm16 under any prefix; capstone may take 32 bits", 0 },
	{ 0x68, 0xff, LENGTH | REFUSED, P66,
	  "push has an imm16 under 66; with rep or 67 too, capstone takes 32 bits", 0 },
	{ 0xe8, 0xff, LENGTH | REFUSED, P67,
	  "call has a rel32 under 67; with REX.W too, capstone takes 16 bits", 0 },
	{ 0x62, 0xff, LENGTH, EVEX_REG,
	  "EVEX, register 16-31 in rm: capstone may take one byte too many", 0 },
	{ 0x62, 0xff, LENGTH | REFUSED, P67,
	  "EVEX under 67 with EVEX.X: capstone sees no SIB, no RIP in rm 4, 5", 0 },
	{ 0x0f0f, 0xffff, OPERAND, ALWAYS,
	  "3DNow! with the unknown suffix 0e: capstone says femms, without operands", 0 },

	{ 0xe8, 0xfe, REFUSED, P66,
	  "call, jmp under 66: AMD and Intel disagree, we refuse on purpose", 0 },
	{ 0x0f80, 0xfff0, REFUSED, P66,
	  "jcc rel32 under 66: AMD and Intel disagree, we refuse on purpose", 0 },
	{ 0xc7, 0xff, REFUSED, ALWAYS,
	  "xbegin: struct insn cannot express its operand, we refuse on purpose", 0 },
	{ 0x8f, 0xff, REFUSED, ALWAYS, "XOP, which no CPU since AMD Zen has: we refuse on purpose",
	  0 },
	{ 0x0fff, 0xffff, REFUSED, ALWAYS,
	  "ud0 has a ModRM on Intel, none on AMD and in capstone: we refuse on purpose", 0 },
	{ 0xc4, 0xfe, REFUSED, P66 | REP_LOCK | REX,
	  "VEX behind 66, f2, f3, f0 or REX raises #UD; capstone lets it pass", 0 },
	{ 0x62, 0xff, REFUSED, P66 | REP_LOCK | REX,
	  "EVEX behind 66, f2, f3, f0 or REX raises #UD; capstone lets it pass", 0 },
};

static struct difference *known_difference(unsigned int how, const uint8_t *bytes, size_t size)
{
	size_t at = count_prefixes(bytes, size);
	unsigned int opcode = at < size ? bytes[at] : 0, under = 0;

	for (size_t i = 0; i < at; i++)
		under |= bytes[i] == 0x66	     ? P66
			 : bytes[i] == 0x67	     ? P67
			 : bytes[i] >= 0xf0	     ? REP_LOCK
			 : (bytes[i] & 0xf0) == 0x40 ? REX
						     : 0;
	if (opcode == 0x62 && at + 5 < size && bytes[at + 5] >= 0xc0)
		under |= EVEX_REG;
	if (opcode == 0x0f && at + 1 < size)
		opcode = opcode << 8 | bytes[at + 1];

	for (size_t i = 0; i < ARRAY_SIZE(differences); i++) {
		struct difference *d = &differences[i];

		if (!(d->how & how) || (opcode & d->mask) != d->opcode ||
		    (d->under != ALWAYS && !(d->under & under)))
			continue;
		d->hits++;
		return d;
	}
	return NULL;
}

struct tally {
	unsigned long strings, theirs, both, only_us, wrong, refused, excused;
};

/* Is the relative operand that capstone prints the one that we found? */
static bool same_operand(const struct insn *ours)
{
	const cs_x86 *x86 = &theirs->detail->x86;
	unsigned int disp = 0;
	bool branch = false, rip = false;

	for (int i = 0; i < theirs->detail->groups_count; i++)
		branch |= theirs->detail->groups[i] == X86_GRP_BRANCH_RELATIVE;
	for (int i = 0; i < x86->op_count; i++)
		rip |= x86->operands[i].type == X86_OP_MEM &&
		       (x86->operands[i].mem.base == X86_REG_RIP ||
			x86->operands[i].mem.base == X86_REG_EIP);
	if (branch)
		disp = x86->encoding.imm_offset;
	else if (rip)
		disp = x86->encoding.disp_offset;
	return ours->disp == disp && (ours->kind == INSN_RIP) == rip &&
	       (ours->kind != INSN_RIP && ours->kind != INSN_OTHER) == branch;
}

/* Let both decode, and count who was right. Returns the length, 0 when nobody knows it. */
static size_t compare(struct tally *tally, const uint8_t *bytes, size_t size)
{
	struct insn ours;
	const uint8_t *at = bytes;
	size_t left = size;
	uint64_t address = 0;
	bool us = !decode_exact(&ours, bytes, size);
	bool them = cs_disasm_iter(capstone, &at, &left, &address, theirs);
	char what[300];

	tally->strings++;
	tally->theirs += them;
	if (!them) {
		tally->only_us += us;
		return us ? ours.length : 0;
	}
	if (!us) {
		tally->refused++;
		if (!known_difference(REFUSED, bytes, size)) {
			tally->wrong++;
			snprintf(what, sizeof(what), "we refuse capstone's %s %s, %u bytes",
				 theirs->mnemonic, theirs->op_str, theirs->size);
			complain(what, bytes, theirs->size);
		}
		return theirs->size;
	}
	tally->both++;
	if (ours.length == theirs->size && same_operand(&ours))
		return ours.length;
	if (known_difference(ours.length != theirs->size ? LENGTH : OPERAND, bytes, size)) {
		tally->excused++;
		return ours.length;
	}
	tally->wrong++;
	snprintf(what, sizeof(what), "we: length %u, kind %u, disp %u; capstone: length %u, %s %s",
		 ours.length, ours.kind, ours.disp, theirs->size, theirs->mnemonic, theirs->op_str);
	complain(what, bytes, size < 15 ? size : 15);
	return ours.length;
}

/* An excuse that is needed often would hide a mistake of ours: no more than one in 500. */
static void report_tally(const struct tally *tally, const char *what)
{
	bool few = tally->excused <= 5 + tally->both / 500;

	report(!tally->wrong && tally->both && few, "%s: %lu instructions known to both, all equal",
	       what, tally->both - tally->excused);
	printf("# %lu strings, capstone accepts %lu: we refuse %lu of them and have %lu equal, %lu "
	       "known to differ, %lu wrong; we alone accept %lu\n",
	       tally->strings, tally->theirs, tally->refused, tally->both - tally->excused,
	       tally->excused, tally->wrong, tally->only_us);
}

static void test_table(void)
{
	unsigned int wrong_fields = 0, wrong_short = 0, wrong_long = 0, wrong_refused = 0;
	struct tally tally = { 0 };
	uint8_t bytes[32];

	for (size_t i = 0; i < ARRAY_SIZE(accepted); i++) {
		struct insn insn, want = { .kind = accepted[i].kind };
		size_t n = parse_hex(accepted[i].text, bytes, &want);
		uint8_t first;

		/* The opcode ends where ModRM or the displacement starts; else, by its map. */
		want.length = n;
		want.prefixes = count_prefixes(bytes, n);
		first = bytes[want.prefixes];
		want.opcode = want.modrm  ? want.modrm - 1
			      : want.disp ? want.disp - 1
					  : want.prefixes + (first == 0x0f   ? 1
							     : first == 0xc5 ? 2
									     : 0);
		if (decode_exact(&insn, bytes, n) || !same(&insn, &want)) {
			wrong_fields++;
			complain(accepted[i].what, bytes, n);
		}
		compare(&tally, bytes, n);
	}
	report(!wrong_fields, "table: %zu forms have their length, offsets and kind",
	       ARRAY_SIZE(accepted));
	report_tally(&tally, "table against capstone");

	for (size_t i = 0; i < ARRAY_SIZE(accepted); i++) {
		struct insn insn, again, before;
		size_t n = parse_hex(accepted[i].text, bytes, &insn);

		__builtin_memset(&before, 0xa5, sizeof(before));
		for (size_t k = 0; k < n; k++) {
			insn = before;
			if (decode_exact(&insn, bytes, k) == -1 && same(&insn, &before))
				continue;
			wrong_short++;
			complain(accepted[i].what, bytes, k);
		}
		__builtin_memset(bytes + n, 0x66, sizeof(bytes) - n);
		if (decode_exact(&insn, bytes, n) || decode_exact(&again, bytes, sizeof(bytes)) ||
		    !same(&insn, &again)) {
			wrong_long++;
			complain(accepted[i].what, bytes, sizeof(bytes));
		}
	}
	report(!wrong_short, "table: cut short anywhere, a form is refused and *insn untouched");
	report(!wrong_long, "table: bytes behind the end change nothing");

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct insn insn;
		size_t n = parse_hex(refused[i].text, bytes, &insn);

		__builtin_memset(bytes + n, 0x90, sizeof(bytes) - n);
		/* With nops behind it too: unless cutting it short is the point. */
		if (decode_exact(&insn, bytes, n) == -1 &&
		    (n < 2 || decode_exact(&insn, bytes, sizeof(bytes)) == -1))
			continue;
		wrong_refused++;
		complain(refused[i].why, bytes, n);
	}
	report(!wrong_refused, "table: %zu forms are refused", ARRAY_SIZE(refused));
}

/*
 * Every opcode of every map, under the prefixes that matter, with every ModRM.mod and reg and the
 * three kinds of rm: a register, SIB, and RIP or rbp.
 */
static void test_sweep(void)
{
	static const char *const maps[] = {
		"",
		"66",
		"f2",
		"f3",
		"48",
		"67",
		"66 48",
		"48 66",
		"0f",
		"66 0f",
		"f2 0f",
		"f3 0f",
		"48 0f",
		"67 0f",
		"0f 38",
		"66 0f 38",
		"f2 0f 38",
		"f3 0f 38",
		"66 48 0f 38",
		"0f 3a",
		"66 0f 3a",
		"f2 0f 3a",
		"66 48 0f 3a",
		"c5 f8",
		"c5 f9",
		"c5 fa",
		"c5 fb",
		"c5 f5",
		"c4 e1 f9",
		"c4 e2 78",
		"c4 e2 79",
		"c4 e2 f5",
		"c4 e3 79",
		"c4 e3 f5",
		"62 f1 7c 48",
		"62 f1 7d 48",
		"62 f1 7e 48",
		"62 f1 fd 48",
		"62 f1 f7 48",
		"62 f2 7d 48",
		"62 f2 fd 49",
		"62 f3 75 48",
		"62 f3 fd 49",
	};
	static const uint8_t rms[] = { 1, 4, 5 };
	struct tally tally = { 0 };
	struct insn marks;
	uint8_t bytes[16];

	for (size_t m = 0; m < ARRAY_SIZE(maps); m++) {
		for (unsigned int i = 0; i < 256 * 32 * ARRAY_SIZE(rms); i++) {
			size_t n = parse_hex(maps[m], bytes, &marks);

			bytes[n++] = i; /* opcode */
			bytes[n++] = (i >> 8 & 31) << 3 | rms[i >> 13];
			__builtin_memset(bytes + n, 0x25, sizeof(bytes) - n); /* SIB: base rbp */
			compare(&tally, bytes, sizeof(bytes));
		}
	}
	report_tally(&tally, "sweep over every opcode");
}

static uint64_t random_state;

static uint64_t xorshift(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/*
 * (b) Random bytes. Half of the strings are nothing else; the other half start like something, for
 * pure chance seldom meets a valid EVEX. Their size is random too, so that many are cut short.
 */
static void test_random(void)
{
	static const uint8_t prefixes[] = {
		0x66, 0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x2e, 0x65, 0x48, 0x41, 0x40,
	};
	struct tally tally = { 0 };
	unsigned long unsteady = 0;

	for (unsigned int i = 0; i < RANDOM_STRINGS; i++) {
		uint64_t dice = xorshift();
		size_t size = i % 3 ? 16 : dice % 17, n = 0;
		uint8_t bytes[16];
		struct insn insn, again;

		dice >>= 8;
		for (size_t k = 0; k < sizeof(bytes); k++)
			bytes[k] = xorshift() >> 32;
		if (i & 1) {
			for (unsigned int k = dice & 3; k; k--)
				bytes[n++] = prefixes[xorshift() % ARRAY_SIZE(prefixes)];
			switch (dice >> 2 & 7) {
			case 0:
				bytes[n++] = 0x0f;
				bytes[n] = dice & 32 ? 0x38 : 0x3a;
				break;
			case 1:
				bytes[n] = 0xc5;
				break;
			case 2:
				bytes[n++] = 0xc4;
				bytes[n] = (bytes[n] & 0xe0) | (1 + (dice >> 6) % 3);
				break;
			case 3:
				bytes[n++] = 0x62;
				bytes[n] = (bytes[n] & 0xf0) | (1 + (dice >> 6) % 3);
				bytes[n + 1] |= 4;
				break;
			case 4:
			case 5:
				bytes[n] = 0x0f;
				break;
			}
		}
		compare(&tally, bytes, size);
		if (decode_exact(&insn, bytes, size))
			continue;
		if (decode_exact(&again, bytes, insn.length) || !same(&insn, &again) ||
		    !decode_exact(&again, bytes, insn.length - 1)) {
			unsteady++;
			complain("the length depends on what follows", bytes, size);
		}
	}
	report(!unsteady, "random: the same alone as with bytes behind it, refused when cut");
	report_tally(&tally, "random");
	report(tally.both * 2 >= tally.theirs, "random: at least half of what capstone accepts");
	printf("# we accept %.2f %% of it\n", 100.0 * tally.both / tally.theirs);
}

/* (c) Real code: the .text of the C library that this test runs with. */
static int find_libc(struct dl_phdr_info *info, size_t size, void *path)
{
	(void)size;
	if (!__builtin_strstr(info->dlpi_name, "/libc.so"))
		return 0;
	snprintf(path, 256, "%s", info->dlpi_name);
	return 1;
}

static uint8_t *read_text(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *text = NULL;
	Elf64_Ehdr header;
	Elf64_Shdr *sections = NULL;
	char *names = NULL;

	*size = 0;
	if (!file || fread(&header, sizeof(header), 1, file) != 1 || !header.e_shnum)
		goto out;
	sections = calloc(header.e_shnum, sizeof(*sections));
	fseek(file, header.e_shoff, SEEK_SET);
	if (fread(sections, sizeof(*sections), header.e_shnum, file) != header.e_shnum)
		goto out;
	names = calloc(1, sections[header.e_shstrndx].sh_size + 1);
	fseek(file, sections[header.e_shstrndx].sh_offset, SEEK_SET);
	if (fread(names, sections[header.e_shstrndx].sh_size, 1, file) != 1)
		goto out;
	for (unsigned int i = 0; i < header.e_shnum; i++) {
		if (__builtin_strcmp(names + sections[i].sh_name, ".text"))
			continue;
		text = malloc(sections[i].sh_size);
		fseek(file, sections[i].sh_offset, SEEK_SET);
		*size = fread(text, 1, sections[i].sh_size, file);
	}
out:
	if (file)
		fclose(file);
	free(names);
	free(sections);
	return text;
}

static void test_binary(void)
{
	char path[256] = "/proc/self/exe";
	struct tally tally = { 0 };
	size_t size, at = 0, lost = 0;
	uint8_t *text;

	dl_iterate_phdr(find_libc, path);
	text = read_text(path, &size);
	while (at < size) {
		size_t length = compare(&tally, text + at, size - at < 16 ? size - at : 16);

		if (!length) {
			complain("neither knows", text + at, size - at < 15 ? size - at : 15);
			lost++;
		}
		at += length ? length : 1;
	}
	free(text);
	report(size && !lost, "text: %zu bytes of %s walked, every one known", size, path);
	report_tally(&tally, "text");
}

int main(int argc, char **argv)
{
	random_state = argc > 1 ? strtoull(argv[1], NULL, 0) : 0x9e3779b97f4a7c15;
	if (!random_state || cs_open(CS_ARCH_X86, CS_MODE_64, &capstone) != CS_ERR_OK) {
		printf("Bail out! the seed is 0, or capstone does not open\n");
		return 1;
	}
	cs_option(capstone, CS_OPT_DETAIL, CS_OPT_ON);
	theirs = cs_malloc(capstone);

	printf("TAP version 13\n1..%u\n# random seed %#llx\n", TESTS,
	       (unsigned long long)random_state);
	test_table();
	test_sweep();
	test_random();
	test_binary();

	for (size_t i = 0; i < ARRAY_SIZE(differences); i++)
		printf("# differs %lu times: %s\n", differences[i].hits, differences[i].why);
	cs_free(theirs, 1);
	cs_close(&capstone);
	return failed || planned != TESTS;
}
