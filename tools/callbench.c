/* SPDX-License-Identifier: MIT */
/*
 * What each form of a paravirt call site costs on this machine's own CPU: the forms that the
 * patcher leaves in the kernel, and those that it could. clc stands for a privileged instruction
 * of 1 byte (cli), mov %rdi,%rax for one of 3 bytes (mov %rdi,%cr0).
 *
 *   callbench [-n ROUNDS] [-o FILE]	a table; FILE gets it separated by tabs
 *
 * Each form is measured in four ways, in cycles of the TSC for one pass of one site:
 *
 *   c            in a loop with live registers, by a site that gives up all caller-saved registers
 *   callee-save  the same loop, by a site that gives up %rax only
 *   cold         24 KiB of such sites, one after the other and once a round: fetch, decoders and
 *                branch prediction meet them anew, as they do code that runs now and then
 *   warm         the same 24 KiB again at once, out of the first-level cache
 *
 * and an instruction alone once more as `free`: in the loop, with registers of the compiler's
 * choice, as a kernel without a paravirt layer has it.
 */
#define _GNU_SOURCE /* sched_setaffinity() */
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_ROUNDS 10000
#define PASSES	   1000 /* of a loop, in one sample */
#define COLD_BYTES 24576

#define STR(x)	    #x
#define XSTR(x)	    STR(x)
#define LIST(...)   __VA_ARGS__
#define REP(n, txt) ".rept " #n "\n\t" txt "\n\t.endr\n\t"

/* clang-format off */
#define CS(n)	      REP(n, ".byte 0x2e") /* a prefix that long mode ignores */
#define O16(n)	      REP(n, ".byte 0x66")
#define SHORT_NOPS(n) REP(n, "nop")

/* The NOP of each length as the SDM has it up to 9 bytes, then with more prefixes. */
#define NOP1  "nop\n\t"
#define NOP2  ".byte 0x66, 0x90\n\t"
#define NOP3  ".byte 0x0f, 0x1f, 0x00\n\t"
#define NOP4  ".byte 0x0f, 0x1f, 0x40, 0\n\t"
#define NOP5  ".byte 0x0f, 0x1f, 0x44, 0, 0\n\t"
#define NOP7  ".byte 0x0f, 0x1f, 0x80, 0, 0, 0, 0\n\t"
#define NOP8  ".byte 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0\n\t"
#define LONG_NOP(prefixes) O16(prefixes) CS(1) NOP8
#define JMP_OVER(n) "jmp 1f\n\t" REP(n, "int3") "1:\n\t"
/* The instruction, the one that a set flag chooses in its place, and the padding to 6 bytes. */
#define clc_insn  "clc\n\t"
#define mov_insn  "mov %%rdi, %%rax\n\t"
#define clc_other "stc\n\t"
#define mov_other "lea (%%rdi), %%rax\n\t"
#define clc_pad(how5, how3) how5
#define mov_pad(how5, how3) how3

/* The other form lies out of the way, as a compiler lays out an unlikely branch. */
#define FLAG(op, flag)                                                             \
	"testb $1, " flag "(%%rip)\n\tjnz 1f\n\t" op##_insn                         \
	"2:\n\t.pushsection .text.unlikely, \"ax\", @progbits\n\t1: " op##_other \
	"jmp 2b\n\t.popsection\n\t"

