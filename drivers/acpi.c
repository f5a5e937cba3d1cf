/* SPDX-License-Identifier: MIT */
/*
 * ACPI's static tables, as far as a kernel needs them that has no interpreter for the others:
 *
 *   RSDP -> XSDT (64-bit addresses), else RSDT (32-bit) -> "APIC": the MADTs, CPUs and I/O APICs
 *                                                       -> "HPET"
 *                                                       -> "FACP" -> "DSDT"
 *
 * Layouts: ACPI 6.4, 5.2.5 to 5.2.12; IA-PC HPET specification 1.0a, 3.2.4. Read once at boot; a
 * table can be looked up later too. Firmware's numbers are believed only as far as the bytes are
 * there and add up, and a walk has an end whatever they say.
 */
#include <acpi.h>
#include <boot_info.h>
#include <phys.h>
#include <printk.h>
#include <string.h>

#define MAX_TABLE      (1UL << 20)
#define MAX_TABLES     1024	    /* of a root table */
#define MAX_SUMMED     (32UL << 20) /* bytes that a walk adds up: a root may name one table often */
#define MAX_COMPLAINTS 16	    /* sentences of what is broken */

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
#define RSDP_V1 20 /* bytes of ACPI 1.0 */

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
#define FADT_DSDT    40 /* u32, 5.2.9 */
#define FADT_X_DSDT  140

struct acpi_info acpi_info;

static u64 summed; /* by this walk */
static u32 complaints;
static bool silent; /* this walk says nothing of what is broken: an earlier one has */

static bool sums_to_zero(const void *p, size_t len)
{
	const u8 *byte = p;
	u8 sum = 0;

	summed += len;
	while (len--)
		sum += *byte++;
	return !sum;
}

/* The number of `width` bytes at p, which no rule aligns. */
static u64 number_at(const void *p, size_t width)
{
	u64 number = 0;

	memcpy(&number, p, width);
	return number;
}

/* The table at a physical address, or NULL and a sentence. */
static const struct acpi_table *table_at(u64 address)
{
	const struct acpi_table *table = address ? phys_map(address, sizeof(*table)) : NULL;
	u32 length;

	if (!table) {
		if (!silent && complaints++ < MAX_COMPLAINTS)
			printk("ACPI: a table at %lx, expected one between 0 and 4 GiB\n", address);
		return NULL;
	}
	length = table->length;
	table = length >= sizeof(*table) && length <= MAX_TABLE ? phys_map(address, length) : NULL;
	if (table && sums_to_zero(table, length))
		return table;
	if (!silent && complaints++ < MAX_COMPLAINTS)
		printk("ACPI: the table at %lx, %u bytes, is broken: its bytes don't add up to 0\n",
		       address, length);
	return NULL;
}

/* A visitor of tables; true ends the walk. */
typedef bool (*visit_t)(const struct acpi_table *table, u64 address, void *arg);

/* Where a FADT has the DSDT: the 64-bit field where it is there and filled. */
static u64 dsdt_of(const struct acpi_table *fadt)
{
	const u8 *p = (const u8 *)fadt;
	u64 address = 0;

	if (fadt->length >= FADT_X_DSDT + 8)
		address = number_at(p + FADT_X_DSDT, 8);
	if (!address && fadt->length >= FADT_DSDT + 4)
		address = number_at(p + FADT_DSDT, 4);
	return address;
}

/* Each good table that the root names, and behind a FADT its DSDT. */
static void walk(visit_t visit, void *arg)
{
	u32 width = acpi_info.entry_size, nr, i;
	const struct acpi_table *root, *table;
	u64 address;

	root = acpi_info.root ? phys_map(acpi_info.root, sizeof(*root)) : NULL;
	root = root ? phys_map(acpi_info.root, root->length) : NULL;
	if (!root)
		return;
	nr = (root->length - sizeof(*root)) / width;
	if (nr > MAX_TABLES && !silent)
		printk("ACPI: the root table names %u tables; the first %u count\n", nr,
		       MAX_TABLES);
	summed = 0;
	for (i = 0; i < nr && i < MAX_TABLES; i++) {
		if (summed > MAX_SUMMED) {
			if (!silent)
				printk("ACPI: the tables are longer than %lu MiB together; the "
				       "first %u count\n",
				       MAX_SUMMED >> 20, i);
			return;
		}
		address = number_at((const u8 *)root + sizeof(*root) + i * width, width);
		table = table_at(address);
		if (!table)
			continue;
		if (visit(table, address, arg))
			return;
		if (memcmp(table->signature, "FACP", 4) || !dsdt_of(table))
			continue;
		address = dsdt_of(table);
		table = table_at(address);
		if (table && visit(table, address, arg))
			return;
	}
}

struct search {
	const char *signature;
	u32 left;
	const struct acpi_table *found;
};

static bool compare(const struct acpi_table *table, u64 address, void *arg)
{
	struct search *search = arg;

	(void)address;
	if (memcmp(table->signature, search->signature, 4) || search->left--)
		return false;
	search->found = table;
	return true;
}

const struct acpi_table *acpi_find_table(const char signature[4], u32 nth)
{
	struct search search = { signature, nth, NULL };

	silent = true;
	walk(compare, &search);
	return search.found;
}

