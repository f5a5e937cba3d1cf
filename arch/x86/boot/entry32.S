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
#include <asm/page.h>
#include <asm/segment.h>

#define PHYS(x) ((x) - KERNEL_BASE)

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
	rdtsc				/* the boot's first instant, for the bench line */
	movl	%eax, PHYS(boot_tsc)
	movl	%edx, PHYS(boot_tsc) + 4
	movl	$PHYS(boot_stack_top), %esp

	movl	$0x80000000, %eax
	cpuid
	cmpl	$0x80000001, %eax
	jb	1f
	movl	$0x80000001, %eax
	cpuid
	andl	$(1 << 29) | (1 << 20), %edx
	cmpl	$(1 << 29) | (1 << 20), %edx
	je	2f
1:	movl	$PHYS(no_long_mode), %ebx
	jmp	die32

2:	movl	$DR7_STATE, %eax
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

/* ebx: a sentence for the serial port. Ends the machine where there is a debug exit. */
die32:
	movw	$0x3f8, %dx
4:	movb	(%ebx), %al
	testb	%al, %al
	jz	5f
	outb	%al, %dx
	incl	%ebx
	jmp	4b
5:	movb	$0x12, %al		/* EXIT_PANIC (include/platform.h) */
	outb	%al, $0xf4
6:	hlt
	jmp	6b

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

	.section .rodata
no_long_mode:
	.asciz	"# PANIC: this CPU lacks 64-bit long mode or NX (CPUID 80000001h edx 29, 20); Anole needs both\r\n"

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
