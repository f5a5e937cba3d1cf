/* SPDX-License-Identifier: MIT */
/*
 * Trap entry: a stub for each vector makes all frames alike, trap_common saves the registers as
 * struct pt_regs (asm/ptrace.h draws them) and calls do_trap().
 */
#include <asm/alternative.h>
#include <asm/page.h>

/* Vectors for which the CPU pushes an error code: SDM vol. 3A, 6.3.1 and table 6-1. */
#define HAS_ERROR_CODE (1 << 8 | 1 << 10 | 1 << 11 | 1 << 12 | 1 << 13 | 1 << 14 | 1 << 17 | 1 << 21 | 1 << 29 | 1 << 30)

	.text
	.globl	trap_stub_0
	.set	vector, 0
trap_stub_0:
	.rept	256
	.balign	16
	.if	vector >= 32
	pushq	$0
	.elseif	!((HAS_ERROR_CODE >> vector) & 1)
	pushq	$0
	.endif
	pushq	$vector
	jmp	trap_common
	.set	vector, vector + 1
	.endr

/* Stack: vector, orig_ax, then the CPU's frame. Interrupts off, kernel mode only so far. */
	.globl	trap_common
trap_common:
	cld
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
	movq	%rsp, %rdi
	xorl	%ebp, %ebp		/* the interrupted code's frames are its own */
	call	do_trap
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
	addq	$16, %rsp		/* vector, orig_ax */
#ifdef CONFIG_TWIN
	iretq
#else
	/* Before the patch: a jump through a pointer, which is right everywhere. */
	ALTERNATIVE_TERNARY "jmp *interrupt_return(%rip)", X86_FEATURE_XENPV, "jmp xen_iret", "iretq"
#endif

	.globl	native_iret
native_iret:
	iretq

/*
 * bool catch_fault_asm(void (*fn)(void *), void *arg, u64 *saved_sp): call fn(arg); false when it
 * returned. A trap that catch_fault() expects sends us to catch_landing with rsp = *saved_sp.
 */
	.globl	catch_fault_asm, catch_landing
catch_fault_asm:
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, (%rdx)
	movq	%rdi, %rax
	movq	%rsi, %rdi
	subq	$8, %rsp
	call	*%rax
	addq	$8, %rsp
	xorl	%eax, %eax
	jmp	1f
catch_landing:
	movl	$1, %eax
1:	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret

	.section .rodata
	.balign 8
	.globl	trap_stubs
trap_stubs:
	.set	vector, 0
	.rept	256
	.quad	trap_stub_0 + vector * 16
	.set	vector, vector + 1
	.endr

	.section .data..ro_after_init, "aw"
	.balign	8
	.globl	interrupt_return
interrupt_return:
	.quad	native_iret
