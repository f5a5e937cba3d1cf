/* SPDX-License-Identifier: MIT */
/*
 * ACPI's static tables, as far as a kernel needs them that has no interpreter for the others:
 *
 *   RSDP -> RSDT (32-bit addresses) or XSDT (64-bit) -> "APIC": the MADT, CPUs and I/O APICs
 *                                                    -> "HPET"
 *
 * Layouts: ACPI 6.4, 5.2.5 to 5.2.12; IA-PC HPET specification 1.0a, 3.2.4. Read once at boot.
 */
#include <acpi.h>
#include <printk.h>
#include <string.h>
#include <asm/page.h>

/* The direct map's first 4 GiB are there on every machine. */
#define MAPPED_END (4UL << 30)
#define MAX_TABLE  (1UL << 20)

struct acpi_rsdp {
	char signature[8];
	u8 checksum;
	char oem[6];
	u8 revision;
	u32 rsdt;
	u32 length; /* from here on: revision 2 and up */
	u64 xsdt;
	u8 extended_checksum, reserved[3];
} __packed;
_Static_assert(sizeof(struct acpi_rsdp) == 36, "ACPI 5.2.5.3");

struct acpi_table {
	char signature[4];
	u32 length;
	u8 revision, checksum;
	char oem[6], oem_table[8];
	u32 oem_revision, creator, creator_revision;
} __packed;
_Static_assert(sizeof(struct acpi_table) == 36, "ACPI 5.2.6");

/* Entries of the MADT, 5.2.12. */
struct madt_entry {
	u8 type, length;
	union {
		struct {
			u8 uid, id;
			u32 flags;
		} __packed lapic;
		struct {
			u8 id, reserved;
			u32 address, gsi_base;
		} __packed ioapic;
		struct {
			u8 bus, irq;
			u32 gsi;
			u16 flags;
		} __packed override;
		struct {
			u16 reserved;
			u32 id, flags, uid;
		} __packed x2apic;
	};
} __packed;
enum { MADT_LAPIC = 0, MADT_IOAPIC = 1, MADT_OVERRIDE = 2, MADT_X2APIC = 9 };
#define MADT_ENTRIES 44 /* behind the header: the local APICs' address, flags */
#define MADT_ENABLED 1

#define HPET_ADDRESS 44 /* a u64 behind the description of its address space */

struct acpi_info acpi_info;

static bool sums_to_zero(const void *p, size_t len)
{
	const u8 *byte = p;
	u8 sum = 0;

	while (len--)
		sum += *byte++;
	return !sum;
}

/* The table at a physical address, or NULL and a sentence. */
static const struct acpi_table *table_at(u64 address)
{
	const struct acpi_table *table = __va(address);

	if (!address || address > MAPPED_END - MAX_TABLE) {
		printk("ACPI: a table at %lx, expected one between 0 and 4 GiB\n", address);
		return NULL;
	}
	if (table->length < sizeof(*table) || table->length > MAX_TABLE ||
	    !sums_to_zero(table, table->length)) {
		printk("ACPI: the table at %lx, %u bytes, is broken: its bytes don't add up to 0\n",
		       address, table->length);
		return NULL;
	}
	return table;
}

static void add_cpu(u32 id, u32 flags)
{
	if (!(flags & MADT_ENABLED))
		return;
	if (acpi_info.nr_cpus < ACPI_MAX_CPUS)
		acpi_info.apic_ids[acpi_info.nr_cpus++] = id;
	else
		printk("ACPI: CPU with local APIC %u is left out: %u are as many as we take\n", id,
		       ACPI_MAX_CPUS);
}

static void parse_entry(const struct madt_entry *e, unsigned int size)
{
	struct acpi_info *info = &acpi_info;

	if (e->type == MADT_LAPIC && size >= 8)
		add_cpu(e->lapic.id, e->lapic.flags);
	else if (e->type == MADT_X2APIC && size >= 16)
		add_cpu(e->x2apic.id, e->x2apic.flags);
	else if (e->type == MADT_IOAPIC && size >= 12 && info->nr_ioapics < ACPI_MAX_IOAPICS) {
		info->ioapics[info->nr_ioapics].address = e->ioapic.address;
		info->ioapics[info->nr_ioapics++].gsi_base = e->ioapic.gsi_base;
	} else if (e->type == MADT_OVERRIDE && size >= 10 &&
		   info->nr_overrides < ACPI_MAX_OVERRIDES) {
		info->overrides[info->nr_overrides].irq = e->override.irq;
		info->overrides[info->nr_overrides].gsi = e->override.gsi;
		info->overrides[info->nr_overrides++].flags = e->override.flags;
	}
}

static void parse_madt(const struct acpi_table *madt)
{
	const u8 *p = (const u8 *)madt;
	u32 at, size;

	for (at = MADT_ENTRIES; at + 2 <= madt->length; at += size) {
		size = p[at + 1];
		if (size < 2 || at + size > madt->length) {
			printk("ACPI: the MADT's entry at %u has %u bytes of %u\n", at, size,
			       madt->length);
			return;
		}
		parse_entry((const struct madt_entry *)(p + at), size);
	}
}

static void parse(const struct acpi_table *table)
{
	if (!memcmp(table->signature, "APIC", 4))
		parse_madt(table);
	if (!memcmp(table->signature, "HPET", 4) && table->length >= HPET_ADDRESS + 8)
		memcpy(&acpi_info.hpet, (const u8 *)table + HPET_ADDRESS, 8);
}

void acpi_init(u64 address)
{
	const struct acpi_rsdp *rsdp = __va(address);
	const struct acpi_table *root, *table;
	u32 at, width;

	acpi_info = (struct acpi_info){ 0 };
	if (!address)
		return;
	if (memcmp(rsdp->signature, "RSD PTR ", 8) || !sums_to_zero(rsdp, 20)) {
		printk("ACPI: no RSDP at %lx, where it should be\n", address);
		return;
	}
	width = rsdp->revision >= 2 && rsdp->xsdt ? 8 : 4;
	root = table_at(width == 8 ? rsdp->xsdt : rsdp->rsdt);
	for (at = sizeof(*root); root && at + width <= root->length; at += width) {
		address = 0;
		memcpy(&address, (const u8 *)root + at, width);
		table = table_at(address);
		if (table)
			parse(table);
	}
}
