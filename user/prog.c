/* SPDX-License-Identifier: MIT */
/*
 * The ring-3 program that is embedded in the image (tests/guest/user_blob.S), linked at USER_CODE.
 * Integer-only, position fixed, no data of its own; the kernel says in rdi what it shall do.
 */
#include <user_abi.h>

typedef unsigned long u64;

static inline u64 syscall2(u64 nr, u64 a, u64 b)
{
	u64 ret;

	asm volatile("syscall" : "=a"(ret) : "a"(nr), "D"(a), "S"(b) : "rcx", "r11", "memory");
	return ret;
}

static _Noreturn void exit(u64 status)
{
	for (;;)
		syscall2(SYS_exit, status, 0);
}

static u64 length(const char *s)
{
	u64 n = 0;

	while (s[n])
		n++;
	return n;
}

/*
 * Every register but rax, rcx and r11 lives through a system call, and rcx is none of the kernel's;
 * the sum of changes is the status.
 */
static u64 registers_lost(u64 nr)
{
	u64 lost;

	asm volatile("movq $0x11, %%rbx; movq $0x22, %%rdx; movq $0x44, %%rsi; movq $0x88, %%rdi\n"
		     "movq $0x110, %%r8; movq $0x220, %%r9; movq $0x440, %%r10\n"
		     "movq $0x1100, %%r12; movq $0x2200, %%r13; movq $0x4400, %%r14\n"
		     "movq $0x8800, %%r15\n"
		     "syscall\n"
		     "subq $0x11, %%rbx; subq $0x22, %%rdx; subq $0x44, %%rsi; subq $0x88, %%rdi\n"
		     "subq $0x110, %%r8; subq $0x220, %%r9; subq $0x440, %%r10\n"
		     "subq $0x1100, %%r12; subq $0x2200, %%r13; subq $0x4400, %%r14\n"
		     "subq $0x8800, %%r15\n"
		     "orq %%rdx, %%rbx; orq %%rsi, %%rbx; orq %%rdi, %%rbx; orq %%r8, %%rbx\n"
		     "orq %%r9, %%rbx; orq %%r10, %%rbx; orq %%r12, %%rbx; orq %%r13, %%rbx\n"
		     "shrq $32, %%rcx; orq %%rcx, %%rbx\n" /* an address of its own, or 0 */
		     "orq %%r14, %%rbx; orq %%r15, %%rbx\n"
		     : "=&b"(lost), "+a"(nr)
		     :
		     : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
		       "r15", "memory", "cc");
	return lost;
}

/* Selectors of the program's own stay what they are: ss in ds and fs, 0 in es and gs, or else. */
static u64 segments_lost(u64 n, u64 other)
{
	u64 ss, a, b, ds, es, fs, gs, lost = 0;

	asm volatile("mov %%ss, %0" : "=r"(ss));
	a = other ? 0 : ss;
	b = other ? ss : 0;
	asm volatile("mov %0, %%ds; mov %1, %%es; mov %0, %%fs; mov %1, %%gs" : : "r"(a), "r"(b));
	while (n--) {
		syscall2(SYS_yield, 0, 0);
		asm volatile("mov %%ds, %0; mov %%es, %1; mov %%fs, %2; mov %%gs, %3"
			     : "=r"(ds), "=r"(es), "=r"(fs), "=r"(gs));
		lost |= (ds ^ a) | (es ^ b) | (fs ^ a) | (gs ^ b);
	}
	return lost;
}

_Noreturn void _start(u64 what, u64 arg);
__attribute__((section(".text.start"))) _Noreturn void _start(u64 what, u64 arg)
{
	static const char hello[] = "hello from ring 3\n";
	u64 i, before, now;

	switch (what) {
	case PROG_HELLO:
		exit(syscall2(SYS_write, (u64)hello, length(hello)) == length(hello) ? 42 : 1);
	case PROG_SYSCALLS:
		for (i = 0; i < arg; i++)
			syscall2(SYS_yield, 0, 0);
		exit(i);
	case PROG_REGISTERS:
		for (i = 0, now = 0; i <= arg && !now; i++)
			now = registers_lost(SYS_yield) | registers_lost(SYS_by_iret);
		exit(now);
	case PROG_BY_IRET:
		asm volatile("movq $1, %%rcx; movq $1, %%r11; syscall; orq %%rcx, %%r11"
			     : "=&c"(now), "+a"((u64){ SYS_by_iret })
			     :
			     : "r11", "memory");
		exit(now); /* rcx is 0, which only iret could bring */
	case PROG_TIME:
		for (i = 0, before = 0; i < arg; i++, before = now) {
			now = syscall2(SYS_gettime, 0, 0);
			if (now < before)
				exit(1);
		}
		exit(0);
	case PROG_SEGMENTS:
		exit(segments_lost(arg, arg & 1));
	case PROG_NO_SEGMENTS:
		asm volatile("mov %%ds, %0; mov %%es, %1; mov %%fs, %2; mov %%gs, %3"
			     : "=r"(i), "=r"(before), "=r"(now), "=r"(what));
		exit(i | before << 16 | now << 32 | what << 48);
	case PROG_FLAGS: /* QEMU 7.2 has no int1: a step by TF */
		asm volatile("pushq %1; popfq; syscall; int3\n"
			     "pushfq; orl $0x100, (%%rsp); popfq; nop; pushq %1; popfq\n"
			     "pushfq; popq %0; pushq $2; popfq"
			     : "=&d"(now)
			     : "S"(arg), "a"((u64)SYS_yield)
			     : "rcx", "r11", "memory", "cc");
		exit((now ^ arg) & 0x44500); /* AC, NT, DF, TF */
	case PROG_FPU:
		asm volatile("fninit");
		exit(0);
	case PROG_SPIN:
		for (;;)
			;
	case PROG_BAD_WRITE: /* pointers of the kernel's, of nobody's, a length too much, a page too
				few */
		exit((syscall2(SYS_write, 0xffffffff80100000, 8) != (u64)-14) |
		     (syscall2(SYS_write, 0x1000, 8) != (u64)-14) << 1 |
		     (syscall2(SYS_write, 0x7ffffffff000, -1UL) != (u64)-14) << 2 |
		     (syscall2(999, 0, 0) != (u64)-38) << 3 |
		     (syscall2(SYS_write, 0x7fffffffdffc, 8) != (u64)-14) << 4);
	}
	exit(-1UL);
}
