/* SPDX-License-Identifier: MIT */
/* The end of a machine by ACPI: drivers/acpi_s5.c, drivers/acpi_poweroff.c. */
#ifndef ACPI_POWEROFF_H
#define ACPI_POWEROFF_H

#include <types.h>

/*
 * The first \_S5 package in `len` bytes of AML (a table with its header or without): what SLP_TYP
 * has to be for PM1a and PM1b. False: there is none that can be read. Pure; reads nothing else.
 */
bool acpi_find_s5(const u8 *aml, size_t len, u8 slp_typ[2]);

/*
 * Into S5, "soft off". Returns if the machine has no such way, or does not go within a second.
 * Interrupts off, other CPUs stopped; on machines whose ports are ours. Before acpi_init() there is
 * nothing that it could go by.
 */
void acpi_power_off(void);

#endif
