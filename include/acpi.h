/* SPDX-License-Identifier: MIT */
/* What firmware says about CPUs, interrupt controllers and timers, out of ACPI's tables. */
#ifndef ACPI_H
#define ACPI_H

#include <types.h>

#define ACPI_MAX_CPUS	   64
#define ACPI_MAX_IOAPICS   8
#define ACPI_MAX_OVERRIDES 16

struct acpi_info {
	u32 nr_cpus, nr_ioapics, nr_overrides;
	u32 apic_ids[ACPI_MAX_CPUS]; /* of CPUs that may be started; the boot CPU's comes first */
	struct {
		u32 address, gsi_base;
	} ioapics[ACPI_MAX_IOAPICS];
	struct {
		u32 irq, gsi, flags; /* ISA interrupt `irq` is not at gsi == irq, or not so wired */
	} overrides[ACPI_MAX_OVERRIDES];
	u64 hpet; /* physical address of the event timer's registers, 0 = none */
};
extern struct acpi_info acpi_info;

/*
 * Fill acpi_info from the tables below the RSDP at this physical address; 0 is for a machine that
 * has none. A table that is broken is left out, with a sentence. The direct map has to be there.
 */
void acpi_init(u64 rsdp);

#endif
