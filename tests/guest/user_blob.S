/* SPDX-License-Identifier: MIT */
/* The ring-3 program of user/prog.c, as bytes. */
	.section .rodata
	.balign	4096
	.globl	user_prog, user_prog_end
user_prog:
	.incbin	PROG
user_prog_end:
