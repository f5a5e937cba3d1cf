/* SPDX-License-Identifier: MIT */
/* ACPI's tables: well-formed ones by hand, and the same with each kind of damage. */
#include "../../arch/x86/pv/native/native.h"
#include <acpi.h>
#include <selftest.h>
#include <smp.h>
#include <string.h>
#include <asm/page.h>

/*
 * The RSDP, of revision 0 at first; an RSDT with two MADTs, an HPET table and a FADT; the DSDT,
 * that the FADT alone names; an XSDT with the first MADT alone.
 */
static u8 rsdp[36] __aligned(16), rsdt[52] __aligned(16), madt[44 + 8 + 8 + 12 + 10] __aligned(16),
	madt2[44 + 16] __aligned(16), hpet[56] __aligned(16), fadt[116] __aligned(16),
	dsdt[40] __aligned(16), xsdt[44] __aligned(16);

static void put(u8 *table, size_t at, u64 value, size_t bytes)
{
	memcpy(table + at, &value, bytes);
}

/* What makes `covered` bytes add up to 0, at `sum`. */
static void add_up(u8 *table, unsigned int sum, unsigned int covered)
{
	unsigned int i;

	for (i = 0, table[sum] = 0; i < covered; i++)
		table[sum] -= i == sum ? 0 : table[i];
}

static void finish(u8 *table, const char *signature, u32 len)
{
	memcpy(table, signature, 4);
	put(table, 4, len, 4);
	add_up(table, 9, len);
}

static void build(void)
{
	static const u8 entries[] = {
		0, 8,  0, 7, 1, 0, 0,	 0,		     /* local APIC 7, enabled */
		0, 8,  1, 9, 0, 0, 0,	 0,		     /* local APIC 9, not */
		1, 12, 0, 0, 0, 0, 0xc0, 0xfe, 24,  0, 0, 0, /* I/O APIC at fec00000, from 24 */
		2, 10, 0, 0, 2, 0, 0,	 0,    0xd, 0,	     /* ISA 0 is at 2, flags d */
	};
	static const u8 x2apic[] = { 9, 16, 0, 0, 0x2c, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0 };

	memset(rsdp, 0, sizeof(rsdp));
	memcpy(rsdp, "RSD PTR ", 8);
	put(rsdp, 16, __pa(rsdt), 4);
	add_up(rsdp, 8, 20);
	put(rsdt, 36, __pa(madt), 4);
	put(rsdt, 40, __pa(madt2), 4);
	put(rsdt, 44, __pa(hpet), 4);
	put(rsdt, 48, __pa(fadt), 4);
	finish(rsdt, "RSDT", sizeof(rsdt));
	memcpy(madt + 44, entries, sizeof(entries));
	finish(madt, "APIC", sizeof(madt));
	memcpy(madt2 + 44, x2apic, sizeof(x2apic));
	finish(madt2, "APIC", sizeof(madt2));
	put(hpet, 44, 0xfed00000, 8);
	finish(hpet, "HPET", sizeof(hpet));
	put(fadt, 40, __pa(dsdt), 4);
	finish(fadt, "FACP", sizeof(fadt));
	finish(dsdt, "DSDT", sizeof(dsdt));
	put(xsdt, 36, __pa(madt), 8);
	finish(xsdt, "XSDT", sizeof(xsdt));
}

/* Revision 2, and the XSDT. */
static void extend(void)
{
	rsdp[15] = 2;
	put(rsdp, 20, sizeof(rsdp), 4);
	put(rsdp, 24, __pa(xsdt), 8);
	add_up(rsdp, 8, 20);
	add_up(rsdp, 32, sizeof(rsdp));
}

SELFTEST(acpi, tables)
{
	const struct acpi_info saved = acpi_info;
	struct acpi_info got;

	build();
	acpi_init(__pa(rsdp));
	got = acpi_info;
	CHECK(t, got.nr_cpus == 2 && got.apic_ids[0] == 7 && got.apic_ids[1] == 0x12c,
	      "%u CPUs of two MADTs, the first is %u, the second %u", got.nr_cpus, got.apic_ids[0],
	      got.apic_ids[1]);
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
	CHECK(t, acpi_info.nr_cpus == 1 && acpi_info.hpet, "a MADT with a wrong sum was believed");
	madt[44 + 4] ^= 2;
	madt[44 + 16 + 1] = 0; /* an entry of no length, under a right sum */
	finish(madt, "APIC", sizeof(madt));
	acpi_init(__pa(rsdp));
	CHECK(t, acpi_info.nr_cpus == 2 && !acpi_info.nr_ioapics, "went on behind an entry of 0");
	madt[44 + 16 + 1] = 200; /* and one that goes beyond the table */
	finish(madt, "APIC", sizeof(madt));
	acpi_init(__pa(rsdp));
	CHECK(t, acpi_info.nr_cpus == 2 && !acpi_info.nr_ioapics, "went on beyond the table");
	rsdp[0] = 'X';
	acpi_init(__pa(rsdp));
	CHECK(t, !acpi_info.hpet, "an RSDP without its signature was believed");
	acpi_info = saved;
}

