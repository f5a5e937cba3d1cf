/* SPDX-License-Identifier: MIT */
/* Odd ACPI tables: layouts as in drivers/acpi.c. */
#include "odd.h"
#include <string.h>

#define MAX_NAMED 40

/* Makes the sum right, but for one in twenty. */
static void add_up(struct odd_set *set, uint8_t *table, uint32_t at, uint32_t n)
{
	uint32_t i;

	table[at] = 0;
	for (i = 0; i < n; i++)
		table[at] -= i == at ? 0 : table[i];
	if (odd_one_in(set, 20))
		table[at] += 1 + set->draw(255);
}

/* A table with n bytes behind its header; `body` is theirs. The address, or 0. */
static uint32_t begin(struct odd_set *set, const char *signature, uint32_t n, uint8_t **table)
{
	uint32_t address;

	*table = odd_place(set, 36 + n, &address);
	if (!*table)
		return 0;
	memcpy(*table, signature, 4);
	odd_put(*table + 4, 36 + n, 4);
	return address;
}

static void finish(struct odd_set *set, uint8_t *table, uint32_t n)
{
	if (odd_one_in(set, 30))
		odd_put(table + 4, odd_one_in(set, 2) ? odd_number(set) : set->draw(64), 4);
	add_up(set, table, 9, 36 + n);
}

static uint32_t local_apic(struct odd_set *set, uint8_t *e, uint32_t id, uint32_t flags)
{
	if (odd_one_in(set, 6)) {
		e[0] = 9, e[1] = 16;
		odd_put(e + 4, id, 4);
		odd_put(e + 8, flags, 4);
		return 16;
	}
	e[0] = 0, e[1] = 8, e[2] = id, e[3] = id;
	odd_put(e + 4, flags, 4);
	return 8;
}

/* One of anything: what is not there, twice, or of no length. */
static uint32_t odd_entry(struct odd_set *set, uint8_t *e)
{
	switch (set->draw(8)) {
	case 0:
		return local_apic(set, e, set->draw(300), 0);
	case 1:
		return local_apic(set, e, set->draw(2), 1);
	case 2: /* a CPU that is not there costs seconds */
		return local_apic(set, e, set->draw(300), set->lane ? 0 : 1);
	case 3:
		e[0] = 1, e[1] = 12, e[2] = 1;
		odd_put(e + 4, odd_number(set), 4);
		return 12;
	case 4:
		e[0] = 2, e[1] = 10, e[3] = set->draw(256);
		odd_put(e + 4, odd_number(set), 4);
		return 10;
	case 5:
		e[0] = set->draw(20), e[1] = set->draw(40);
		return e[1] < 32 ? e[1] : 32;
	case 6:
		e[0] = 4, e[1] = 6;
		return 6;
	default:
		e[0] = 9, e[1] = 8 + set->draw(12);
		return e[1];
	}
}

static uint32_t make_madt(struct odd_set *set, bool first)
{
	uint8_t body[1024] = { 0 }, *table;
	uint32_t n = 8, address, odd;

	odd_put(body, 0xfee00000, 4);
	odd_put(body + 4, 1, 4);
	if (first) {
		n += local_apic(set, body + n, 0, 1);
		n += local_apic(set, body + n, 1, 1);
		body[n] = 1, body[n + 1] = 12;
		odd_put(body + n + 4, 0xfec00000, 4);
		n += 12;
		body[n] = 2, body[n + 1] = 10, body[n + 4] = 2;
		n += 10;
	}
	for (odd = odd_one_in(set, 2) ? set->draw(20) : 0; odd; odd--)
		n += odd_entry(set, body + n);
	address = begin(set, "APIC", n, &table);
	if (!address)
		return 0;
	memcpy(table + 36, body, n);
	finish(set, table, n);
	return address;
}

static uint32_t make_hpet(struct odd_set *set)
{
	uint8_t *table;
	uint32_t address = begin(set, "HPET", 20, &table);

	if (!address)
		return 0;
	odd_put(table + 44, odd_one_in(set, 6) ? odd_number(set) : 0xfed00000, 8);
	finish(set, table, 20);
	return address;
}

static uint32_t make_fadt(struct odd_set *set)
{
	uint32_t n = odd_one_in(set, 4) ? set->draw(232) : 232, aml = set->draw(64), address, dsdt;
	uint8_t *table;

	dsdt = begin(set, "DSDT", aml, &table);
	if (!dsdt)
		return 0;
	finish(set, table, aml);
	address = begin(set, "FACP", n, &table);
	if (!address)
		return 0;
	if (n >= 8)
		odd_put(table + 40, odd_one_in(set, 8) ? odd_number(set) : dsdt, 4);
	if (n >= 112 && odd_one_in(set, 2))
		odd_put(table + 140, odd_one_in(set, 8) ? odd_number(set) : dsdt, 8);
	finish(set, table, n);
	return address;
}

static uint32_t make_root(struct odd_set *set, const uint64_t *named, uint32_t nr, uint32_t width)
{
	uint32_t address, i;
	uint8_t *table;

	address = begin(set, width == 8 ? "XSDT" : "RSDT", nr * width, &table);
	for (i = 0; address && i < nr; i++)
		odd_put(table + 36 + i * width, named[i], width);
	if (address)
		finish(set, table, nr * width);
	return address;
}

void odd_acpi(struct odd_set *set)
{
	uint64_t named[MAX_NAMED];
	uint32_t nr = 0, n, revision = set->draw(3), xsdt, address;
	uint8_t *rsdp;

	if (odd_one_in(set, 10))
		return;
	named[nr++] = make_madt(set, true);
	named[nr++] = make_hpet(set);
	named[nr++] = make_fadt(set);
	for (n = odd_one_in(set, 4) ? set->draw(3) : 0; n; n--)
		named[nr++] = make_madt(set, odd_one_in(set, 3));
	for (n = odd_one_in(set, 6) ? set->draw(30) : 0; n; n--, nr++)
		named[nr] = odd_one_in(set, 3) ? odd_number(set) : named[set->draw(nr)];
	/* On a BIOS machine in the EBDA, of which 40e tells. */
	if (set->way == ODD_MB1) {
		uint8_t *segment = odd_place_at(set, 2, 0x40e);

		if (!segment)
			return;
		odd_put(segment, 0x9fc0, 2);
		address = 0x9fc00 + 16 * set->draw(60);
		rsdp = odd_place_at(set, 36, address);
	} else {
		rsdp = odd_place(set, 36, &address);
	}
	if (!rsdp)
		return;
	memcpy(rsdp, "RSD PTR ", 8);
	rsdp[15] = revision;
	odd_put(rsdp + 16, make_root(set, named, nr, 4), 4);
	if (revision >= 2) {
		xsdt = make_root(set, named, nr, 8);
		odd_put(rsdp + 20, odd_one_in(set, 8) ? set->draw(64) : 36, 4);
		odd_put(rsdp + 24, odd_one_in(set, 16) ? odd_number(set) : xsdt, 8);
	}
	add_up(set, rsdp, 8, 20);
	if (revision >= 2)
		add_up(set, rsdp, 32, 36);
	set->rsdp = address;
}
