/* SPDX-License-Identifier: MIT */
/*
 * The entries that can come at any instruction, also between an entry and its swapgs, or while the
 * patcher writes: #DB, NMI, #DF and #MC on the bare machine. They have stacks of their own (IST),
 * tell whose GS it is by its base, and run through no patchable site (.noinstr.text), which for NMI
 * and #MC goes on in do_paranoid_trap(). On Xen PV Xen has switched stacks and GS; its entries for
 * these vectors are in pv/xen/entry.S. The 2021 series gave Xen entries of its own for just these,
 * because the IST ones shift the stack, look at MSRs and swap GS: each is wrong or a trap there.
 */
#include "calling.h"
#include <asm/desc_stacks.h>

#define MSR_GS_BASE 0xc0000101
/* From rax, vector, orig_ax and the CPU's frame up. */
#define NMI_IST_PTR (8 + 16 + 40)

/* AC, which opens SMAP, may be the user's; without a patchable site it goes the slow way. */
.macro PARANOID_CLAC
	pushfq
	andl	$~(1 << 18), (%rsp)
	popfq
.endm

/* ebx = 1 if GS was the user's and is swapped now. Loses rax, rcx, rdx. */
.macro PARANOID_SWAPGS
	xorl	%ebx, %ebx
	movl	$MSR_GS_BASE, %ecx
	rdmsr
	testl	%edx, %edx
	js	771f			/* a kernel address */
	swapgs
	lock incq paranoid_swaps(%rip)
	movl	$1, %ebx
771:
.endm

	.section .noinstr.text, "ax"
/* On an IST stack: vector, orig_ax, the CPU's frame. */
	.globl	paranoid_entry
paranoid_entry:
	cld
	PUSH_REGS
	PARANOID_CLAC
	PARANOID_SWAPGS
	movq	%rsp, %rdi
	xorl	%ebp, %ebp
	call	do_paranoid_trap
	testl	%ebx, %ebx
	jz	1f
	swapgs
1:	POP_REGS
	addq	$16, %rsp
	iretq

/*
 * NMIs nest: the CPU holds the next one back until an iret, but any fault inside the handler ends
 * in one. The next NMI would then start at the top of the same stack, over our frame. So:
 *
 *   the IST entry points at the top of a slot, less a reserve      slot 1   slot 2   slot 3
 *   on the way in it moves down a slot: a nested NMI has its own   |....R|  |....R|  |....R|
 *   on the way out the return frame is copied to R, rsp is put there, IST moves back, iretq
 *
 * Between "IST moves back" and iretq another NMI may come. It starts in our slot, whose frame is
 * no longer needed, but must not copy over R: if it interrupted just the two last instructions, it
 * ends through R as it is. If it interrupted the handler of a #MC (or #DB) that had come just there,
 * which the frame on top of that stack tells, R is still needed, and it ends through R2. That is
 * enough: a #MC does not nest, and a #DB comes there by a breakpoint of a test only.
 *
 * At an NMI nobody knows yet whose GS it has, so which CPU this is: each slot tells where this
 * CPU's IST entry is, beside those of the stacks of #MC and #DB.
 *
 *   slot's top -> | ss rsp rflags cs rip | R
 *                 | rax, while IST moves |
 *                 | free                 |
 *                 | &tss.ist[NMI]        |
 *                 | the same for R2      |
 *                 | &tss.ist[NMI]        | the CPU's frame begins below it, at top - NMI_RESERVE
 */
/* From what PT_x names up to R and R2. */
#define TO_R  NMI_RESERVE
#define TO_R2 (NMI_RESERVE / 2)

/* CF is set if \reg lies on the stack whose top \top holds; loses rdi. */
.macro ON_STACK reg, top
	movq	\top, %rdi
	subq	\reg, %rdi
	cmpq	$PAGE_SIZE, %rdi
.endm

/* The frame to R or R2, and what it ends through if an NMI interrupts the end of one. */
.macro NMI_COPY to
	.irp	word, PT_IP, PT_CS, PT_FLAGS, PT_SP, PT_SS
	movq	\word(%rsp), %rax
	movq	%rax, \word + \to(%rsp)
	.endr