SELFTEST(acpi, two_roots)
{
	const struct acpi_info saved = acpi_info;

	build();
	extend();
	acpi_init(__pa(rsdp));
	CHECK(t, acpi_info.nr_cpus == 1 && !acpi_info.hpet, "%u CPUs: not by the XSDT",
	      acpi_info.nr_cpus);
	xsdt[40] ^= 1; /* what is broken costs nothing where the other root is good */
	acpi_init(__pa(rsdp));
	CHECK(t, acpi_info.nr_cpus == 2 && acpi_info.hpet, "a bad XSDT, %u CPUs by the RSDT",
	      acpi_info.nr_cpus);
	xsdt[40] ^= 1;
	put(rsdp, 20, 0, 4);
	acpi_init(__pa(rsdp));
	CHECK(t, acpi_info.nr_cpus == 2, "an RSDP of revision 2 without length, %u CPUs",
	      acpi_info.nr_cpus);
	build();
	extend();
	put(rsdp, 24, 1UL << 40, 8); /* where nothing is mapped */
	add_up(rsdp, 32, sizeof(rsdp));
	acpi_init(__pa(rsdp));
	CHECK(t, acpi_info.nr_cpus == 2, "an XSDT at 1 TiB, %u CPUs", acpi_info.nr_cpus);
	acpi_info = saved;
}

SELFTEST(acpi, lookup)
{
	const struct acpi_info saved = acpi_info;

	build();
	acpi_init(__pa(rsdp));
	CHECK(t, acpi_find_table("APIC", 0) == __va(__pa(madt)), "the first MADT is elsewhere");
	CHECK(t, acpi_find_table("APIC", 1) == __va(__pa(madt2)), "the second MADT is elsewhere");
	CHECK(t, !acpi_find_table("APIC", 2), "there is a third MADT");
	CHECK(t, acpi_find_table("DSDT", 0) == __va(__pa(dsdt)), "the FADT's DSDT is elsewhere");
	dsdt[39] ^= 1;
	CHECK(t, !acpi_find_table("DSDT", 0), "a DSDT with a wrong sum is there");
	rsdp[8] ^= 1;
	acpi_init(__pa(rsdp));
	CHECK(t, !acpi_find_table("HPET", 0), "a table without a root is there");
	acpi_info = saved;
}

/* Which local APICs become CPUs, by the mode they are in: what an IPI can't address is left out. */
SELFTEST(acpi, which_become_cpus)
{
	static u32 many[ACPI_MAX_CPUS];
	u32 few[] = { 3, 0, 254, 255, 256, 3, -1U, 0, 300 }, nr;

	nr = native_choose_cpus(few, ARRAY_SIZE(few), 254, false);
	CHECK(t, nr == 3 && few[0] == 254 && few[1] == 3 && few[2] == 0, "xAPIC: %u CPUs, %u %u %u",
	      nr, few[0], few[1], few[2]);
	memcpy(few, (u32[]){ 3, 255, 256, 3, 256, -1U, 0, 255, 300 }, sizeof(few));
	nr = native_choose_cpus(few, ARRAY_SIZE(few), 256, true);
	CHECK(t,
	      nr == 5 && few[0] == 256 && few[1] == 3 && few[2] == 255 && few[3] == 0 &&
		      few[4] == 300,
	      "x2APIC: %u CPUs, %u %u %u %u", nr, few[0], few[1], few[2], few[3]);
	few[0] = 7;
	nr = native_choose_cpus(few, 1, 9, false);
	CHECK(t, nr == 2 && few[0] == 9 && few[1] == 7,
	      "a boot CPU that nobody names: %u CPUs, %u %u", nr, few[0], few[1]);
	nr = native_choose_cpus(few, 0, 5, false);
	CHECK(t, nr == 1 && few[0] == 5, "no MADT: %u CPUs, %u", nr, few[0]);
	for (nr = 0; nr < ACPI_MAX_CPUS; nr++)
		many[nr] = 1000 + nr;
	nr = native_choose_cpus(many, ACPI_MAX_CPUS, 1000, true);
	CHECK(t, nr == NR_CPUS && many[NR_CPUS - 1] == 1000 + NR_CPUS - 1, "many: %u CPUs", nr);
}
