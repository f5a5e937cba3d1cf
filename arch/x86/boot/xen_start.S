/* SPDX-License-Identifier: MIT */
/*
 * The Xen PV way in: 64 bit, paging on, rsi = start_info, on a stack of one page that Xen chose.
 * Event delivery is masked. Goes to xen_start() (boot/xen_start.c) on our own stack.
 */
	.section .head.text64, "ax"
	.code64
	.globl	startup_xen
startup_xen:
	cld
	rdtsc
	movl	%eax, boot_tsc(%rip)
	movl	%edx, boot_tsc + 4(%rip)
	movq	$boot_stack_top, %rsp
	xorl	%ebp, %ebp
	movq	%rsi, %rdi
	call	xen_start
	ud2
