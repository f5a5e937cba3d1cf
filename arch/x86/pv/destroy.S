/* SPDX-License-Identifier: MIT */
/*
 * Functions for self-tests (pv_test_ops), which lose every register that their convention lets them
 * lose, so that a call which expects too much is found: tests/guest/convention.c. Flags are lost by
 * the way. clang's callee-save functions lose their arguments as well: asm/paravirt_types.h.
 */
#define POISON $0xdeadbeefdeadbeef

	.text
	.globl	destroy_calls
/* u64 destroy(u64 a, u64 b, u64 c): a + b + c. */
	.globl	destroy
	.type	destroy, @function
destroy:
	leaq	(%rdi, %rsi), %rax
	addq	%rdx, %rax
	incq	destroy_calls(%rip)
	movabsq	POISON, %rdi
	movq	%rdi, %rsi
	movq	%rdi, %rdx
	movq	%rdi, %rcx
	movq	%rdi, %r8
	movq	%rdi, %r9
	movq	%rdi, %r10
	movq	%rdi, %r11
	ret
	.size	destroy, . - destroy

/* nr arguments and, with `value`, their sum. */
.macro CALLEE name, nr, value=0
	.globl	\name
	.type	\name, @function
\name:
	.if	\value
	movl	$0, %eax
	.if	\nr > 0
	addq	%rdi, %rax
	.endif
	.if	\nr > 1
	addq	%rsi, %rax
	.endif
	.endif
	incq	destroy_calls(%rip)
#ifdef __clang__
	.if	\nr > 0
	movabsq	POISON, %rdi
	.endif
	.if	\nr > 1
	movabsq	POISON, %rsi
	.endif
	.if	\nr > 2
	movabsq	POISON, %rdx
	.endif
#endif
	ret
	.size	\name, . - \name
.endm
	CALLEE	destroy_callee0, 0, value=1
	CALLEE	destroy_callee1, 1, value=1
	CALLEE	destroy_callee2, 2, value=1
	CALLEE	destroy_vcallee0, 0
	CALLEE	destroy_vcallee1, 1
	CALLEE	destroy_vcallee2, 2
	CALLEE	destroy_vcallee3, 3

	.bss
	.balign	8
destroy_calls:
	.quad	0
