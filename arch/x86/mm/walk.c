/* SPDX-License-Identifier: MIT */
/*
 * All page tables, entry by entry, as the CPU would: what may be written may not be executed, and
 * what is sealed (seal.c) may be written under no address. At the end of the boot that is a panic;
 * self-tests look again, and see by mappings made for it that this finds them.
 */
#include <platform.h>
#include <printk.h>
#include <asm/paravirt.h>
#include <asm/pgtable.h>
#include <asm/walk.h>

#define RIGHTS (_PAGE_RW | _PAGE_USER)

/* Rights add up over the levels: NX anywhere counts, RW and USER everywhere. */
static u64 both(u64 upper, u64 entry)
{
	return (upper & entry & RIGHTS) | ((upper | entry) & _PAGE_NX);
}

static bool is_hypervisors(int shift, u64 va)
{
	return shift == 39 && va >= platform->reserved_start && va < platform->reserved_end;
}

static void walk_table(struct walk *w, u64 table_pa, int shift, u64 base, u64 rights)
{
	const u64 *table = __va(table_pa);
	unsigned int i;

	w->nr_tables++;
	if (w->table)
		w->table(w, table_pa, base);
	for (i = 0; i < PTRS_PER_TABLE; i++) {
		u64 raw = READ_ONCE(table[i]);
		u64 entry = shift == PAGE_SHIFT ? pte_val(raw) : pmd_val(raw);
		struct mapping m = { base | (u64)i << shift, entry & PTE_PFN_MASK, 1UL << shift,
				     both(rights, raw) };

		if (shift == 39 && i >= PTRS_PER_TABLE / 2)
			m.va |= 0xffffUL << 48;
		if (!(raw & _PAGE_PRESENT) || is_hypervisors(shift, m.va))
			continue;
		if (!(entry & _PAGE_PRESENT)) /* somebody else's frame has no address here */
			m.pa = NOBODYS_FRAME;
		else if (shift > PAGE_SHIFT && !(raw & _PAGE_PSE)) {
			walk_table(w, m.pa, shift - 9, m.va, m.rights);
			continue;
		}
		m.pa &= ~(m.size - 1) | (m.pa == NOBODYS_FRAME ? NOBODYS_FRAME : 0);
		w->nr_pages++;
		w->page(w, &m);
	}
}

void walk_page_tables(struct walk *w, u64 pgd)
{
	walk_table(w, pgd, 39, 0, RIGHTS);
}

const char *mapping_is_wrong(const struct mapping *m)
{
	if (!(m->rights & _PAGE_RW))
		return NULL;
	if (!(m->rights & _PAGE_NX))
		return "code";
	return m->pa == NOBODYS_FRAME ? NULL : sealed_in(m->pa, m->size);
}

static void check(struct walk *w, const struct mapping *m)
{
	const char *what = mapping_is_wrong(m);

	(void)w;
	if (what)
		panic("page tables: %016lx, which is %s (%lx, %lu bytes), can be written", m->va,
		      what, m->pa, m->size);
}

static void check_mm(const struct mm *mm, void *w)
{
	walk_page_tables(w, mm->pgd);
}

void check_page_tables(void)
{
	struct walk w = { .page = check };

	for_each_mm(check_mm, &w);
	printk("%lu mappings by %lu page tables: none to write that is code or sealed\n",
	       w.nr_pages, w.nr_tables);
}
