/* SPDX-License-Identifier: MIT */
/*
 * The end of a Bochs that has no PCI, and so no ACPI: "Shutdown", a character at a time, to a port
 * of its own (its iodev/unmapped.cc). Another machine may have anything at that port: its BIOS
 * says, in the last 64 KiB below 1 MiB, whose it is.
 */
#include <phys.h>
#include <shutdown_port.h>
#include <string.h>
#include <asm/io.h>

#define BIOS	      0xf0000
#define BIOS_SIZE     0x10000
#define SHUTDOWN_PORT 0x8900

static const char maker[] = "The Bochs Project";

static bool bios_is_its(void)
{
	const char *bios = phys_map(BIOS, BIOS_SIZE);
	size_t len = sizeof(maker) - 1, i;

	for (i = 0; bios && i + len <= BIOS_SIZE; i++)
		if (!memcmp(bios + i, maker, len))
			return true;
	return false;
}

void shutdown_port_power_off(void)
{
	const char *s;

	if (!bios_is_its())
		return;
	for (s = "Shutdown"; *s; s++)
		outb(*s, SHUTDOWN_PORT);
}
