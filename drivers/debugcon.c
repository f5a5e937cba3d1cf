/* SPDX-License-Identifier: MIT */
/*
 * Port e9, to which Bochs and QEMU (isa-debugcon) write what comes as it is. Read, it gives its own
 * number: Bochs' documentation, port_e9_hack; QEMU's docs/specs, isa-debugcon.
 */
#include <pc_console.h>
#include <asm/io.h>

#define E9 0xe9

static bool e9_setup(void)
{
	return inb(E9) == E9;
}

static void e9_write(const char *s, size_t len)
{
	outsb(E9, s, len);
}

struct console e9_console = { .name = "e9", .setup = e9_setup, .write = e9_write };
