/* SPDX-License-Identifier: MIT */
/*
 * The ACPI tables of the machine, by hand: how a guest learns its CPUs and I/O APIC.
 *
 *   RSDP -> XSDT -> FADT -> DSDT (empty)
 *                -> MADT
 *
 * Layouts: ACPI 5.0, chapters 5.2.5 to 5.2.12.
 */
#include <string.h>

#include "vmm.h"

struct header {
	char signature[4];
	uint32_t length;
	uint8_t revision, checksum;
	char oem[6], oem_table[8];
	uint32_t oem_revision;
	char creator[4];
	uint32_t creator_revision;
};

_Static_assert(sizeof(struct header) == 36, "table header");

/* What makes the bytes of a table add up to zero. */
static uint8_t checksum(const void *table, size_t size)
{
	const uint8_t *byte = table;
	uint8_t sum = 0;

	while (size--)
		sum -= *byte++;
	return sum;
}

/* Puts a table on the next 16 bytes, and returns its address. */
static uint64_t add(struct vm *vm, uint64_t *next, const char *signature, int revision,
		    const void *body, size_t size)
{
	struct header *header = guest_ram(vm, *next, sizeof(*header) + size);
	uint64_t address = *next;

	*header = (struct header){ 0 };
	memcpy(header->signature, signature, 4);
	memcpy(header->oem, "ANOLE ", 6);
	memcpy(header->oem_table, "ANOLEVMM", 8);
	memcpy(header->creator, "ANOL", 4);
	header->length = sizeof(*header) + size;
	header->revision = revision;
	memcpy(header + 1, body, size);
	header->checksum = checksum(header, header->length);
	*next += (header->length + 15) & ~15;
	return address;
}

/*
 * Returns the RSDP's address, on 16 bytes as a scan for it expects. The MADT has the local APICs'
 * address, "8259s too", an I/O APIC, each CPU, and that ISA's interrupt 0 is on pin 2.
 */
uint64_t acpi_build(struct vm *vm)
{
	uint8_t rsdp[36] = "RSD PTR \0ANOLE \2", fadt[268 - 36] = { 0 };
	uint32_t madt[5 + 2 * MAX_CPUS + 3] = { 0xfee00000, 1, 12 << 8 | 1, 0xfec00000 };
	static const uint8_t timer[10] = { 2, 10, 0, 0, 2 };
	uint64_t next = ACPI_TABLES + 48, dsdt, xsdt, tables[2];
	uint32_t id;

	for (id = 0; id < vm->ncpus; id++) {
		madt[5 + 2 * id] = id << 24 | id << 16 | 8 << 8;
		madt[6 + 2 * id] = 1; /* enabled */
	}
	memcpy(&madt[5 + 2 * id], timer, sizeof(timer));
	dsdt = add(vm, &next, "DSDT", 2, "", 0);
	fadt[109 - 36] = 0x25; /* legacy devices, no VGA, no CMOS clock */
	fadt[114 - 36] = 0x10; /* hardware reduced: no power-management hardware is there */
	memcpy(fadt + 140 - 36, &dsdt, sizeof(dsdt));
	tables[0] = add(vm, &next, "FACP", 5, fadt, sizeof(fadt));
	tables[1] = add(vm, &next, "APIC", 3, madt, (5 + 2 * id) * sizeof(*madt) + 10);
	xsdt = add(vm, &next, "XSDT", 1, tables, sizeof(tables));
	rsdp[20] = sizeof(rsdp);
	memcpy(rsdp + 24, &xsdt, sizeof(xsdt));
	rsdp[8] = checksum(rsdp, 20);
	rsdp[32] = checksum(rsdp, sizeof(rsdp));
	memcpy(guest_ram(vm, ACPI_TABLES, sizeof(rsdp)), rsdp, sizeof(rsdp));
	return ACPI_TABLES;
}
