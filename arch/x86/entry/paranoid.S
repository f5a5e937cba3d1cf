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
 * no longer needed, but must not copy over R: it finds that it interrupted just the two last
 * instructions, and ends through R as it is.
 *
 * At an NMI nobody knows yet whose GS it has, so which CPU this is: each slot tells where this
 * CPU's IST entry is.
 *
 *   slot's top -> | ss rsp rflags cs rip | R
 *                 | rax, while IST moves |
 *                 | free                 |
 *                 | &tss.ist[NMI]        | the CPU's frame begins below it, at top - NMI_RESERVE
 */
	.globl	nmi_entry, nmi_pop, nmi_iret
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
	jnz	2f
	leaq	nmi_iret(%rip), %rax
	cmpq	%rax, PT_IP(%rsp)
	je	3f
	leaq	nmi_pop(%rip), %rax
	cmpq	%rax, PT_IP(%rsp)
	jne	2f
	movq	PT_SS + 24(%rsp), %rax	/* what it was about to pop, right below R */
	movq	%rax, PT_AX(%rsp)
	jmp	3f
2:	/* The frame to R, which lies right above where the CPU put it. */
	movq	PT_IP(%rsp), %rax
	movq	%rax, PT_IP + NMI_RESERVE(%rsp)
	movq	PT_CS(%rsp), %rax
	movq	%rax, PT_CS + NMI_RESERVE(%rsp)
	movq	PT_FLAGS(%rsp), %rax
	movq	%rax, PT_FLAGS + NMI_RESERVE(%rsp)
	movq	PT_SP(%rsp), %rax
	movq	%rax, PT_SP + NMI_RESERVE(%rsp)
	movq	PT_SS(%rsp), %rax
	movq	%rax, PT_SS + NMI_RESERVE(%rsp)
3:	POP_REGS
	leaq	16 + NMI_RESERVE(%rsp), %rsp
	pushq	%rax
	movq	-16(%rsp), %rax
	addq	$NMI_SLOT, (%rax)
nmi_pop:
	popq	%rax
nmi_iret:
	iretq

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
