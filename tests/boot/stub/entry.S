/* SPDX-License-Identifier: MIT */
/*
 * The stub loader's first and last instructions. QEMU's -kernel enters by the PVH note: 32 bit,
 * paging off, ebx = hvm_start_info. enter() leaves for the image.
 */
	.section .note.stub, "a", @note
	.balign	4
	.long	4, 4, 18		/* PHYS32_ENTRY */
	.asciz	"Xen"
	.long	stub_start

	.text
	.globl	stub_start, enter
stub_start:
	cli
	cld
	movl	$stack_top, %esp
	lgdt	gdt_ptr
	ljmp	$0x10, $1f
1:	movl	$0x18, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	pushl	%ebx
	call	stub_main
	ud2

/* enter(const struct state *): the words in the order of tests/boot/stub/stub.h. */
enter:
	movl	4(%esp), %esi
	cmpl	$0, 24(%esi)
	je	2f
	movl	$0x20, %eax
	lldt	%ax
2:	movl	16(%esi), %eax
	movl	%eax, %cr4
	movl	12(%esi), %eax
	movl	%eax, %cr0
	movl	28(%esi), %eax
	movl	%eax, %dr7
	pushl	20(%esi)
	movl	0(%esi), %eax
	movl	4(%esi), %ebx
	movl	8(%esi), %ecx
	popfl
	jmp	*%ecx

	.data
	.balign	8
	.globl	ldt_descriptor
gdt:	.quad	0, 0
	.quad	0x00cf9b000000ffff	/* 10: code */
	.quad	0x00cf93000000ffff	/* 18: data */
ldt_descriptor:
	.quad	0, 0			/* 20: the LDT; 16 bytes in long mode */
gdt_ptr:
	.short	. - gdt - 1
	.long	gdt

	.bss
	.balign	16
	.skip	16384
stack_top:
