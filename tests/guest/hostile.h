/* SPDX-License-Identifier: MIT */
/* Hostile user programs: hostile_code.c makes them, hostile.c runs them. */
#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H

#include <user.h>
#include <asm/page.h>
#include <asm/percpu.h>
#include <asm/ptrace.h>

#define LAST_PAGE (USER_END - PAGE_SIZE)

struct code {
	u8 bytes[256];
	unsigned int len;
};

/* Each CPU's own, not 0: what comes from hostile_random() next. */
DECLARE_PER_CPU(u64, hostile_state);
u64 hostile_random(void);
/* An address or value of the kind that finds mistakes. */
u64 evil(void);

/* What does not fit any more is left out. */
void put(struct code *c, const char *bytes, unsigned int len);
/* mov $value, %rax + reg (0 rax, 1 rcx, 2 rdx, 3 rbx, 4 rsp, 5 rbp, 6 rsi, 7 rdi) */
void mov(struct code *c, unsigned int reg, u64 value);
/* One action that a program must not get away with. */
void make_action(struct code *c);

/* A page of the program's own: at 0 it would be an LDT of call gates; with an action behind them.
 */
#define NR_GATES    16
#define LDT_GATE(n) ((n)*16 | 4)
#define PAGE_CODE   (NR_GATES * 16)
void make_page(u8 *page);

/* One CPU's thread: its rounds, the program that they have in turn, and what came of the last one.
 */
struct worker {
	u64 first, end, step;
	struct user *u, fresh; /* and what it was when it was new */
	u8 *code, *stack;      /* its pages */
	u8 *own[2];	       /* and those at 0 and LAST_PAGE, or NULL */
	u64 round;
	struct pt_regs last; /* of the program, if a trap ended it */
	char wrong[160];     /* in that round; nothing: all is well */
};

#define EXIT	"\x31\xc0\x0f\x05" /* xor %eax, %eax; syscall */
#define UD2	"\x0f\x0b"	   /* an end that leaves the registers in worker.last */
#define NR_GPRS 15		   /* of pt_regs, r15 to rdi */

void wrong(struct worker *w, const char *fmt, ...) __printf(2, 3);
/* This code next, as if in a new program, with evil registers and little time; user_run() runs it.
 */
void prepare(struct worker *w, const struct code *c);

/*
 * Programs that look: at what system calls leave in the registers, at memory of the kernel's in
 * each way there is.
 */
void look_at_registers(struct worker *w);
void look_at_memory(struct worker *w);

#endif
