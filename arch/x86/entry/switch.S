/* SPDX-License-Identifier: MIT */
/*
 * void switch_stack(u64 *sp, u64 next_sp): from one thread to another. To the compiler it is a call:
 * what a call keeps is on the stack, and the stack is the thread.
 *
 *   next_sp -> | r15 r14 r13 r12 rbx rbp | where it goes on | ...
 *
 * Interrupts off, this CPU's run queue locked.
 */
	.text
	.globl	switch_stack
switch_stack:
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, (%rdi)
	movq	%rsi, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret
