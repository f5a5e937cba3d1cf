/* SPDX-License-Identifier: MIT */
/*
 * The 32-bit ways in and the path into long mode that they share. Runs where the loader put it,
 * at 1 MiB, with paging off; ends in boot32_start() (boot/boot32.c) on the boot stack, with the
 * boot page tables below.
 *
 * On entry: protected mode, flat segments, interrupts off, ebx = the loader's structure,
 * eax = its magic (Multiboot only).
 */
#include <asm/cpu_state.h>
#include <asm/cpufeatures.h>
#include <asm/page.h>
#include <asm/segment.h>

#define PHYS(x) ((x) - KERNEL_BASE)

/*
 * What a CPU of the bare machine or KVM must have, of CPUID's words 0 and 1. SYSCALL, which Intel's
 * show in 64-bit mode only, is asked for by cpu_state_check().
 */
	.macro	need feature, name
	.long	\feature, PHYS(1f)
	.pushsection .rodata.str, "a"
1:	.asciz	" \name"
	.popsection
	.endm

	.section .rodata
	.balign	4
needed:
	need	X86_FEATURE_LM, "LM (80000001h edx 29)"
	need	X86_FEATURE_NX, "NX (80000001h edx 20)"
	need	X86_FEATURE_TSC, "TSC (1 edx 4)"
	need	X86_FEATURE_MSR, "MSR (1 edx 5)"
	need	X86_FEATURE_PAE, "PAE (1 edx 6)"
	need	X86_FEATURE_APIC, "APIC (1 edx 9)"
	need	X86_FEATURE_CMOV, "CMOV (1 edx 15)"
	need	X86_FEATURE_SSE2, "SSE2 (1 edx 26)"	/* lfence and mfence */
	.long	-1
lacks:	.asciz	"# PANIC: this CPU lacks"
period:	.asciz	", which CPUID should show and Anole needs\r\n"

	.section .head.text, "ax"
	.code32
	.globl startup_pvh, startup_multiboot
startup_pvh:
	movl	$0x336ec578, %eax	/* hvm_start_info's magic: PVH passes none in eax */
startup_multiboot:
	cli
	cld
	movl	%eax, %esi		/* esi: which way in */
	movl	%ebx, %edi		/* edi: its structure, physical */
	movl	$PHYS(boot_stack_top), %esp
	pushl	$2			/* flags: neither NT, which breaks iret, nor AC, nor TF */
	popfl

	movl	$PHYS(needed), %ebp
	pushl	$0			/* none is lacking so far */
1:	movl	(%ebp), %ecx
	testl	%ecx, %ecx
	js	4f
	xorl	%edx, %edx
	movl	$1, %eax
	cmpl	$32, %ecx		/* word 0? */
	jb	2f
	pushl	%ecx
	movl	$0x80000000, %eax
	cpuid
	popl	%ecx
	xorl	%edx, %edx
	cmpl	$0x80000001, %eax
	jb	3f
	movl	$0x80000001, %eax
2:	pushl	%ecx
	cpuid
	popl	%ecx
3:	btl	%ecx, %edx		/* modulo 32 */
	jc	5f
	movl	$PHYS(lacks), %ebx
	cmpl	$0, (%esp)
	movl	$1, (%esp)
	jne	6f
	call	print32
6:	movl	4(%ebp), %ebx
	call	print32
5:	addl	$8, %ebp
	jmp	1b
4:	popl	%eax
	movl	$PHYS(period), %ebx
	testl	%eax, %eax
	jnz	die32

	rdtsc				/* the boot's first instant, for the bench line */
	movl	%eax, PHYS(boot_tsc)
	movl	%edx, PHYS(boot_tsc) + 4
	movl	$DR7_STATE, %eax
	movl	%eax, %dr7
	movl	$CR4_ENTRY, %eax
	movl	%eax, %cr4
	movl	$PHYS(boot_pml4), %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx	/* EFER */
	movl	$EFER_STATE, %eax
	xorl	%edx, %edx
	wrmsr
	movl	$CR0_STATE, %eax
	movl	%eax, %cr0
	lgdtl	PHYS(boot_gdt_ptr)
	ljmpl	$__KERNEL_CS, $PHYS(startup_64)

	.section .head.text64, "ax"
	.code64
startup_64:
	movl	$__KERNEL_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	movabsq	$7f, %rax		/* from physical 1 MiB up to KERNEL_BASE */
	jmp	*%rax
7:	movq	$boot_stack_top, %rsp
	xorl	%ebp, %ebp		/* the end of every backtrace */
	movl	%esi, %eax
	movl	%edi, %esi
	movl	%eax, %edi
	call	boot32_start		/* (u32 magic, u64 structure): does not return */
	ud2

	.data
	.balign 8
boot_gdt:
	.quad	0, 0
	.quad	0x00af9b000000ffff	/* 10: 64-bit code, DPL 0 */
	.quad	0x00cf93000000ffff	/* 18: data */
boot_gdt_ptr:
	.short	. - boot_gdt - 1
	.long	PHYS(boot_gdt)

/*
 * The boot page tables: the first 4 GiB at 0 (until the kernel drops it), at PAGE_OFFSET, and
 * the first 1 GiB at KERNEL_BASE, all by 2 MiB pages. They are data, so nothing executes to
 * build them; mm/pgtable.c narrows them to what stays, and only then turns global pages on.
 */
	.section .data..page_aligned, "aw"
	.balign	PAGE_SIZE
	.globl	boot_pml4, boot_pdpt_high, boot_pd
boot_pml4:
	.quad	PHYS(boot_pdpt) + 3
	.fill	((PAGE_OFFSET >> 39) & 511) - 1, 8, 0
	.quad	PHYS(boot_pdpt) + 3
	.fill	511 - ((PAGE_OFFSET >> 39) & 511) - 1, 8, 0
	.quad	PHYS(boot_pdpt_high) + 3
boot_pdpt:
	.quad	PHYS(boot_pd) + 3, PHYS(boot_pd) + 0x1003
	.quad	PHYS(boot_pd) + 0x2003, PHYS(boot_pd) + 0x3003
	.fill	508, 8, 0
boot_pdpt_high:
	.fill	510, 8, 0
	.quad	PHYS(boot_pd) + 3
	.quad	0
boot_pd:
	.set	i, 0
	.rept	2048
	.quad	i * PMD_SIZE + _PAGE_PRESENT + _PAGE_RW + _PAGE_PSE + _PAGE_GLOBAL
	.set	i, i + 1
	.endr

	.bss
	.balign	8
	.globl	boot_tsc
boot_tsc:
	.quad	0
