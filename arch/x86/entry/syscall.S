/* SPDX-License-Identifier: MIT */
/*
 * The bare machine's system call, and the way to user mode and back. Xen PV's system call is in
 * pv/xen/entry.S. No patchable site before there is a kernel stack.
 */
#include "calling.h"
#include <asm/percpu.h>
#include <asm/segment.h>

	.section .noinstr.text, "ax"
/* rcx = user RIP, r11 = user RFLAGS, rsp and GS the user's; IF and others cleared by MSR_SYSCALL_MASK. */
	.globl	entry_SYSCALL_64
entry_SYSCALL_64:
	swapgs
	movq	%rsp, PER_CPU_VAR(cpu_user_sp)
	movq	PER_CPU_VAR(cpu_kernel_sp), %rsp
	pushq	$__USER_DS
	pushq	PER_CPU_VAR(cpu_user_sp)
	pushq	%r11
	pushq	$__USER_CS
	pushq	%rcx
	DO_SYSCALL
	movq	16 + 3 * 8(%rsp), %rsp	/* the user's rsp */
	swapgs
	sysretq

	.text
/*
 * void enter_user(struct pt_regs *regs, u64 *saved_sp): to user mode with these registers. Comes
 * back when somebody calls leave_user(saved_sp's value): from a trap or a system call, whose frames
 * begin right below where we are now and are dropped.
 */
	.globl	enter_user, leave_user
enter_user:
	PUSH_CALLEE_SAVED
	subq	$8, %rsp
	movq	%rsp, (%rsi)		/* 16-aligned: the kernel stack of whoever comes in */
	pushq	%rdi
	movq	%rsp, %rdi
	andq	$-16, %rdi
	call	set_kernel_stack
	popq	%rsi			/* regs */
	subq	$22 * 8, %rsp
	movq	%rsp, %rdi
	movl	$22, %ecx
	cld
	rep movsq
	jmp	trap_return

leave_user:				/* (u64 saved_sp) */
	movq	%rdi, %rsp
	addq	$8, %rsp
	POP_CALLEE_SAVED
	ret

/*
 * iret refused what we wanted to return to: traps.c sends us here, on the kernel's stack, with GS
 * the user's as iret wants it.
 */
	.globl	bad_iret
bad_iret:
	SWAPGS
	call	user_bad_return
	ud2
