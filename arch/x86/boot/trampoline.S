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
	movq	secondary_sp(%rip), %rsp
	movl	secondary_cpu(%rip), %edi
	movl	$1, secondary_arrived(%rip)
	xorl	%ebp, %ebp
	call	native_start_secondary
	ud2