static bool tell(const struct acpi_table *table, u64 address, void *arg)
{
	(*(void (**)(u64, u64))arg)(address, table->length);
	return false;
}

void acpi_each_table(void (*fn)(u64 address, u64 size))
{
	const struct acpi_table *root;

	silent = true;
	if (acpi_info.rsdp)
		fn(acpi_info.rsdp, sizeof(struct acpi_rsdp));
	root = acpi_info.root ? phys_map(acpi_info.root, sizeof(*root)) : NULL;
	if (root)
		fn(acpi_info.root, root->length);
	walk(tell, &fn);
}

static void add_cpu(u32 id, u32 flags)
{
	if (!(flags & MADT_ENABLED))
		return;
	if (acpi_info.nr_cpus < ACPI_MAX_CPUS)
		acpi_info.apic_ids[acpi_info.nr_cpus++] = id;
	else if (!acpi_info.cpus_cut++)
		printk("ACPI: the MADT names more than %u CPUs; the others are not looked at\n",
		       ACPI_MAX_CPUS);
}

/* Registers that are memory would be written over it; nothing maps what is above 4 GiB. */
static bool is_device(const char *what, u64 address)
{
	if (address && phys_map(address, 1) && !boot_info_is_ram(address))
		return true;
	if (complaints++ < MAX_COMPLAINTS)
		printk("ACPI: %s at %lx is left out: no device can be there\n", what, address);
	return false;
}

static void parse_entry(const struct madt_entry *e, unsigned int size)
{
	struct acpi_info *info = &acpi_info;

	if (e->type == MADT_LAPIC && size >= 8)
		/* 255 stands for all, and there is a CPU of that number in x2APIC entries only. */
		add_cpu(e->lapic.id == 0xff ? ~0U : e->lapic.id, e->lapic.flags);
	else if (e->type == MADT_X2APIC && size >= 16)
		add_cpu(e->x2apic.id, e->x2apic.flags);
	else if (e->type == MADT_IOAPIC && size >= 12 && info->nr_ioapics < ACPI_MAX_IOAPICS &&
		 is_device("an I/O APIC", e->ioapic.address)) {
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
			if (complaints++ < MAX_COMPLAINTS)
				printk("ACPI: the MADT's entry at %u has %u bytes of %u\n", at,
				       size, madt->length);
			return;
		}
		parse_entry((const struct madt_entry *)(p + at), size);
	}
}

static bool parse(const struct acpi_table *table, u64 address, void *arg)
{
	(void)address, (void)arg;
	if (!memcmp(table->signature, "APIC", 4))
		parse_madt(table); /* every one counts: a firmware may split a large machine's */
	if (!memcmp(table->signature, "HPET", 4) && table->length >= HPET_ADDRESS + 8) {
		u64 hpet = number_at((const u8 *)table + HPET_ADDRESS, 8);

		if (is_device("an HPET", hpet))
			acpi_info.hpet = hpet;
	}
	return false;
}

bool acpi_is_rsdp(u64 address)
{
	const struct acpi_rsdp *rsdp = phys_map(address, RSDP_V1);

	return rsdp && !memcmp(rsdp->signature, "RSD PTR ", 8) && sums_to_zero(rsdp, RSDP_V1);
}

/* The root table at `address` if that is one, for the walks. */
static bool take_root(const char *signature, u64 address, u32 entry_size)
{
	const struct acpi_table *root = address ? table_at(address) : NULL;

	if (!root || memcmp(root->signature, signature, 4)) {
		printk("ACPI: no %s at %lx, where the RSDP says\n", signature, address);
		return false;
	}
	acpi_info.root = address;
	acpi_info.entry_size = entry_size;
	return true;
}

/* The RSDP's second half: as long as revision 2 says, mapped, and right. */
static bool is_extended(u64 address)
{
	const struct acpi_rsdp *rsdp = phys_map(address, RSDP_V1);
	u32 length;

	if (rsdp->revision < 2)
		return false;
	rsdp = phys_map(address, sizeof(*rsdp));
	length = rsdp ? rsdp->length : 0;
	rsdp = length >= sizeof(*rsdp) && length <= MAX_TABLE ? phys_map(address, length) : NULL;
	if (rsdp && sums_to_zero(rsdp, length))
		return true;
	printk("ACPI: the RSDP at %lx has revision 2, but its %u bytes don't add up to 0\n",
	       address, length);
	return false;
}

void acpi_init(u64 address)
{
	const struct acpi_rsdp *rsdp;
	bool extended;

	acpi_info = (struct acpi_info){ 0 };
	silent = false;
	complaints = 0;
	if (!address)
		return;
	if (!acpi_is_rsdp(address)) {
		printk("ACPI: no RSDP at %lx, where it should be\n", address);
		return;
	}
	acpi_info.rsdp = address;
	extended = is_extended(address);
	rsdp = phys_map(address, extended ? sizeof(*rsdp) : RSDP_V1);
	if ((extended && rsdp->xsdt && take_root("XSDT", rsdp->xsdt, 8)) ||
	    take_root("RSDT", rsdp->rsdt, 4))
		walk(parse, NULL);
}
