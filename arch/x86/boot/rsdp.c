/* SPDX-License-Identifier: MIT */
/*
 * ACPI's root pointer where the loader hands over none, or none that is good. ACPI 6.4, 5.2.5.1 and
 * 5.2.5.2; UEFI 2.10, 4.3 and 4.6.
 */
#include "boot.h"
#include <acpi.h>
#include <phys.h>
#include <string.h>

static u64 scan(u64 from, u64 to)
{
	for (; from < to; from += 16)
		if (acpi_is_rsdp(from))
			return from;
	return 0;
}

u64 rsdp_of_bios(void)
{
	const u16 *segment = phys_map(0x40e, 2); /* the EBDA's */
	u64 ebda = segment ? *segment << 4 : 0, rsdp = 0;

	if (ebda)
		rsdp = scan(ebda, ebda + 1024);
	return rsdp ? rsdp : scan(0xe0000, 0x100000);
}

#define EFI_SIGNATURE	  0x5453595320494249 /* "IBI SYST" */
#define MAX_VENDOR_TABLES 256

/* EFI_SYSTEM_TABLE's number of vendor tables, and where they are: 64- and 32-bit firmware. */
static const struct {
	u8 count, tables, pointer;
} layouts[] = { { 104, 112, 8 }, { 64, 68, 4 } };

static u64 word(u64 pa, u32 size)
{
	const void *p = phys_map(pa, size);
	u64 value = 0;

	if (p)
		memcpy(&value, p, size);
	return value;
}

u64 rsdp_of_efi(u64 system_table, bool is_64)
{
	/* Of ACPI 2.0 and up, of 1.0. */
	static const u8 guids[2][16] = {
		{ 0x71, 0xe8, 0x68, 0x88, 0xf1, 0xe4, 0xd3, 0x11, 0xbc, 0x22, 0x00, 0x80, 0xc7,
		  0x3c, 0x88, 0x81 },
		{ 0x30, 0x2d, 0x9d, 0xeb, 0x88, 0x2d, 0xd3, 0x11, 0x9a, 0x16, 0x00, 0x90, 0x27,
		  0x3f, 0xc1, 0x4d },
	};
	u32 pointer = layouts[!is_64].pointer, kind;
	u64 nr, at, i, rsdp;

	if (word(system_table, 8) != EFI_SIGNATURE)
		return 0;
	nr = word(system_table + layouts[!is_64].count, pointer);
	at = word(system_table + layouts[!is_64].tables, pointer);
	for (kind = 0; kind < 2; kind++)
		for (i = 0; i < nr && i < MAX_VENDOR_TABLES; i++) {
			u64 entry = at + i * (16 + pointer);
			const void *guid = phys_map(entry, 16);

			if (!guid || memcmp(guid, guids[kind], 16))
				continue;
			rsdp = word(entry + 16, pointer);
			if (acpi_is_rsdp(rsdp))
				return rsdp;
		}
	return 0;
}
