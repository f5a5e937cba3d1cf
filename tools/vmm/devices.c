/* SPDX-License-Identifier: MIT */
/*
 * The devices on I/O ports: a 16550 that only sends, and QEMU's isa-debug-exit.
 *
 * Any other port reads as all ones and drops what is written, as an empty bus does. KVM itself
 * answers for the interrupt chips, the PIT and port 0x61.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "vmm.h"

#define COM1	  0x3f8
#define COM1_SIZE 8

/* 16550 registers, by their offset; PC16550D data sheet, table II. */
enum { DATA = 0, IER = 1, FCR = 2, LCR = 3, MCR = 4, LSR = 5, MSR = 6 };

#define LCR_DLAB  0x80 /* offsets 0 and 1 are the baud-rate divisor */
#define MCR_LOOP  0x10 /* what is sent comes back instead of going out */
#define LSR_READY 0x01
#define LSR_SENT  0x60 /* THRE and TEMT: room for more, always */
#define IIR_NONE  0x01 /* no interrupt is pending; none ever is */
#define IIR_FIFO  0xc0

static struct {
	uint8_t registers[COM1_SIZE];
	uint8_t divisor[2];
	uint8_t looped;
	bool ready; /* looped holds a byte */
} com1;

/* What the guest sent of its present line: one write(2) a byte would take as long as the exit. */
static struct {
	uint8_t bytes[512];
	size_t used;
	bool open; /* the last byte, perhaps already written, was no newline */
} line;

/* Guards all of the above: the vCPUs and the clock in vmm.c come from different threads. */
static pthread_mutex_t devices_lock = PTHREAD_MUTEX_INITIALIZER;

static void flush(void)
{
	size_t done = 0;
	ssize_t n;

	while (done < line.used) {
		n = write(STDOUT_FILENO, line.bytes + done, line.used - done);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			break;
		if (n > 0)
			done += n;
	}
	line.used = 0;
}

static void put(uint8_t byte)
{
	line.bytes[line.used++] = byte;
	line.open = byte != '\n';
	if (!line.open || line.used == sizeof(line.bytes))
		flush();
}

static void end_line(void)
{
	if (line.open)
		put('\n');
}

void console_flush(void)
{
	pthread_mutex_lock(&devices_lock);
	flush();
	pthread_mutex_unlock(&devices_lock);
}

/* Keeps what is printed next from continuing the guest's last line. */
void console_end_line(void)
{
	pthread_mutex_lock(&devices_lock);
	end_line();
	pthread_mutex_unlock(&devices_lock);
}

static void com1_write(unsigned int offset, uint8_t byte)
{
	bool latch = com1.registers[LCR] & LCR_DLAB;

	if (offset <= IER && latch) {
		com1.divisor[offset] = byte;
	} else if (offset == DATA && com1.registers[MCR] & MCR_LOOP) {
		com1.looped = byte;
		com1.ready = true;
	} else if (offset == DATA) {
		put(byte);
	} else {
		com1.registers[offset] = byte;
	}
}

static uint8_t com1_read(unsigned int offset)
{
	if (offset <= IER && com1.registers[LCR] & LCR_DLAB)
		return com1.divisor[offset];
	switch (offset) {
	case DATA:
		com1.ready = false;
		return com1.looped;
	case FCR: /* reads as IIR */
		return IIR_NONE | (com1.registers[FCR] & 1 ? IIR_FIFO : 0);
	case LSR:
		return LSR_SENT | (com1.ready ? LSR_READY : 0);
	case MSR:
		return 0xb0; /* carrier, ready, clear to send */
	default:
		return com1.registers[offset];
	}
}

/* `data` holds `count` elements of `size` bytes: more than one comes from a rep ins or outs. */
void port_io(const struct kvm_run *run, uint8_t *data)
{
	unsigned int port = run->io.port, size = run->io.size, count = run->io.count, i;
	bool is_com1 = port - COM1 < COM1_SIZE && size == 1;
	uint32_t value = 0;

	pthread_mutex_lock(&devices_lock);
	if (run->io.direction == KVM_EXIT_IO_OUT) {
		if (port - DEBUG_EXIT_PORT < DEBUG_EXIT_SIZE) {
			memcpy(&value, data, size);
			end_line();
			_exit((value << 1 | 1) & 0xff);
		}
		for (i = 0; is_com1 && i < count; i++)
			com1_write(port - COM1, data[i]);
	} else {
		memset(data, 0xff, (size_t)size * count);
		for (i = 0; is_com1 && i < count; i++)
			data[i] = com1_read(port - COM1);
	}
	pthread_mutex_unlock(&devices_lock);
}