/* A line a form: its instruction, name, bytes, text. to_inline is the ratio to op/inline. */
#define SITES(F, op, size) \
	F(op, inline,      size,      op##_insn) \
	F(op, one_nop,     6,         op##_insn op##_pad(NOP5, NOP3)) \
	F(op, prefixes,    6,         op##_pad(CS(5), CS(3)) op##_insn) \
	F(op, short_nops,  6,         op##_insn op##_pad(SHORT_NOPS(5), SHORT_NOPS(3))) \
	F(op, call_nop,    6,         "call native_" #op "\n\tnop\n\t") \
	F(op, cs_call,     6,         CS(1) "call native_" #op "\n\t") \
	F(op, call_saving, 6,         "call saving_" #op "\n\tnop\n\t") \
	F(op, call_memory, 6,         "call *slot_" #op "(%%rip)\n\t") \
	F(op, retpoline,   12,        "mov slot_" #op "(%%rip), %%rax\n\tcall retpoline_rax\n\t") \
	F(op, flag_clear,  13 + size, FLAG(op, "flag_clear")) \
	F(op, flag_set,    13 + size, FLAG(op, "flag_set"))
#define FORMS(F) \
	SITES(F, clc, 1) \
	SITES(F, mov, 3) \
	F(clc, prefixes_3_nop,  6,  CS(3) clc_insn NOP2) \
	F(clc, pad_12_jmp,      13, clc_insn JMP_OVER(10)) \
	F(clc, pad_12_one_nop,  13, clc_insn LONG_NOP(3)) \
	F(clc, pad_12_two_nops, 13, clc_insn O16(1) NOP5 O16(1) NOP5) \
	F(clc, pad_24_jmp,      25, clc_insn JMP_OVER(22)) \
	F(clc, pad_24_two_nops, 25, clc_insn LONG_NOP(3) LONG_NOP(3)) \
	F(clc, pad_24_short,    25, clc_insn SHORT_NOPS(24)) \
	F(clc, prefix_1, 2, CS(1) clc_insn)    F(clc, prefix_2, 3, CS(2) clc_insn) \
	F(clc, prefix_3, 4, CS(3) clc_insn)    F(clc, prefix_4, 5, CS(4) clc_insn) \
	F(clc, prefix_8, 9, CS(8) clc_insn)    F(clc, prefix_14, 15, CS(14) clc_insn) \
	F(nop, inline, 1, NOP1)        F(nop, 2, 2, NOP2)             F(nop, 3, 3, NOP3) \
	F(nop, 4, 4, NOP4)             F(nop, 5, 5, NOP5)             F(nop, 6, 6, O16(1) NOP5) \
	F(nop, 7, 7, NOP7)             F(nop, 8, 8, NOP8)             F(nop, 9, 9, O16(1) NOP8) \
	F(nop, 10, 10, LONG_NOP(1))    F(nop, 11, 11, LONG_NOP(2))    F(nop, 12, 12, LONG_NOP(3)) \
	F(nop, 13, 13, LONG_NOP(4))    F(nop, 14, 14, LONG_NOP(5))    F(nop, 15, 15, LONG_NOP(6)) \
	F(nop, core_cycle, 3, "not %%rax\n\t") /* each waits for the last: the core's own clock */

/* A callee-save function made of an ordinary one that may lose any register: Linux's thunk. */
#define SAVING(op) \
	"saving_" op ": push %rcx; push %rdx; push %rsi; push %rdi; push %r8; push %r9;" \
	"	push %r10; push %r11; call native_" op "; pop %r11; pop %r10; pop %r9;" \
	"	pop %r8; pop %rdi; pop %rsi; pop %rdx; pop %rcx; ret; int3\n"

asm(".text; .balign 64; native_clc: clc; ret; int3\n"
    ".balign 64; native_mov: mov %rdi, %rax; ret; int3\n"
    ".balign 64; " SAVING("clc") ".balign 64; " SAVING("mov")
    ".balign 64; retpoline_rax: call 1f\n" /* a CPU that predicts its return waits at 2: */
    "2: pause; lfence; jmp 2b; 1: mov %rax, (%rsp); ret; int3\n"
    ".data; .balign 64; slot_clc: .quad native_clc; slot_mov: .quad native_mov\n"
    "flag_clear: .byte 0; flag_set: .byte 1; .text\n");

/* Between two lfence, so that nothing before or after is counted. */
static inline uint64_t cycles(void)
{
	uint32_t lo, hi;

	asm volatile("lfence; rdtsc; lfence" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

/*
 * Eight values live across the site, more than callees preserve. With loads among the adds, what
 * is short is slots to issue, not adders; four sites even out the loop's end.
 */
#define PASS(txt, operands) \
	arg = a; \
	asm volatile(txt LIST operands); \
	asm volatile("mov slot_clc(%%rip), %0; add %2, %1; mov slot_clc(%%rip), %2; add %4, %3;" \
		     "mov slot_clc(%%rip), %4; add %6, %5; add %7, %6; add %8, %7" \
		     : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f), "+r"(g), "+r"(h) \
		     : "ri"(ret) : "cc");
#define LOOP(fn, txt, operands) \
static __attribute__((noinline)) uint64_t fn(void) \
{ \
	uint64_t a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8; \
	uint64_t n = PASSES / 4, ret = 0, arg, start = cycles(); \
	do { \
		PASS(txt, operands) PASS(txt, operands) PASS(txt, operands) PASS(txt, operands) \
	} while (--n); \
	(void)arg; \
	return cycles() - start; \
}

/* What a site gives up. %rax always in a callee-save one: the retpoline needs a register. */
#define LOST	   "memory", "cc", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11"
#define clc_c	   (: : : "rax", "rdi", LOST)
#define clc_callee (: : : "rax", "memory", "cc")
#define mov_c	   (: "=a"(ret), "+D"(arg) : : LOST)
#define mov_callee (: "=a"(ret) : "D"(arg) : "memory", "cc")
#define nop_c	   clc_c
#define nop_callee clc_callee

LOOP(empty_free, "", (: : : "memory"))
LOOP(clc_free, "clc", (: : : "memory", "cc"))
LOOP(nop_free, "nop", (: : : "memory"))
LOOP(mov_free, "mov %1, %0", (: "=r"(ret) : "r"(arg) : "memory"))

/*
 * As many copies as COLD_BYTES hold of the size that the form states. Of a longer form the
 * assembler refuses the .org; a shorter one runs into its int3.
 */
#define COLD(fn, size, txt) \
static __attribute__((noinline)) uint64_t fn(void) \
{ \
	uint64_t start = cycles(); \
	asm volatile(".p2align 6; 771: .rept " XSTR(COLD_BYTES) " / (" #size ")\n\t" txt \
		     ".endr; .org 771b + " XSTR(COLD_BYTES) " / (" #size ") * (" #size "), 0xcc" \
		     : : : "rax", "memory", "cc"); \
	return cycles() - start; \
}

#define DEFINE(op, name, size, txt) \
	LOOP(op##_##name##_c, txt, op##_c) \
	LOOP(op##_##name##_callee, txt, op##_callee) \
	COLD(op##_##name##_cold, size, txt) \
	static uint64_t op##_##name##_warm(void) { op##_##name##_cold(); return op##_##name##_cold(); }
FORMS(DEFINE)

static struct variant {
	const char *form, *inline_form, *convention;
	uint64_t (*run)(void);
	unsigned int bytes, passes;
	double median, min;
} variants[] = {
#define ROW_FREE(form, fn, size) { form, form, "free", fn, size, PASSES, 0, 0 },
	ROW_FREE("empty", empty_free, 0) /* the first: to_empty is the ratio to it */
	ROW_FREE("clc/inline", clc_free, 1)
	ROW_FREE("mov/inline", mov_free, 3)
	ROW_FREE("nop/inline", nop_free, 1)
#define ROW(op, name, conv, fn, size, passes) \
	{ #op "/" #name, #op "/inline", conv, op##_##name##_##fn, size, passes, 0, 0 },
#define ROWS(op, name, size, txt) \
	ROW(op, name, "c", c, size, PASSES) \
	ROW(op, name, "callee-save", callee, size, PASSES) \
	ROW(op, name, "cold", cold, size, COLD_BYTES / (size)) \
	ROW(op, name, "warm", warm, size, COLD_BYTES / (size))
	FORMS(ROWS)
};
/* clang-format on */
#define NR (sizeof(variants) / sizeof(variants[0]))
static uint64_t samples[NR][MAX_ROUNDS];

static void die(int status, const char *what, const char *more)
{
	fprintf(stderr, "callbench: %s%s\n", what, more);
	exit(status);
}

static int ascending(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* One after the other in every round, so that a change of the clock meets all of them alike. */
static void measure(long rounds)
{
	long round;
	size_t i;

	for (round = -1; round < rounds; round++) /* the first only brings the pages in */
		for (i = 0; i < NR; i++)
			samples[i][round < 0 ? 0 : round] = variants[i].run();
	for (i = 0; i < NR; i++) {
		qsort(samples[i], rounds, sizeof(samples[i][0]), ascending);
		variants[i].median = (double)samples[i][rounds / 2] / variants[i].passes;
		variants[i].min = (double)samples[i][0] / variants[i].passes;
	}
}

static double median_of(const char *form, const char *convention)
{
	const struct variant *v = variants;

	while (strcmp(v->form, form) || strcmp(v->convention, convention))
		v++;
	return v->median;
}

static void print(FILE *to, const char *head, const char *row)
{
	const struct variant *v;
	char to_empty[16];

	fprintf(to, head, "form", "convention", "median", "min", "to_inline", "to_empty", "bytes");
	for (v = variants; v < variants + NR; v++) {
		int loop = v->passes == PASSES;

		snprintf(to_empty, sizeof(to_empty), loop ? "%.2f" : "-",
			 v->median / variants[0].median);
		fprintf(to, row, v->form, v->convention, v->median, v->min,
			v->median / median_of(v->inline_form, loop ? "free" : v->convention),
			to_empty, v->bytes);
	}
}

int main(int argc, char **argv)
{
	const char *path = NULL;
	long rounds = 1000;
	cpu_set_t one;
	FILE *file;
	char *end;
	int c;

	while ((c = getopt(argc, argv, "+:n:o:")) != -1) {
		if (c == 'o') {
			path = optarg;
		} else if (c == 'n') {
			rounds = strtol(optarg, &end, 10);
			if (end == optarg || *end || rounds < 1 || rounds > MAX_ROUNDS)
				die(2, "-n takes a number from 1 to " XSTR(MAX_ROUNDS) ", not ",
				    optarg);
		} else {
			die(2, "no such option, or no value for it: ", argv[optind - 1]);
		}
	}
	if (optind < argc)
		die(2, "takes -n ROUNDS and -o FILE, not ", argv[optind]);

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		die(1, "cannot stay on one CPU: ", strerror(errno));
	measure(rounds);
	print(stdout, "%-20s %-11s %8s %8s %9s %8s %5s\n",
	      "%-20s %-11s %8.2f %8.2f %9.2f %8s %5u\n");
	if (!path)
		return 0;
	file = fopen(path, "w");
	if (!file)
		die(1, "cannot open for writing ", path);
	print(file, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", "%s\t%s\t%.3f\t%.3f\t%.3f\t%s\t%u\n");
	if (fclose(file))
		die(1, "cannot write all of ", path);
	return 0;
}
