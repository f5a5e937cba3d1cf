/* SPDX-License-Identifier: MIT */
/* ACPI's tables: well-formed ones by hand, and the same with each kind of damage. */
#include <acpi.h>
#include <selftest.h>
#include <string.h>
#include <asm/page.h>

/* The RSDP of revision 0, an RSDT with two entries, a MADT, an HPET table. */
static u8 rsdp[36] __aligned(16), rsdt[44] __aligned(16), madt[44 + 8 + 8 + 12 + 10] __aligned(16),
	hpet[56] __aligned(16);

static void put(u8 *table, size_t at, u64 value, size_t bytes)
{
	memcpy(table + at, &value, bytes);
}

/* Length, and what makes the bytes add up to 0 at `sum`. */
static void finish(u8 *table, u32 len, unsigned int sum, unsigned int covered)
{
	unsigned int i;

	put(table, sum == 8 ? 20 : 4, len, 4);
	for (i = 0, table[sum] = 0; i < covered; i++)
		table[sum] -= i == sum ? 0 : table[i];
}

static void build(void)
{
	static const u8 entries[] = {
		0, 8,  0, 7, 1, 0, 0,	 0,		     /* local APIC 7, enabled */
		0, 8,  1, 9, 0, 0, 0,	 0,		     /* local APIC 9, not */
		1, 12, 0, 0, 0, 0, 0xc0, 0xfe, 24,  0, 0, 0, /* I/O APIC at fec00000, from 24 */
		2, 10, 0, 0, 2, 0, 0,	 0,    0xd, 0,	     /* ISA 0 is at 2, flags d */
	};

	memcpy(rsdp, "RSD PTR ", 8);
	put(rsdp, 16, __pa(rsdt), 4);
	finish(rsdp, 0, 8, 20);
	memcpy(rsdt, "RSDT", 4);
	put(rsdt, 36, __pa(madt), 4);
	put(rsdt, 40, __pa(hpet), 4);
	finish(rsdt, sizeof(rsdt), 9, sizeof(rsdt));
	memcpy(madt, "APIC", 4);
	memcpy(madt + 44, entries, sizeof(entries));
	finish(madt, sizeof(madt), 9, sizeof(madt));
	memcpy(hpet, "HPET", 4);
	put(hpet, 44, 0xfed00000, 8);
	finish(hpet, sizeof(hpet), 9, sizeof(hpet));
}

SELFTEST(acpi, tables)
{
	const struct acpi_info saved = acpi_info;
	struct acpi_info got;

	build();
	acpi_init(__pa(rsdp));
	got = acpi_info;
	CHECK(t, got.nr_cpus == 1 && got.apic_ids[0] == 7, "%u CPUs, the first is %u", got.nr_cpus,
	      got.apic_ids[0]);
	CHECK(t,
	      got.nr_ioapics == 1 && got.ioapics[0].address == 0xfec00000 &&
		      got.ioapics[0].gsi_base == 24,
	      "%u I/O APICs, the first at %x from %u", got.nr_ioapics, got.ioapics[0].address,
	      got.ioapics[0].gsi_base);
	CHECK(t,
	      got.nr_overrides == 1 && got.overrides[0].gsi == 2 && got.overrides[0].flags == 0xd,
	      "%u overrides, the first to %u", got.nr_overrides, got.overrides[0].gsi);
	CHECK(t, got.hpet == 0xfed00000, "HPET at %lx", got.hpet);

	madt[44 + 4] ^= 2; /* a flipped bit: the table goes, the others stay */
	acpi_init(__pa(rsdp));
	CHECK(t, !acpi_info.nr_cpus && acpi_info.hpet, "a MADT with a wrong sum was believed");
	madt[44 + 4] ^= 2;
	madt[44 + 16 + 1] = 0; /* an entry of no length, under a right sum */
	finish(madt, sizeof(madt), 9, sizeof(madt));
	acpi_init(__pa(rsdp));
	CHECK(t, acpi_info.nr_cpus == 1 && !acpi_info.nr_ioapics, "went on behind an entry of 0");
	madt[44 + 16 + 1] = 200; /* and one that goes beyond the table */
	finish(madt, sizeof(madt), 9, sizeof(madt));
	acpi_init(__pa(rsdp));
	CHECK(t, acpi_info.nr_cpus == 1 && !acpi_info.nr_ioapics, "went on beyond the table");
	rsdp[0] = 'X';
	acpi_init(__pa(rsdp));
	CHECK(t, !acpi_info.hpet, "an RSDP without its signature was believed");
	acpi_info = saved;
}
