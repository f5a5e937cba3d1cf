/*
 * What is said of a CPU that can't run the kernel: on COM1, COM2, port e9 and a text screen, each
 * where it is, before there is anything that could drive them (drivers/serial.c, vga.c). Called from
 * entry32.S: 32 bit, paging off, on the boot stack.
 *
 * A UART is waited for only so many looks: one that is not there reads as all ones, which is ready.
 */
#include <asm/page.h>

#define PHYS(x)	 ((x) - KERNEL_BASE)
#define POLLS	 100000
#define TEXT	 0xb8000
#define LINE	 160		/* bytes: 80 characters and their colours */
#define SHOWN	 (TEXT + 22 * LINE)	/* the last three lines */

	.section .head.text, "ax"
	.code32
	.globl print32, die32
/* ebx: text. Changes eax, ebx, ecx, edx, esi and edi. */
print32:
	btsl	$0, PHYS(ready)
	jc	1f
	movl	$0x3f8, %edx
	call	uart_init
	movl	$0x2f8, %edx
	call	uart_init
	movl	$SHOWN, %edi
	movl	$0x07200720, %eax
	movl	$3 * LINE / 4, %ecx
	call	is_text
	jne	1f
	rep stosl

1:	movl	PHYS(cell), %edi
2:	movzbl	(%ebx), %eax
	testb	%al, %al
	jz	4f
	incl	%ebx
	movl	$0x3f8, %edx
	call	uart_put
	movl	$0x2f8, %edx
	call	uart_put
	outb	%al, $0xe9
	call	is_text
	jne	2b
	cmpb	$'\r', %al
	je	2b
	cmpb	$'\n', %al
	je	3f
	movb	$0x07, %ah		/* light grey on black */
	stosw
	jmp	2b
3:	addl	$LINE, PHYS(row)	/* the first line that begins behind what is written */
	cmpl	%edi, PHYS(row)
	jb	3b
	movl	PHYS(row), %edi
	jmp	2b
4:	movl	%edi, PHYS(cell)
	ret

/* ebx: the last of a sentence. Ends the machine where there is a debug exit. */
die32:
	call	print32
	movl	$PHYS(verdict_panic), %ebx
	call	print32
	movl	$0x3f8, %edx
	call	uart_drain
	movl	$0x2f8, %edx
	call	uart_drain
	movb	$0x12, %al		/* EXIT_PANIC (include/platform.h) */
	outb	%al, $0xf4
1:	hlt
	jmp	1b

/* edx: a UART's port. 115200 8n1, FIFOs on, no interrupts. Changes eax. */
uart_init:
	incl	%edx
	xorl	%eax, %eax
	outb	%al, %dx		/* IER */
	addl	$2, %edx
	movb	$0x80, %al
	outb	%al, %dx		/* LCR: DLAB */
	subl	$3, %edx
	movb	$1, %al
	outb	%al, %dx		/* 115200 / 1 */
	incl	%edx
	xorl	%eax, %eax
	outb	%al, %dx
	addl	$2, %edx
	movb	$0x03, %al
	outb	%al, %dx		/* LCR: 8n1, DLAB off */
	decl	%edx
	movb	$0x07, %al
	outb	%al, %dx		/* FCR */
	addl	$2, %edx
	movb	$0x03, %al
	outb	%al, %dx		/* MCR: DTR, RTS */
	ret

/* al to the UART at edx, once its transmitter is empty. Changes ecx, edx, ah. */
uart_put:
	movl	$POLLS, %ecx
	movb	%al, %ah
	addl	$5, %edx		/* LSR */
1:	inb	%dx, %al
	testb	$0x20, %al		/* THRE */
	loopz	1b
	subl	$5, %edx
	movb	%ah, %al
	outb	%al, %dx
	ret

/*
 * Until the UART at edx has sent what it holds: a machine that halts for good, as Bochs 3.1 does at a
 * hlt with interrupts off, sends no more. Changes ecx, edx, al.
 */
uart_drain:
	movl	$POLLS, %ecx
	addl	$5, %edx		/* LSR */
1:	inb	%dx, %al
	testb	$0x40, %al		/* TEMT */
	loopz	1b
	ret

/* ZF: there is a VGA that shows characters at b8000. Changes edx, ah. */
is_text:
	pushl	%eax
	movl	$0x3ce, %edx
	movb	$6, %al			/* the graphics controller's miscellaneous register */
	outb	%al, %dx
	incl	%edx
	inb	%dx, %al
	andb	$0x0d, %al
	cmpb	$0x0c, %al
	popl	%eax
	ret

	.section .rodata
verdict_panic:
	.asciz	"# verdict: panic\r\n"

	.data
	.balign 4
ready:	.long 0				/* the devices */
row:	.long SHOWN			/* where this line begins on the screen, and what comes next */
cell:	.long SHOWN
