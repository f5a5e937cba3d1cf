/* SPDX-License-Identifier: MIT */
/*
 * Address spaces through pv_mmu. Under lazy mode a platform may put off what it is told; so a
 * table is walked before anything in it is written, or after a flush.
 *
 *   pgd --set_pgd--> pud table --set_pud--> pmd table --set_pmd--> pte table --set_pte--> page
 */
#include <mm.h>
#include <page_alloc.h>
#include <printk.h>
#include <string.h>
#include <asm/paravirt.h>
#include <asm/pgtable.h>

#define USER_ENTRIES 256 /* of a root: the lower half */
#define GATHER	     64	 /* pages that wait for one TLB flush */

struct mm kernel_mm;

void mm_init(void)
{
	kernel_mm.pgd = read_cr3() & PTE_PFN_MASK;
}

void switch_mm(struct mm *mm)
{
	write_cr3(mm->pgd);
}

static bool loaded(const struct mm *mm)
{
	return (read_cr3() & PTE_PFN_MASK) == mm->pgd;
}

/* The table below an entry, made if there is none; NULL when memory is short. */
#define DEFINE_TABLE_ALLOC(upper, lower)                               \
	static u64 *lower##_table(u64 *upper##p)                       \
	{                                                              \
		u64 pa = upper##_val(*upper##p) & PTE_PFN_MASK;        \
                                                                       \
		if (*upper##p & _PAGE_PRESENT)                         \
			return __va(pa);                               \
		pa = alloc_page();                                     \
		if (!pa)                                               \
			return NULL;                                   \
		paravirt_alloc_##lower(pa >> PAGE_SHIFT);              \
		set_##upper(upper##p, make_##upper(pa | _PAGE_TABLE)); \
		return __va(pa);                                       \
	}
DEFINE_TABLE_ALLOC(pgd, pud)
DEFINE_TABLE_ALLOC(pud, pmd)
DEFINE_TABLE_ALLOC(pmd, pte)

static u64 *pte_alloc(struct mm *mm, u64 va)
{
	u64 *table = pud_table((u64 *)__va(mm->pgd) + pgd_index(va));

	if (table)
		table = pmd_table(&table[pud_index(va)]);
	if (table)
		table = pte_table(&table[pmd_index(va)]);
	return table ? &table[pte_index(va)] : NULL;
}

static void free_pte_table(u64 pa)
{
	u64 *table = __va(pa);
	int i;

	paravirt_release_pte(pa >> PAGE_SHIFT);
	for (i = 0; i < PTRS_PER_TABLE; i++)
		if (table[i] & _PAGE_PRESENT && !(table[i] & _PAGE_SPECIAL))
			free_page(pte_val(table[i]) & PTE_PFN_MASK);
	free_page(pa);
}

/* From the root down: a platform that checks tables lets one go when nothing refers to it. */
#define DEFINE_TABLE_FREE(upper, lower)                                                     \
	static void free_##upper##_table(u64 pa)                                            \
	{                                                                                   \
		u64 *table = __va(pa);                                                      \
		int i;                                                                      \
                                                                                            \
		paravirt_release_##upper(pa >> PAGE_SHIFT);                                 \
		for (i = 0; i < PTRS_PER_TABLE; i++)                                        \
			if (table[i] & _PAGE_PRESENT)                                       \
				free_##lower##_table(upper##_val(table[i]) & PTE_PFN_MASK); \
		free_page(pa);                                                              \
	}
DEFINE_TABLE_FREE(pmd, pte)
DEFINE_TABLE_FREE(pud, pmd)

struct mm *mm_create(void)
{
	u64 at = alloc_page(), pgd = alloc_page();
	const u64 *kernel = __va(kernel_mm.pgd);
	struct mm *mm = __va(at);

	if (at && pgd) {
		mm->pgd = pgd;
		memcpy((u64 *)__va(pgd) + USER_ENTRIES, kernel + USER_ENTRIES,
		       (PTRS_PER_TABLE - USER_ENTRIES) * sizeof(u64));
		if (!paravirt_pgd_alloc(pgd))
			return mm;
	}
	if (pgd)
		free_page(pgd);
	if (at)
		free_page(at);
	return NULL;
}

void mm_destroy(struct mm *mm)
{
	u64 *pgd = __va(mm->pgd);
	int i;

	if (loaded(mm))
		panic("mm_destroy: the address space with its root at %lx is loaded", mm->pgd);
	paravirt_pgd_free(mm->pgd);
	for (i = 0; i < USER_ENTRIES; i++)
		if (pgd[i] & _PAGE_PRESENT)
			free_pud_table(pgd_val(pgd[i]) & PTE_PFN_MASK);
	free_page(mm->pgd);
	free_page(__pa(mm));
}

static bool invalid(u64 va, u64 nr, u64 prot)
{
	return va & (PAGE_SIZE - 1) || va >= USER_END || nr > (USER_END - va) >> PAGE_SHIFT ||
	       prot & ~(_PAGE_RW | _PAGE_NX | _PAGE_SPECIAL) ||
	       (prot & (_PAGE_RW | _PAGE_NX)) == _PAGE_RW;
}

int mm_map(struct mm *mm, u64 va, u64 pa, u64 prot)
{
	u64 *ptep;

	if (invalid(va, 1, prot) || pa & ~PTE_PFN_MASK)
		return -EINVAL;
	ptep = pte_alloc(mm, va);
	if (!ptep)
		return -ENOMEM;
	if (*ptep & _PAGE_PRESENT)
		return -EINVAL;
	set_pte(ptep, make_pte(pa | prot | _PAGE_PRESENT | _PAGE_USER));
	return 0;
}

/* Is it the first entry of a table, for a walk that began at the first page? */
static bool next_table(u64 va)
{
	return !pte_index(va);
}

int mm_map_range(struct mm *mm, u64 va, u64 nr, u64 prot)
{
	u64 i, pa, *ptep = NULL;
	int error = 0;

	if (invalid(va, nr, prot))
		return -EINVAL;
	arch_enter_lazy_mmu_mode();
	for (i = 0; i < nr && !error; i++, ptep++) {
		u64 at = va + i * PAGE_SIZE;

		if (!i || next_table(at)) {
			arch_flush_lazy_mmu_mode();
			ptep = pte_alloc(mm, at);
		}
		if (ptep && *ptep & _PAGE_PRESENT) {
			error = -EINVAL;
			break;
		}
		pa = ptep ? alloc_page() : 0;
		if (!pa) {
			error = -ENOMEM;
			break;
		}
		set_pte(ptep, make_pte(pa | prot | _PAGE_PRESENT | _PAGE_USER));
	}
	arch_leave_lazy_mmu_mode();
	if (error)
		mm_unmap_range(mm, va, i);
	return error;
}

/* The entry of a present page, from the one before it where that will do; NULL = not mapped. */
static u64 *present_pte(const struct mm *mm, u64 va, bool first, u64 *before)
{
	u64 *ptep = first || next_table(va) ? lookup_address_in(mm->pgd, va) : before + 1;

	return ptep && *ptep & _PAGE_PRESENT ? ptep : NULL;
}

static void flush_range(const struct mm *mm, u64 va, u64 nr)
{
	if (!loaded(mm))
		return;
	if (nr == 1)
		flush_tlb_one_user(va);
	else
		flush_tlb_user();
}

int mm_unmap_range(struct mm *mm, u64 va, u64 nr)
{
	u64 done = 0, gather[GATHER], *ptep = NULL;
	int error = invalid(va, nr, 0) ? -EINVAL : 0;

	arch_enter_lazy_mmu_mode();
	while (!error && done < nr) {
		unsigned int n = 0;
		u64 i;

		for (i = 0; i < GATHER && done + i < nr; i++) {
			ptep = present_pte(mm, va + (done + i) * PAGE_SIZE, !(done + i), ptep);
			if (!ptep) {
				error = -EINVAL;
				break;
			}
			if (!(*ptep & _PAGE_SPECIAL))
				gather[n++] = pte_val(*ptep) & PTE_PFN_MASK;
			set_pte(ptep, 0);
		}
		/* A page is nobody else's before no TLB knows it as this one's. */
		flush_range(mm, va + done * PAGE_SIZE, i);
		arch_flush_lazy_mmu_mode();
		while (n)
			free_page(gather[--n]);
		done += i;
	}
	arch_leave_lazy_mmu_mode();
	return error;
}

int mm_protect_range(struct mm *mm, u64 va, u64 nr, u64 prot)
{
	u64 i, *ptep = NULL;

	if (invalid(va, nr, prot) || prot & _PAGE_SPECIAL)
		return -EINVAL;
	arch_enter_lazy_mmu_mode();
	for (i = 0; i < nr; i++) {
		u64 at = va + i * PAGE_SIZE, pte;

		ptep = present_pte(mm, at, !i, ptep);
		if (!ptep)
			break;
		pte = pte_val(ptep_modify_prot_start(at, ptep)) & ~(_PAGE_RW | _PAGE_NX);
		ptep_modify_prot_commit(at, ptep, make_pte(pte | prot));
	}
	flush_range(mm, va, i);
	arch_leave_lazy_mmu_mode();
	return i == nr ? 0 : -EINVAL;
}
