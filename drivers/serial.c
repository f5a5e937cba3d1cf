/* SPDX-License-Identifier: MIT */
/*
 * The 16550 UARTs at COM1 and COM2 (National Semiconductor PC16550D data sheet), output only. An
 * empty transmit FIFO takes 16 bytes, so a line costs one status read and one `rep outsb` for 16
 * bytes in place of two port accesses for each: under a hypervisor an exit a chunk.
 */
#include <pc_console.h>
#include <time.h>
#include <asm/io.h>

enum {
	DATA = 0, /* with DLAB: divisor low */
	IER = 1,  /* with DLAB: divisor high */
	FCR = 2,
	LCR = 3,
	MCR = 4,
	LSR = 5,
	MSR = 6,
	SCR = 7, /* the UART makes no use of it */
};
#define COM1	 0x3f8
#define COM2	 0x2f8
#define LSR_THRE 0x20
#define MCR_LOOP 0x10
#define FIFO	 16

/* A UART that stands must not stop the kernel: so many looks, and so much time where there is a
 * clock. 16 bytes take 1.4 ms. */
#define POLLS	 100000
#define PATIENCE NSEC_PER_SEC

struct uart {
	u16 port;
	bool stands; /* it has been waited for in vain: the next wait is one look */
};
static struct uart uart1 = { COM1, false }, uart2 = { COM2, false };

/* An empty bus gives back nothing that it was given: neither by the scratch register nor, where a
 * UART is too old for that, its own modem lines in loopback. */
static bool serial_there(u16 port)
{
	u8 mcr;
	bool loops;

	outb(0x5a, port + SCR);
	if (inb(port + SCR) == 0x5a) {
		outb(0xa5, port + SCR);
		if (inb(port + SCR) == 0xa5)
			return true;
	}
	mcr = inb(port + MCR);
	outb(MCR_LOOP | 0x0a, port + MCR); /* OUT2, RTS -> DCD, CTS */
	loops = (inb(port + MSR) & 0xf0) == 0x90;
	outb(mcr, port + MCR);
	return loops;
}

static bool serial_init(u16 port)
{
	if (!serial_there(port))
		return false;
	outb(0x00, port + IER);
	outb(0x80, port + LCR); /* DLAB */
	outb(1, port + DATA);	/* 115200 / 1 */
	outb(0, port + IER);
	outb(0x03, port + LCR); /* 8n1, DLAB off */
	outb(0x07, port + FCR); /* FIFOs on and emptied */
	outb(0x03, port + MCR); /* DTR, RTS */
	return true;
}

static bool serial_wait(struct uart *uart)
{
	u64 start = sched_clock(), now;
	unsigned int polls;

	for (polls = 0; !(inb(uart->port + LSR) & LSR_THRE); polls++) {
		if (uart->stands)
			return false;
		if (polls < POLLS)
			continue;
		now = sched_clock(); /* it stands still until there is one */
		if (now == start || now - start > PATIENCE) {
			uart->stands = true;
			return false;
		}
	}
	uart->stands = false;
	return true;
}

static void serial_write(struct uart *uart, const char *s, size_t len)
{
	while (len) {
		size_t n = min(len, (size_t)FIFO);

		if (serial_wait(uart))
			outsb(uart->port + DATA, s, n);
		s += n;
		len -= n;
	}
}

static bool com1_setup(void)
{
	return serial_init(COM1);
}

static void com1_write(const char *s, size_t len)
{
	serial_write(&uart1, s, len);
}

static bool com2_setup(void)
{
	return serial_init(COM2);
}

static void com2_write(const char *s, size_t len)
{
	serial_write(&uart2, s, len);
}

struct console com1_console = { .name = "com1", .setup = com1_setup, .write = com1_write };
struct console com2_console = { .name = "com2", .setup = com2_setup, .write = com2_write };
