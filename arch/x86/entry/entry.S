/* SPDX-License-Identifier: MIT */
/*
 * Trap entry: a stub for each vector makes all frames alike, trap_common saves the registers as
 * struct pt_regs (asm/ptrace.h draws them) and calls do_trap(). The entries that can come at any
 * instruction (#DB, NMI, #DF, #MC) are in paranoid.S, syscall's in syscall.S, Xen's own in
 * pv/xen/entry.S.
 */
#include "calling.h"
#include <asm/page.h>

/* What paranoid.S takes, besides NMI. */
#define PARANOID (1 << 1 | 1 << 8 | 1 << 18)

	.text
	.globl	trap_stub_0
	.set	vector, 0
trap_stub_0:
	.rept	256
	.balign	16
	.if	!IN_SET(vector, HAS_ERROR_CODE)
	pushq	$0
	.endif
	pushq	$vector
	.if	vector == 2
	jmp	nmi_entry
	.elseif	IN_SET(vector, PARANOID)
	jmp	paranoid_entry
	.else
	jmp	trap_common
	.endif
	.set	vector, vector + 1
	.endr

/* Stack: vector, orig_ax, then the CPU's frame. Interrupts off. */
	.globl	trap_common, xen_trap_common, trap_return
trap_common:
	CLAC
	testb	$3, PT_CS - PT_VECTOR(%rsp)
	jz	xen_trap_common
	SWAPGS
/* Xen's traps come in here: GS is the kernel's already, and swapgs would be #GP. */
xen_trap_common:
	cld
	PUSH_REGS
	movq	%rsp, %rdi
	xorl	%ebp, %ebp		/* the interrupted code's frames are its own */
	call	do_trap
/* The way out of everything that pushed struct pt_regs, rsp = struct pt_regs *. Interrupts off. */
trap_return:
	testb	$3, PT_CS(%rsp)
	jz	1f
	SWAPGS
1:	POP_REGS
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
	PUSH_CALLEE_SAVED
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
1:	POP_CALLEE_SAVED
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
