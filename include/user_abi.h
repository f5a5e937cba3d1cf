/* SPDX-License-Identifier: MIT */
/*
 * What the kernel and its user programs agree on: system calls (number in rax, arguments in rdi and
 * rsi, result in rax, errors negative; rcx and r11 are lost), and what the embedded program can do.
 */
#ifndef USER_ABI_H
#define USER_ABI_H

enum {
	SYS_exit,    /* (status) */
	SYS_write,   /* (pointer, length) -> length, or -EFAULT */
	SYS_yield,   /* () -> 0 */
	SYS_gettime, /* () -> nanoseconds */
	SYS_by_iret, /* () -> 0, with rcx and r11 0: only iret can return so */
};

enum {
	PROG_HELLO,
	PROG_SYSCALLS,	/* (n) */
	PROG_REGISTERS, /* (n), and once more */
	PROG_BY_IRET,
	PROG_TIME, /* (n) */
	PROG_SPIN,
	PROG_BAD_WRITE,
	PROG_SEGMENTS, /* (n) */
	PROG_FPU,
	PROG_FLAGS, /* (flags): a system call, int3 and a step with them set */
	PROG_NO_SEGMENTS,
};

#endif
