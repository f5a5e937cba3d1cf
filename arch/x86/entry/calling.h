/* SPDX-License-Identifier: MIT */
/* What all entries share: struct pt_regs by push and pop, and swapgs where there is one. */
#ifndef ENTRY_CALLING_H
#define ENTRY_CALLING_H

#include <asm/alternative.h>
#include <asm/segment.h>

/* clang-format off */

/* Below vector and error code: asm/ptrace.h draws it. Every register is live or saved after it. */
.macro PUSH_REGS
	pushq	%rdi
	pushq	%rsi
	pushq	%rdx
	pushq	%rcx
	pushq	%rax
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
.endm

.macro POP_REGS
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rax
	popq	%rcx
	popq	%rdx
	popq	%rsi
	popq	%rdi
.endm

/* What a C call keeps: the calling convention's, System V AMD64 ABI, 3.2.1. */
.macro PUSH_CALLEE_SAVED
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
.endm

.macro POP_CALLEE_SAVED
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
.endm

/*
 * A system call's frame is on the stack but for the registers. Goes on behind it where sysret may be
 * used, the registers popped; else it returns by trap_return.
 */
.macro DO_SYSCALL
	pushq	%rax			/* orig_ax: the number */
	pushq	$SYSCALL_VECTOR
	cld
	PUSH_REGS
	movq	%rsp, %rdi
	xorl	%ebp, %ebp
	call	do_syscall
	testl	%eax, %eax
	jz	trap_return		/* by iret */
	POP_REGS
.endm

/* Vectors for which the CPU pushes an error code: SDM vol. 3A, 6.3.1 and table 6-1. */
#define HAS_ERROR_CODE (1 << 8 | 1 << 10 | 1 << 11 | 1 << 12 | 1 << 13 | 1 << 14 | 1 << 17 | 1 << 21 | 1 << 29 | 1 << 30)
/* Is a vector, perhaps beyond 31, in such a set? The assembler's true is -1. */
#define IN_SET(vector, set) ((vector < 32) & (set >> (vector & 31)) & 1)

/* pt_regs, from its start. */
#define PT_AX	  (10 * 8)
#define PT_VECTOR (15 * 8)
#define PT_IP	  (17 * 8)
#define PT_CS	  (18 * 8)
#define PT_FLAGS  (19 * 8)
#define PT_SP	  (20 * 8)
#define PT_SS	  (21 * 8)

/*
 * swapgs: an instruction on the bare machine, nothing on Xen PV, where it would be #GP and where
 * Xen has changed GS already. Nothing is no original for the bare machine: it is required.
 */
#define SWAPGS ALTERNATIVE "", "swapgs", ALT_REQUIRED(ALT_NOT(X86_FEATURE_XENPV))

/* A program may have set AC, which opens SMAP: the kernel begins with it closed. */
#define CLAC ALTERNATIVE "", "clac", ALT_REQUIRED(X86_FEATURE_SMAP)

/* clang-format on */
#endif
