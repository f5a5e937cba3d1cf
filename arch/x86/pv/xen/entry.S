/* SPDX-License-Identifier: MIT */
/*
 * Xen PV's ways into and out of the kernel, and the ops whose arguments are an instruction's
 * registers.
 *
 * A trap's frame, from the top of the stack (Xen's create_bounce_frame):
 *
 *          | ss                   |
 *          | rsp                  |
 *          | rflags               |  IF = not saved mask
 *          | cs | mask << 32      |
 *          | rip                  |
 *          | [error code]         |
 *          | r11                  |
 *   rsp -> | rcx                  |
 *
 * With rcx and r11 popped it is the CPU's own frame. Xen has switched to the kernel's stack and GS,
 * so the entry skips what the bare machine does about them: no swapgs, and for #DB, NMI, #DF and
 * #MC no IST stack and no question whose GS it is.
 */
#include "../../entry/calling.h"
#include <asm/segment.h>
#include <xen/xen.h>

/* #DB, NMI, #DF, #MC. */
#define XEN_PARANOID (1 << 1 | 1 << 2 | 1 << 8 | 1 << 18)

	.text
	.set	vector, 0
xen_trap_stub_0:
	.rept	256
	.balign	16
	popq	%rcx
	popq	%r11
	.if	!IN_SET(vector, HAS_ERROR_CODE)
	pushq	$0
	.endif
	pushq	$vector
	.if	IN_SET(vector, XEN_PARANOID)
	jmp	xen_paranoid_entry
	.else
	jmp	xen_trap_common
	.endif
	.set	vector, vector + 1
	.endr

/*
 * The way out: the iret hypercall wants, below the CPU's frame, flags, rcx, r11 and rax
 * (public/arch-x86/xen-x86_64.h, struct iret_context). Always the hypercall, never a plain iretq
 * from kernel to kernel: the event mask and the jump must change as one.
 * Without VGCF_in_syscall, by which Xen would leave by sysret: an event that comes on the way would
 * then find, and give the program, the rcx of this hypercall: an address of the kernel's.
 */
	.globl	xen_iret
xen_iret:
	pushq	$0			/* flags */
	pushq	%rcx
	pushq	%r11
	pushq	%rax
	movl	$__HYPERVISOR_iret, %eax
	syscall
	ud2				/* Xen crashes the domain rather than return */

/* Those may come while the patcher writes: no patchable site on the way in, nor on the way out. */
	.section .noinstr.text, "ax"
xen_paranoid_entry:
	cld
	PUSH_REGS
	movq	%rsp, %rdi
	xorl	%ebp, %ebp
	call	do_paranoid_trap
	POP_REGS
	addq	$16, %rsp		/* vector, orig_ax */
	jmp	xen_iret
	.text

/* An event: no error code. Events are masked. */
	.globl	xen_event_callback
xen_event_callback:
	popq	%rcx
	popq	%r11
	pushq	$0
	pushq	$HYPERVISOR_CALLBACK_VECTOR
	jmp	xen_trap_common

/* A segment or a return address of ours was bad: rcx, r11, ds, es, fs, gs, then a frame. */
	.globl	xen_failsafe_callback
xen_failsafe_callback:
	popq	%rcx
	popq	%r11
	addq	$32, %rsp
	pushq	$0
	pushq	$13			/* reported as #GP */
	jmp	xen_trap_common

/*
 * A system call from user mode (CALLBACKTYPE_syscall). Xen has switched stack, page tables and GS;
 * the frame's cs and ss are its guess at what the program had, and are put right.
 */
	.globl	xen_entry_SYSCALL_64
xen_entry_SYSCALL_64:
	popq	%rcx
	popq	%r11
	movq	$__USER_CS, 1 * 8(%rsp)
	movq	$__USER_DS, 4 * 8(%rsp)
	DO_SYSCALL
	addq	$16, %rsp
	jmp	xen_iret

	.globl	xen_cpuid
xen_cpuid:
	.byte	0x0f, 0x0b, 0x78, 0x65, 0x6e	/* ud2; "xen": Xen emulates what follows */
	cpuid
	ret

/* in ecx, out eax edx: around a callee-save C function. */
	.globl	xen_read_msr
xen_read_msr:
	pushq	%rdi
	movl	%ecx, %edi
	call	xen_do_read_msr
	movq	%rax, %rdx
	shrq	$32, %rdx
	movl	%eax, %eax
	popq	%rdi
	ret

/* in ecx eax edx */
	.globl	xen_write_msr
xen_write_msr:
	pushq	%rdi
	pushq	%rsi
	pushq	%rdx
	movl	%ecx, %edi
	movl	%eax, %esi
	shlq	$32, %rdx
	orq	%rdx, %rsi
	call	xen_do_write_msr
	popq	%rdx
	popq	%rsi
	popq	%rdi
	ret

	.section .rodata
	.balign	8
	.globl	xen_trap_stubs
xen_trap_stubs:
	.set	vector, 0
	.rept	256
	.quad	xen_trap_stub_0 + vector * 16
	.set	vector, vector + 1
	.endr
