/* SPDX-License-Identifier: MIT */
/*
 * The forms of alternatives in assembly, and every kind of operand that counts from the
 * instruction pointer, in replacements that lie far from their sites.
 */
#include <asm/alternative.h>

#define ON  X86_FEATURE_TEST_ON
#define OFF X86_FEATURE_TEST_OFF

	.text
/* u64 forms_asm(u64 which): which, + 10 where the replacement ran. */
	.globl	forms_asm
	.type	forms_asm, @function
forms_asm:
	movq	%rdi, %rax
	leaq	table(%rip), %rdx
	jmp	*(%rdx, %rdi, 8)

ten:	addq	$10, %rax
	ret

case0:	ALTERNATIVE "nop", "addq $10, %rax", ON
	ret
case1:	ALTERNATIVE_2 "nop", "addq $20, %rax", ON, "addq $10, %rax", ON
	ret
case2:	ALTERNATIVE_3 "nop", "addq $10, %rax", ON, "addq $20, %rax", OFF, "addq $30, %rax", OFF
	ret
case3:	ALTERNATIVE_TERNARY "nop", OFF, "addq $20, %rax", "addq $10, %rax"
	ret
case4:	ALTERNATIVE "nop; nop; nop; nop; nop", "call ten", ON
	ret
case5:	ALTERNATIVE "ret; nop; nop; nop; nop", "jmp ten", ON
case6:	testq	%rax, %rax		/* jcc rel32: not zero, so it is taken */
	ALTERNATIVE "nop; nop; nop; nop; nop; nop", "jne ten", ON
	ret
case7:	ALTERNATIVE "nop", "incq forms_word(%rip); addq $10, %rax", ON
	ret
	.size	forms_asm, . - forms_asm

	.section .rodata
	.balign	8
table:	.quad	case0, case1, case2, case3, case4, case5, case6, case7

	.data
	.balign	8
	.globl	forms_word
forms_word:
	.quad	0
