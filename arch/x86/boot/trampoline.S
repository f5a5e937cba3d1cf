/* SPDX-License-Identifier: MIT */
/*
 * Where another CPU begins: at its start-up IPI, in real mode, at a page below 1 MiB that
 * pv/native/smp.c copies this to. From there to long mode in one step (SDM vol. 3A, 9.8.5), on
 * page tables that map the first 2 MiB at 0 as well, and on to secondary_startup_64 in the image.
 *
 * These are constants to the image, and code to that CPU alone.
 */
#include <asm/cpu_state.h>
#include <asm/page.h>
#include <asm/segment.h>

	.section .rodata
	.balign	16
	.globl	trampoline_start, trampoline_end, trampoline_jump, trampoline_cr3
	.code16
trampoline_start:
	cli
	cld
	movw	%cs, %ax
	movw	%ax, %ds
	movl	$CR4_ENTRY, %eax
	movl	%eax, %cr4
	movl	trampoline_cr3 - trampoline_start, %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx	/* EFER */
	movl	$EFER_STATE, %eax
	xorl	%edx, %edx
	wrmsr
	lgdtl	trampoline_gdt_ptr - trampoline_start
	movl	$CR0_STATE, %eax
	movl	%eax, %cr0
	ljmpl	*(trampoline_jump - trampoline_start)
	.code64
trampoline_64:
	movl	$__KERNEL_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	movabsq	$secondary_startup_64, %rax
	jmp	*%rax

	.balign	8
trampoline_jump:
	.long	trampoline_64 - trampoline_start	/* + where the page is */
	.word	__KERNEL_CS
	.balign	8
trampoline_cr3:
	.long	0
	.balign	8
trampoline_gdt:
	.quad	0, 0
	.quad	0x00af9b000000ffff	/* 10: 64-bit code, DPL 0, accessed */
	.quad	0x00cf93000000ffff	/* 18: data, accessed */
	.globl	trampoline_gdt_ptr
trampoline_gdt_ptr:
	.short	. - trampoline_gdt - 1
	.long	trampoline_gdt - trampoline_start	/* + where the page is */
trampoline_end:

	.text
/* At KERNEL_BASE, on the trampoline's page tables, without a stack. */
	.globl	secondary_startup_64
secondary_startup_64:
	movq	secondary_cr3(%rip), %rax
	movq	%rax, %cr3
	movl	$0x1b, %ecx		/* IA32_APIC_BASE */
	rdmsr
	testl	$1 << 10, %eax		/* in x2APIC mode? */
	jnz	2f
	cmpb	$0, x2apic_mode(%rip)
	je	1f
	orl	$1 << 11, %eax		/* by two steps, as in pv/native/apic.c */
	wrmsr
	orl	$1 << 10, %eax
	wrmsr
	jmp	2f
1:	shlq	$32, %rdx		/* the registers, in the direct map */
	andl	$0xfffff000, %eax
	orq	%rdx, %rax
	addq	page_offset_base(%rip), %rax
	movl	0x20(%rax), %eax
	shrl	$24, %eax
	jmp	3f
2:	movl	$0x802, %ecx
	rdmsr
3:	xorl	%edi, %edi		/* eax: our local APIC's number; edi: which CPU has it? */
	movq	secondary_ids(%rip), %rdx
4:	cmpl	secondary_nr(%rip), %edi
	jae	6f
	cmpl	%eax, (%rdx, %rdi, 4)
	je	5f
	incl	%edi
	jmp	4b
5:	leaq	secondary_sp(%rip), %rdx
	movq	(%rdx, %rdi, 8), %rsp
	testq	%rsp, %rsp
	jz	6f
	xorl	%ebp, %ebp
	call	native_start_secondary
6:	cli				/* nobody has asked for this one */
	hlt
	jmp	6b
