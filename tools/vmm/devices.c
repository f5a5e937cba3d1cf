/* SPDX-License-Identifier: MIT */
/*
 * The devices on I/O ports: a 16550 that only sends, and QEMU's isa-debug-exit.
 *
 * Any other port reads as all ones and drops what is written, as an empty bus does. KVM itself
 * answers for the interrupt chips, the PIT and port 0x61.
 */
#include <errno.h>
#include <string.h>

#include "vmm.h"

#define COM1 0x3f8

/* 16550 registers, by their offset; PC16550D data sheet, table II. */
enum { DATA = 0, IER = 1, FCR = 2, LCR = 3, LSR = 5, MSR = 6, REGISTERS = 8 };

#define LCR_DLAB  0x80 /* offsets 0 and 1 are the baud-rate divisor */
#define LSR_SENT  0x60 /* THRE and TEMT: room for more, always */
#define MSR_READY 0xb0 /* carrier, ready, clear to send */
#define IIR_NONE  0x01 /* no interrupt is pending; none ever is */
#define IIR_FIFO  0xc0

/* Guards all below: the vCPUs and the clock in vmm.c come from different threads. */
static pthread_mutex_t devices_lock = PTHREAD_MUTEX_INITIALIZER;
static uint8_t registers[REGISTERS + 2]; /* the divisor last */

/* What the guest sent of its present line: one write(2) a byte would take as long as the exit. */
static uint8_t line[512];
static size_t used;
static bool open_line; /* the last byte, perhaps already written, was no newline */

/* With end_line, what is printed next does not continue the guest's last line. */
static void flush(bool end_line)
{
	size_t done = 0;
	ssize_t n;

	if (end_line && open_line)
		line[used++] = '\n';
	open_line = open_line && !end_line;
	while (done < used) {
		n = write(STDOUT_FILENO, line + done, used - done);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			break;
		if (n > 0)
			done += n;
	}
	used = 0;
}

static void put(uint8_t byte)
{
	line[used++] = byte;
	open_line = byte != '\n';
	if (!open_line || used == sizeof(line))
		flush(false);
}

void console_print(const uint8_t *text, size_t len)
{
	pthread_mutex_lock(&devices_lock);
	while (len--)
		put(*text++);
	pthread_mutex_unlock(&devices_lock);
}

void console_flush(bool end_line)
{
	pthread_mutex_lock(&devices_lock);
	flush(end_line);
	pthread_mutex_unlock(&devices_lock);
}

static void com1(unsigned int offset, uint8_t *data, bool out)
{
	bool latch = offset <= IER && registers[LCR] & LCR_DLAB;
	uint8_t *value = &registers[latch ? REGISTERS + offset : offset];

	if (out && offset == DATA && !latch)
		put(*data);
	else if (out)
		*value = *data;
	else if (offset == FCR) /* reads as IIR */
		*data = IIR_NONE | (*value & 1 ? IIR_FIFO : 0);
	else
		*data = offset == LSR ? LSR_SENT : offset == MSR ? MSR_READY : *value;
}

/* `data` holds `count` elements of `size` bytes: more than one comes from a rep ins or outs. */
void port_io(const struct kvm_run *run, uint8_t *data)
{
	unsigned int port = run->io.port, size = run->io.size, count = run->io.count, i;
	bool out = run->io.direction == KVM_EXIT_IO_OUT;
	uint32_t value = 0;

	pthread_mutex_lock(&devices_lock);
	if (out && port - DEBUG_EXIT_PORT < DEBUG_EXIT_SIZE) {
		memcpy(&value, data, size);
		flush(true);
		_exit((value << 1 | 1) & 0xff);
	}
	if (!out)
		memset(data, 0xff, (size_t)size * count);
	for (i = 0; port - COM1 < REGISTERS && size == 1 && i < count; i++)
		com1(port - COM1, data + i, out);
	pthread_mutex_unlock(&devices_lock);
}
