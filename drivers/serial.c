/* SPDX-License-Identifier: MIT */
/*
 * The 16550 UART at COM1 (National Semiconductor PC16550D data sheet). An empty transmit FIFO
 * takes 16 bytes, so a line costs one status read and one `rep outsb` for 16 bytes in place of two
 * port accesses for each: under a hypervisor an exit a chunk.
 */
#include <serial.h>
#include <asm/io.h>

#define COM1	 0x3f8
#define DATA	 (COM1 + 0) /* with DLAB: divisor low */
#define IER	 (COM1 + 1) /* with DLAB: divisor high */
#define FCR	 (COM1 + 2)
#define LCR	 (COM1 + 3)
#define MCR	 (COM1 + 4)
#define LSR	 (COM1 + 5)
#define LSR_THRE 0x20
#define FIFO	 16

void serial_init(void)
{
	outb(0x00, IER);
	outb(0x80, LCR); /* DLAB */
	outb(1, DATA);	 /* 115200 / 1 */
	outb(0, IER);
	outb(0x03, LCR); /* 8n1, DLAB off */
	outb(0x07, FCR); /* FIFOs on and emptied */
	outb(0x03, MCR); /* DTR, RTS */
}

static void push(const char *s, size_t len)
{
	unsigned int limit = 100000; /* a missing or stuck UART must not stop the kernel */

	while (!(inb(LSR) & LSR_THRE) && --limit)
		;
	outsb(DATA, s, len);
}

void serial_write(const char *s, size_t len)
{
	while (len) {
		size_t n = min(len, (size_t)FIFO);

		push(s, n);
		s += n;
		len -= n;
	}
}