.endm
.macro NMI_END to, pop, iret
	POP_REGS
	leaq	16 + \to(%rsp), %rsp
	pushq	%rax
	movq	-16(%rsp), %rax
	addq	$NMI_SLOT, (%rax)
\pop:	popq	%rax
\iret:	iretq
.endm

	.globl	nmi_entry, nmi_pop, nmi_iret, nmi_iret_2
nmi_entry:
	pushq	%rax			/* first of all: a #MC here lets the next NMI in */
	movq	NMI_IST_PTR(%rsp), %rax
	subq	$NMI_SLOT, (%rax)
	popq	%rax
	cld
	PUSH_REGS
	PARANOID_CLAC
	PARANOID_SWAPGS
	movq	%rsp, %rdi
	xorl	%ebp, %ebp
	call	do_paranoid_trap
	testl	%ebx, %ebx
	jz	1f
	swapgs
1:	testb	$3, PT_CS(%rsp)		/* a program may have jumped to just that address */
	jnz	nmi_to_r
	movq	PT_IP(%rsp), %rax
	leaq	nmi_iret(%rip), %rcx
	cmpq	%rcx, %rax
	je	nmi_by_r
	leaq	nmi_iret_2(%rip), %rcx
	cmpq	%rcx, %rax
	je	nmi_by_r2
	leaq	nmi_pop(%rip), %rcx
	cmpq	%rcx, %rax
	je	5f
	leaq	nmi_pop_2(%rip), %rcx
	cmpq	%rcx, %rax
	je	6f

	/* Is there an end through our R among what has been interrupted? rsp, and on from there. */
	movq	PT_SP(%rsp), %rdx
	movl	$2, %esi
2:	movq	PT_SS + 8(%rsp), %rcx	/* &tss.ist[NMI] */
	movq	8 * (IST_MC - IST_NMI)(%rcx), %rax
	ON_STACK %rdx, %rax
	jb	3f
	movq	8 * (IST_DB - IST_NMI)(%rcx), %rax
	ON_STACK %rdx, %rax
	jae	nmi_to_r
3:	testb	$3, -32(%rax)		/* its CS, and so on: asm/ptrace.h */
	jnz	nmi_to_r
	movq	-16(%rax), %rdx
	movq	-40(%rax), %rax
	leaq	PT_IP + TO_R(%rsp), %rdi
	leaq	nmi_iret(%rip), %rcx
	cmpq	%rcx, %rax
	je	4f
	subq	$8, %rdi
	leaq	nmi_pop(%rip), %rcx
	cmpq	%rcx, %rax
	je	4f
	decl	%esi
	jnz	2b
	jmp	nmi_to_r
4:	cmpq	%rdi, %rdx		/* of another slot: ours is free */
	jne	nmi_to_r
	NMI_COPY TO_R2
	jmp	nmi_by_r2

5:	movq	PT_IP + TO_R - 8(%rsp), %rax	/* what it was about to pop */
	movq	%rax, PT_AX(%rsp)
	jmp	nmi_by_r
6:	movq	PT_IP + TO_R2 - 8(%rsp), %rax
	movq	%rax, PT_AX(%rsp)
	jmp	nmi_by_r2

nmi_to_r:
	NMI_COPY TO_R
nmi_by_r:
	NMI_END	TO_R, nmi_pop, nmi_iret
nmi_by_r2:
	NMI_END	TO_R2, nmi_pop_2, nmi_iret_2

/*
 * The stacks, each over a guard page that mm/pgtable.c leaves out: an overflow faults instead of
 * writing over a neighbour. linker.ld gathers the guards as stack_guards[].
 */
	.section .bss..page_aligned, "aw", @nobits
	.balign	PAGE_SIZE
.macro STACK name, pages
	.globl	\name\()_guard, \name\()_top
\name\()_guard:
	.skip	PAGE_SIZE
	.skip	(\pages) * PAGE_SIZE
\name\()_top:
	.pushsection .stack_guards, "a"
	.quad	\name\()_guard
	.popsection
.endm
	STACK	boot_stack, 4
	STACK	db_stack, 1
	STACK	df_stack, 1
	STACK	mc_stack, 1
	STACK	nmi_stack, 4			/* NMI_SLOTS of a page */
