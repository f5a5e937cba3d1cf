/* SPDX-License-Identifier: MIT */
/*
 * Which of the local APICs that firmware names become CPUs. An IPI to one that the APICs' mode
 * can't address would be cut to another's number, and INIT to the boot CPU's own ends the machine.
 */
#include "native.h"
#include <acpi.h>
#include <printk.h>
#include <asm/percpu.h>

#define XAPIC_BROADCAST	 0xff
#define X2APIC_BROADCAST 0xffffffff

enum verdict { TAKEN, TWICE, UNREACHABLE, NO_ROOM };

static enum verdict judge(const u32 *ids, u32 nr, u32 id, bool x2apic)
{
	u32 i;

	if (id >= (x2apic ? X2APIC_BROADCAST : XAPIC_BROADCAST))
		return UNREACHABLE;
	for (i = 0; i < nr; i++)
		if (ids[i] == id)
			return TWICE;
	return nr < NR_CPUS ? TAKEN : NO_ROOM;
}

/* Numbers in a row, as "4 to 7, 9". */
struct row {
	u32 first, last, nr;
};

static void end_row(struct row *row)
{
	if (!row->nr)
		return;
	if (row->first == X2APIC_BROADCAST)
		printk(" the broadcast's");
	else
		printk(" %u", row->first);
	if (row->first != row->last)
		printk(" to %u", row->last);
}

static void add_to_row(struct row *row, u32 id)
{
	if (row->nr && id == row->last + 1) {
		row->last = id;
		return;
	}
	end_row(row);
	if (row->nr)
		printk(",");
	*row = (struct row){ id, id, row->nr + 1 };
}

void native_print_ids(const u32 *ids, u32 nr, u64 mask)
{
	struct row row = { 0 };
	u32 i;

	for (i = 0; i < nr; i++)
		if (mask >> i & 1)
			add_to_row(&row, ids[i]);
	end_row(&row);
}

/* A sentence for all that are left out for one reason. */
static void tell(const u32 *ids, const u8 *verdicts, u32 nr, enum verdict which, bool x2apic)
{
	struct row row = { 0 };
	u32 i;

	for (i = 0; i < nr && verdicts[i] != which; i++)
		;
	if (i == nr)
		return;
	printk(which == TWICE ? "ACPI: named more than once, and each one CPU: local APICs"
			      : "ACPI: CPUs are left out, local APICs");
	for (; i < nr; i++)
		if (verdicts[i] == which)
			add_to_row(&row, ids[i]);
	end_row(&row);
	if (which == UNREACHABLE)
		printk(": in %s mode an IPI reaches numbers below %u\n",
		       x2apic ? "x2APIC" : "xAPIC", x2apic ? X2APIC_BROADCAST : XAPIC_BROADCAST);
	else if (which == NO_ROOM)
		printk(": %u are as many as we take\n", NR_CPUS);
	else
		printk("\n");
}

u32 native_choose_cpus(u32 *ids, u32 nr, u32 boot_id, bool x2apic)
{
	static u32 named[ACPI_MAX_CPUS];
	static u8 verdicts[ACPI_MAX_CPUS];
	bool boot_seen = !nr;
	u32 chosen = 1, i;
	enum verdict v;

	for (i = 0; i < nr; i++)
		named[i] = ids[i];
	ids[0] = boot_id;
	for (i = 0; i < nr; i++) {
		v = judge(ids, chosen, named[i], x2apic);
		if (v == TWICE && named[i] == boot_id && !boot_seen) {
			boot_seen = true;
			v = TAKEN;
		} else if (v == TAKEN) {
			ids[chosen++] = named[i];
		}
		verdicts[i] = v;
	}
	if (!boot_seen)
		printk("ACPI: the MADT does not know the boot CPU's local APIC %u\n", boot_id);
	for (v = TWICE; v <= NO_ROOM; v++)
		tell(named, verdicts, nr, v, x2apic);
	return chosen;
}
