/* SPDX-License-Identifier: MIT */
/* The first link's symbol table: none. tools/mksymbols makes the second link's. */
	.section .symbols, "a"
	.globl	symbols_header
	.balign	8
symbols_header:
	.long	0, 0
	.quad	0
