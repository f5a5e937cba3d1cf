/* SPDX-License-Identifier: MIT */
/*
 * void switch_stack(u64 *sp, u64 next_sp): from one thread to another. To the compiler it is a call:
 * what a call keeps is on the stack, and the stack is the thread.
 *
 *   next_sp -> | r15 r14 r13 r12 rbx rbp | where it goes on | ...
 *
 * Interrupts off, this CPU's run queue locked.
 */
#include "calling.h"

	.text
	.globl	switch_stack
switch_stack:
	PUSH_CALLEE_SAVED
	movq	%rsp, (%rdi)
	movq	%rsi, %rsp
	POP_CALLEE_SAVED
	ret
