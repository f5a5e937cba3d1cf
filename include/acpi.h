/* SPDX-License-Identifier: MIT */
/* What firmware says about CPUs, interrupt controllers and timers, out of ACPI's tables. */
#ifndef ACPI_H
#define ACPI_H

#include <types.h>

#define ACPI_MAX_CPUS	   512 /* that are looked at; NR_CPUS are taken */
#define ACPI_MAX_IOAPICS   8
#define ACPI_MAX_OVERRIDES 16

struct acpi_info {
	u32 nr_cpus, cpus_cut, nr_ioapics, nr_overrides;
	u32 apic_ids[ACPI_MAX_CPUS]; /* of enabled CPUs; since native_apic_init() CPU n's is the nth
				      */
	struct {
		u32 address, gsi_base;
	} ioapics[ACPI_MAX_IOAPICS];
	struct {
		u32 irq, gsi, flags; /* ISA interrupt `irq` is not at gsi == irq, or not so wired */
	} overrides[ACPI_MAX_OVERRIDES];
	u64 hpet; /* physical address of the event timer's registers, 0 = none */

	/* For drivers/acpi.c's own walks: */
	u64 rsdp;	/* 0 = none that is good */
	u64 root;	/* the XSDT or RSDT, physical; 0 = neither is good */
	u32 entry_size; /* of the root's: 8 or 4 */
};
extern struct acpi_info acpi_info;

/* What every table begins with: ACPI 6.4, 5.2.6. */
struct acpi_table {
	char signature[4];
	u32 length; /* of the whole */
	u8 revision, checksum;
	char oem[6], oem_table[8];
	u32 oem_revision, creator, creator_revision;
} __packed;
_Static_assert(sizeof(struct acpi_table) == 36, "ACPI 5.2.6");

/*
 * Fill acpi_info from the tables below the RSDP at this physical address; 0 is for a machine that
 * has none. A table that is broken is left out, with a sentence. The direct map has to be there.
 */
void acpi_init(u64 rsdp);

/*
 * The nth table (from 0) with this signature, "DSDT" among them; all of its `length` bytes are
 * mapped and add up to 0. NULL: there is none. After acpi_init(), any CPU, interrupts as they are.
 */
const struct acpi_table *acpi_find_table(const char signature[4], u32 nth);

/* Of each table that is good, the RSDP and the root too: where it lies. After acpi_init(). */
void acpi_each_table(void (*fn)(u64 address, u64 size));

/* Whether an RSDP lies at this physical address: ACPI 6.4, 5.2.5.3, as of ACPI 1.0. */
bool acpi_is_rsdp(u64 address);

#endif
