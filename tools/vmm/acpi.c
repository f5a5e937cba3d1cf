/* SPDX-License-Identifier: MIT */
/*
 * The ACPI tables of the machine, by hand: how a guest learns its CPUs, I/O APIC and timer pin.
 *
 *   RSDP -> XSDT -> FADT -> DSDT (empty)
 *                -> MADT
 *
 * Layouts: ACPI 5.0, chapters 5.2.5 to 5.2.12.
 */
#include <string.h>

#include "vmm.h"

#define LOCAL_APIC 0xfee00000
#define IO_APIC	   0xfec00000

#define PACKED __attribute__((packed))

struct rsdp {
	char signature[8];
	uint8_t checksum; /* of the first 20 bytes */
	char oem[6];
	uint8_t revision;
	uint32_t rsdt;
	uint32_t length;
	uint64_t xsdt;
	uint8_t checksum_all;
	uint8_t reserved[3];
} PACKED;

struct header {
	char signature[4];
	uint32_t length;
	uint8_t revision;
	uint8_t checksum;
	char oem[6];
	char oem_table[8];
	uint32_t oem_revision;
	char creator[4];
	uint32_t creator_revision;
} PACKED;

struct xsdt {
	struct header header;
	uint64_t tables[2];
} PACKED;

/* No power-management hardware is there, which is what "hardware reduced" says. */
struct fadt {
	struct header header;
	uint8_t unused1[109 - 36];
	uint16_t boot_flags; /* bit 0: legacy devices, 2: no VGA, 5: no CMOS clock */
	uint8_t unused2;
	uint32_t flags; /* bit 20: hardware reduced */
	uint8_t unused3[140 - 116];
	uint64_t dsdt;
	uint8_t unused4[268 - 148];
} PACKED;

struct madt_cpu {
	uint8_t type, length; /* 0, 8 */
	uint8_t processor, apic_id;
	uint32_t flags; /* bit 0: enabled */
} PACKED;

struct madt {
	struct header header;
	uint32_t local_apic;
	uint32_t flags; /* bit 0: two 8259s as well */
	struct {
		uint8_t type, length; /* 1, 12 */
		uint8_t id, reserved;
		uint32_t address, gsi_base;
	} PACKED io_apic;
	struct {
		uint8_t type, length; /* 2, 10 */
		uint8_t bus, irq;
		uint32_t gsi;
		uint16_t flags;
	} PACKED timer;
	struct madt_cpu cpus[MAX_CPUS];
} PACKED;

_Static_assert(sizeof(struct rsdp) == 36, "RSDP, revision 2");
_Static_assert(sizeof(struct header) == 36, "table header");
_Static_assert(offsetof(struct fadt, boot_flags) == 109, "FADT.IAPC_BOOT_ARCH");
_Static_assert(offsetof(struct fadt, flags) == 112, "FADT.Flags");
_Static_assert(offsetof(struct fadt, dsdt) == 140, "FADT.X_DSDT");
_Static_assert(sizeof(struct fadt) == 268, "FADT, revision 5");
_Static_assert(offsetof(struct madt, cpus) == 44 + 12 + 10, "MADT entries");

/* What makes the bytes of a table add up to zero. */
static uint8_t checksum(const void *table, size_t size)
{
	const uint8_t *byte = table;
	uint8_t sum = 0;

	while (size--)
		sum += *byte++;
	return -sum;
}

static void finish(struct header *header, const char *signature, int revision, size_t size)
{
	memcpy(header->signature, signature, 4);
	header->length = size;
	header->revision = revision;
	memcpy(header->oem, "ANOLE ", 6);
	memcpy(header->oem_table, "ANOLEVMM", 8);
	memcpy(header->creator, "ANOL", 4);
	header->checksum = 0;
	header->checksum = checksum(header, size);
}

static size_t madt_build(struct madt *madt, const struct vm *vm)
{
	size_t size = offsetof(struct madt, cpus) + vm->ncpus * sizeof(struct madt_cpu);
	unsigned int id;

	madt->local_apic = LOCAL_APIC;
	madt->flags = 1;
	madt->io_apic.type = 1;
	madt->io_apic.length = sizeof(madt->io_apic);
	madt->io_apic.address = IO_APIC;
	madt->timer.type = 2;
	madt->timer.length = sizeof(madt->timer);
	madt->timer.gsi = 2; /* machine.c routes the timer to this pin */
	for (id = 0; id < vm->ncpus; id++)
		madt->cpus[id] = (struct madt_cpu){ 0, sizeof(struct madt_cpu), id, id, 1 };
	finish(&madt->header, "APIC", 3, size);
	return size;
}

/* Returns the RSDP's address. Each table starts on 16 bytes, as a scan for the RSDP expects. */
uint64_t acpi_build(struct vm *vm)
{
	struct {
		struct rsdp rsdp __attribute__((aligned(16)));
		struct xsdt xsdt __attribute__((aligned(16)));
		struct fadt fadt __attribute__((aligned(16)));
		struct header dsdt __attribute__((aligned(16)));
		struct madt madt __attribute__((aligned(16)));
	} *tables = guest_ram(vm, ACPI_TABLES, sizeof(*tables));
	uint8_t *base = (uint8_t *)tables;

#define ADDRESS(table) (ACPI_TABLES + ((uint8_t *)&tables->table - base))
	finish(&tables->dsdt, "DSDT", 2, sizeof(tables->dsdt));

	tables->fadt.boot_flags = 1 << 0 | 1 << 2 | 1 << 5;
	tables->fadt.flags = 1 << 20;
	tables->fadt.dsdt = ADDRESS(dsdt);
	finish(&tables->fadt.header, "FACP", 5, sizeof(tables->fadt));

	madt_build(&tables->madt, vm);

	tables->xsdt.tables[0] = ADDRESS(fadt);
	tables->xsdt.tables[1] = ADDRESS(madt);
	finish(&tables->xsdt.header, "XSDT", 1, sizeof(tables->xsdt));

	memcpy(tables->rsdp.signature, "RSD PTR ", 8);
	memcpy(tables->rsdp.oem, "ANOLE ", 6);
	tables->rsdp.revision = 2;
	tables->rsdp.length = sizeof(tables->rsdp);
	tables->rsdp.xsdt = ADDRESS(xsdt);
	tables->rsdp.checksum = checksum(&tables->rsdp, 20);
	tables->rsdp.checksum_all = checksum(&tables->rsdp, sizeof(tables->rsdp));
	return ADDRESS(rsdp);
}
