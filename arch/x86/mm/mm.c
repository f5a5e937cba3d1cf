/* SPDX-License-Identifier: MIT */
/*
 * Address spaces through pv_mmu. Under lazy mode a platform may put off what it is told; so a
 * table is walked before anything in it is written, or after a flush.
 *
 * An entry as it lies in a table may mean something else when the machine has been saved and
 * restored: nobody keeps one where preemption is on.
 *
 *   pgd --set_pgd--> pud table --set_pud--> pmd table --set_pmd--> pte table --set_pte--> page
 */
#include <mm.h>
#include <page_alloc.h>
#include <printk.h>
#include <spinlock.h>
#include <string.h>
#include <asm/bitops.h>
#include <asm/paravirt.h>
#include <asm/percpu.h>
#include <asm/pgtable.h>
#include <asm/tlb.h>

#define USER_ENTRIES 256  /* of a root: the lower half */
#define GATHER	     64UL /* pages that wait for one TLB flush */

struct mm kernel_mm = { .lock = __SPIN_LOCK_UNLOCKED(kernel_mm) };
static DEFINE_PER_CPU(struct mm *, loaded_mm);

static DEFINE_SPINLOCK(mm_list_lock);
static struct mm *mm_list;

void mm_init(void)
{
	kernel_mm.pgd = read_cr3() & PTE_PFN_MASK;
	mm_add(&kernel_mm);
}

/* Not into mm_init(), which the twin would do otherwise. */
noinline void mm_add(struct mm *mm)
{
	u64 flags;

	spin_lock_irqsave(&mm_list_lock, flags);
	mm->next = mm_list;
	mm_list = mm;
	spin_unlock_irqrestore(&mm_list_lock, flags);
}

static void mm_remove(struct mm *mm)
{
	struct mm **p = &mm_list;
	u64 flags;

	spin_lock_irqsave(&mm_list_lock, flags);
	while (*p != mm)
		p = &(*p)->next;
	*p = mm->next;
	spin_unlock_irqrestore(&mm_list_lock, flags);
}

void for_each_mm(void (*fn)(const struct mm *mm, void *arg), void *arg)
{
	const struct mm *mm;
	u64 flags;

	spin_lock_irqsave(&mm_list_lock, flags);
	for (mm = mm_list; mm; mm = mm->next)
		fn(mm, arg);
	spin_unlock_irqrestore(&mm_list_lock, flags);
}

void switch_mm(struct mm *mm)
{
	struct mm *old = this_cpu_read(loaded_mm);

	if (mm != &kernel_mm) /* before: a flush from here on has to come */
		set_bit(smp_processor_id(), &mm->cpumask);
	write_cr3(mm->pgd);
	this_cpu_write(loaded_mm, mm);
	if (old && old != mm && old != &kernel_mm)
		clear_bit(smp_processor_id(), &old->cpumask);
}

static bool loaded(const struct mm *mm)
{
	return READ_ONCE(mm->cpumask) || (read_cr3() & PTE_PFN_MASK) == mm->pgd;
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
		int error;

		spin_lock_init(&mm->lock);
		mm->pgd = pgd;
		preempt_disable();
		memcpy((u64 *)__va(pgd) + USER_ENTRIES, kernel + USER_ENTRIES,
		       (PTRS_PER_TABLE - USER_ENTRIES) * sizeof(u64));
		error = paravirt_pgd_alloc(pgd);
		preempt_enable();
		if (!error) {
			mm_add(mm);
			return mm;
		}
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
	mm_remove(mm);
	preempt_disable();
	paravirt_pgd_free(mm->pgd);
	for (i = 0; i < USER_ENTRIES; i++)
		if (pgd[i] & _PAGE_PRESENT)
			free_pud_table(pgd_val(pgd[i]) & PTE_PFN_MASK);
	preempt_enable();
	free_page(mm->pgd);
	free_page(__pa(mm));
}

static bool invalid(u64 va, u64 nr, u64 prot)
{
	return va & (PAGE_SIZE - 1) || va >= USER_END || nr > (USER_END - va) >> PAGE_SHIFT ||
	       prot & ~(_PAGE_RW | _PAGE_NX | _PAGE_SPECIAL) ||
	       (prot & (_PAGE_RW | _PAGE_NX)) == _PAGE_RW;
}

/* In a lazy mode that the caller entered, what was put off is done first. */
static void unlock_tables(struct mm *mm)
{
	arch_flush_lazy_mmu_mode();
	spin_unlock(&mm->lock);
}

int mm_map(struct mm *mm, u64 va, u64 pa, u64 prot)
{
	int error = 0;
	u64 *ptep;

	if (invalid(va, 1, prot) || pa & ~PTE_PFN_MASK)
		return -EINVAL;
	spin_lock(&mm->lock);
	ptep = pte_alloc(mm, va);
	if (!ptep)
		error = -ENOMEM;
	else if (*ptep & _PAGE_PRESENT)
		error = -EINVAL;
	else
		set_pte(ptep, make_pte(pa | prot | _PAGE_PRESENT | _PAGE_USER));
	unlock_tables(mm);
	return error;
}

/* The tables first, then the pages, in a list through themselves: then nothing can fail. */
int mm_map_kernel(u64 va, u64 nr)
{
	u64 list = 0, pa, i;

	for (i = 0; i < nr; i++)
		if (!pte_alloc(&kernel_mm, va + i * PAGE_SIZE))
			return -ENOMEM;
	for (i = 0; i < nr; i++, list = pa) {
		pa = alloc_page();
		if (!pa)
			break;
		*(u64 *)__va(pa) = list;
	}
	for (; list; list = pa) {
		pa = *(u64 *)__va(list);
		*(u64 *)__va(list) = 0;
		if (i < nr)
			free_page(list);
		else
			set_pte(pte_alloc(&kernel_mm, va),
				make_pte(list | _PAGE_PRESENT | _PAGE_RW | _PAGE_NX));
		va += PAGE_SIZE;
	}
	return i < nr ? -ENOMEM : 0;
}

/* How many of nr pages from va on lie in one pte table. */
static u64 in_table(u64 va, u64 nr)
{
	return min(nr, PTRS_PER_TABLE - pte_index(va));
}

/*
 * On every CPU that has it loaded; and the lock is given back, before other CPUs are asked: they
 * may wait for it with interrupts off. Preemption stays off until they have answered.
 */
static void flush_and_unlock(struct mm *mm, u64 va, u64 nr)
{
	const struct flush_tlb_info info = { va, va + nr * PAGE_SIZE };
	u64 others;

	if ((read_cr3() & PTE_PFN_MASK) == mm->pgd)
		flush_tlb_local(&info);
	/* Who loads it from here on sees the new entries: they are written before we look. */
	arch_flush_lazy_mmu_mode();
	smp_mb();
	__spin_unlock(&mm->lock);
	others = READ_ONCE(mm->cpumask) & ~BIT(smp_processor_id());
	if (others)
		flush_tlb_multi(others, &info);
	preempt_enable();
}

/*
 * The loops over a table's entries have little else to keep in registers, since each op takes all
 * that a call loses. They give how many entries they changed.
 */
static noinline u64 map_ptes(u64 *ptep, u64 nr, u64 flags)
{
	u64 *start = ptep, *end = ptep + nr, pa;

	for (; ptep < end && !(*ptep & _PAGE_PRESENT); ptep++) {
		pa = alloc_page();
		if (!pa)
			break;
		set_pte(ptep, make_pte(pa | flags));
	}
	return ptep - start;
}

/* What they were into old[]. */
static noinline u64 unmap_ptes(u64 *ptep, u64 nr, u64 *old)
{
	u64 i;

	for (i = 0; i < nr && *ptep & _PAGE_PRESENT; i++, ptep++) {
		old[i] = pte_val(*ptep);
		set_pte(ptep, 0);
	}
	return i;
}

static noinline u64 protect_ptes(u64 va, u64 *ptep, u64 nr, u64 prot)
{
	u64 *start = ptep, *end = ptep + nr, pte;

	for (; ptep < end && *ptep & _PAGE_PRESENT; ptep++, va += PAGE_SIZE) {
		pte = pte_val(ptep_modify_prot_start(va, ptep)) & ~(_PAGE_RW | _PAGE_NX);
		ptep_modify_prot_commit(va, ptep, make_pte(pte | prot));
	}
	return ptep - start;
}

int mm_map_range(struct mm *mm, u64 va, u64 nr, u64 prot)
{
	int error = invalid(va, nr, prot) ? -EINVAL : 0;
	u64 done = 0;

	spin_lock(&mm->lock);
	arch_enter_lazy_mmu_mode();
	while (!error && done < nr) {
		u64 at = va + done * PAGE_SIZE, n = in_table(at, nr - done), got = 0, *ptep;

		arch_flush_lazy_mmu_mode();
		ptep = pte_alloc(mm, at);
		if (ptep)
			got = map_ptes(ptep, n, prot | _PAGE_PRESENT | _PAGE_USER);
		if (got < n)
			error = ptep && ptep[got] & _PAGE_PRESENT ? -EINVAL : -ENOMEM;
		done += got;
	}
	arch_leave_lazy_mmu_mode();
	unlock_tables(mm);
	if (error)
		mm_unmap_range(mm, va, done);
	return error;
}

int mm_unmap_range(struct mm *mm, u64 va, u64 nr)
{
	int error = invalid(va, nr, 0) ? -EINVAL : 0;
	u64 done = 0, old[GATHER];

	arch_enter_lazy_mmu_mode();
	while (!error && done < nr) {
		u64 at = va + done * PAGE_SIZE, n = min(in_table(at, nr - done), GATHER), i;
		u64 *ptep, got;

		spin_lock(&mm->lock);
		ptep = lookup_address_in(mm->pgd, at);
		got = ptep ? unmap_ptes(ptep, n, old) : 0;
		/* A page is nobody else's before no TLB knows it as this one's. */
		flush_and_unlock(mm, at, got);
		arch_flush_lazy_mmu_mode();
		for (i = 0; i < got; i++)
			if (!(old[i] & _PAGE_SPECIAL))
				free_page(old[i] & PTE_PFN_MASK);
		if (got < n)
			error = -EINVAL;
		done += got;
	}
	arch_leave_lazy_mmu_mode();
	return error;
}

int mm_protect_range(struct mm *mm, u64 va, u64 nr, u64 prot)
{
	int error = invalid(va, nr, prot) || prot & _PAGE_SPECIAL ? -EINVAL : 0;
	u64 done = 0;

	spin_lock(&mm->lock);
	arch_enter_lazy_mmu_mode();
	while (!error && done < nr) {
		u64 at = va + done * PAGE_SIZE, n = in_table(at, nr - done);
		u64 *ptep = lookup_address_in(mm->pgd, at);
		u64 got = ptep ? protect_ptes(at, ptep, n, prot) : 0;

		if (got < n)
			error = -EINVAL;
		done += got;
	}
	flush_and_unlock(mm, va, done);
	arch_leave_lazy_mmu_mode();
	return error;
}
