/* SPDX-License-Identifier: MIT */
/*
 * The kernel's page tables on the bare machine, made from the boot ones (boot/entry32.S) by a few
 * writes:
 *
 *   boot_pml4[0]            dropped: nothing is mapped at 0
 *   boot_pml4[PAGE_OFFSET]  + NX: the whole direct map, at one stroke
 *     boot_pd[0]            -> direct_pt: the first 2 MiB by 4 KiB pages
 *     above 4 GiB           + what memory there is, by pages of 1 GiB or 2 MiB
 *   boot_pdpt_high[510]     -> kernel_pd: KERNEL_BASE maps the image
 *     kernel_pd[0]          -> image_pt
 *
 * What is read-only in the image is so in the direct map too (seal.c). All of it is the same in
 * every address space: global pages.
 */
#include <boot_info.h>
#include <page_alloc.h>
#include <string.h>
#include <asm/cpu_state.h>
#include <asm/cpufeature.h>
#include <asm/paravirt.h>
#include <asm/pgtable.h>
#include <asm/special_insns.h>

#define _PAGE_KERNEL (_PAGE_PRESENT | _PAGE_RW | _PAGE_NX)

extern u64 boot_pml4[], boot_pdpt_high[], boot_pd[];

u64 page_offset_base __ro_after_init;

static u64 kernel_pd[PTRS_PER_TABLE] __aligned(PAGE_SIZE) __section(".bss..page_aligned");
static u64 image_pt[PTRS_PER_TABLE] __aligned(PAGE_SIZE) __section(".bss..page_aligned");
static u64 direct_pt[PTRS_PER_TABLE] __aligned(PAGE_SIZE) __section(".bss..page_aligned");

char fixmap[FIX_COUNT][PAGE_SIZE] __aligned(PAGE_SIZE) __section(".bss..page_aligned");

/* [pa, end) of the direct map, whole 2 MiB: what is mapped already stays. */
static void map_direct(u64 pa, u64 end)
{
	u64 *pdpt = __va(boot_pml4[pgd_index(PAGE_OFFSET)] & PTE_PFN_MASK), step;

	for (; pa < end; pa += step) {
		u64 *pud = &pdpt[pud_index(pa)], *pmd;

		step = PUD_SIZE - (pa & (PUD_SIZE - 1));
		if (*pud & _PAGE_PSE)
			continue;
		if (!*pud && step == PUD_SIZE && end - pa >= PUD_SIZE &&
		    boot_cpu_has(X86_FEATURE_GBPAGES)) {
			*pud = pa | _PAGE_KERNEL | _PAGE_PSE | _PAGE_GLOBAL;
			continue;
		}
		if (!*pud) {
			u64 table = alloc_early(1);

			memset(__va(table), 0, PAGE_SIZE);
			*pud = table | _PAGE_PRESENT | _PAGE_RW;
		}
		step = PMD_SIZE;
		pmd = (u64 *)__va(*pud & PTE_PFN_MASK) + pmd_index(pa);
		*pmd = pa | _PAGE_KERNEL | _PAGE_PSE | _PAGE_GLOBAL;
	}
}

/* The entry *entry for size bytes at pa becomes a table of entries for step bytes each. */
static u64 *split(u64 *entry, u64 pa, u64 size, u64 step)
{
	u64 table = alloc_page(), *to = __va(table), i;

	if (!table)
		return NULL;
	pa = ALIGN_DOWN(pa, size);
	for (i = 0; i < PTRS_PER_TABLE; i++)
		to[i] = (pa + i * step) | _PAGE_KERNEL | _PAGE_GLOBAL |
			(step == PAGE_SIZE ? 0 : _PAGE_PSE);
	set_pmd(entry, make_pmd(table | _PAGE_PRESENT | _PAGE_RW));
	return to;
}

u64 *direct_pte(u64 pa)
{
	u64 va = (u64)__va(pa), *ptep = lookup_address(va), *pud, *pmd;

	if (ptep)
		return ptep;
	pud = (u64 *)__va(boot_pml4[pgd_index(va)] & PTE_PFN_MASK) + pud_index(va);
	if (*pud & _PAGE_PSE)
		pmd = split(pud, pa, PUD_SIZE, PMD_SIZE);
	else
		pmd = __va(*pud & PTE_PFN_MASK);
	ptep = pmd ? split(&pmd[pmd_index(va)], pa, PMD_SIZE, PAGE_SIZE) : NULL;
	return ptep ? &ptep[pte_index(va)] : NULL;
}

void pgtable_init(void)
{
	unsigned int i;
	u64 pa;

	for (i = 0, pa = 0; i < PTRS_PER_TABLE; i++, pa += PAGE_SIZE) {
		u64 prot = image_page_prot(KERNEL_BASE + pa), direct = direct_page_prot(pa);

		image_pt[i] = prot ? pa | prot | _PAGE_GLOBAL : 0;
		direct_pt[i] = direct ? pa | direct | _PAGE_GLOBAL : 0;
	}
	kernel_pd[0] = __pa(image_pt) | _PAGE_PRESENT | _PAGE_RW;
	boot_pd[0] = __pa(direct_pt) | _PAGE_PRESENT | _PAGE_RW;
	boot_pdpt_high[PTRS_PER_TABLE - 2] = __pa(kernel_pd) | _PAGE_PRESENT | _PAGE_RW;
	for (i = 0; i < boot_info.nr_regions; i++) {
		const struct mem_region *r = &boot_info.regions[i];
		u64 end = min(r->start + r->size, PAGE_ALLOC_END);

		if (r->type == MEM_USABLE)
			map_direct(ALIGN_DOWN(max(r->start, BOOT_MAPPED), PMD_SIZE),
				   ALIGN_UP(end, PMD_SIZE));
	}
	boot_pml4[pgd_index(PAGE_OFFSET)] |= _PAGE_NX;
	boot_pml4[0] = 0;
	write_cr3(__pa(boot_pml4));
	cr4_init();
}

void native_set_fixmap(unsigned int idx, u64 pa, u64 flags)
{
	u64 va = fix_to_virt(idx);

	set_pte(&image_pt[pte_index(va)], flags ? make_pte(pa | flags) : 0);
	flush_tlb_one_user(va);
}

u64 *lookup_address_in(u64 pgd, u64 va)
{
	u64 entry = pgd_val(((u64 *)__va(pgd))[pgd_index(va)]);

	if (!(entry & _PAGE_PRESENT))
		return NULL;
	entry = pud_val(((u64 *)__va(entry & PTE_PFN_MASK))[pud_index(va)]);
	if (!(entry & _PAGE_PRESENT) || entry & _PAGE_PSE)
		return NULL;
	entry = pmd_val(((u64 *)__va(entry & PTE_PFN_MASK))[pmd_index(va)]);
	if (!(entry & _PAGE_PRESENT) || entry & _PAGE_PSE)
		return NULL;
	return (u64 *)__va(entry & PTE_PFN_MASK) + pte_index(va);
}

u64 *lookup_address(u64 va)
{
	return lookup_address_in(read_cr3() & PTE_PFN_MASK, va);
}

void set_memory(u64 start, u64 end, u64 clear, u64 set)
{
	u64 va;

	arch_enter_lazy_mmu_mode();
	for (va = start; va < end; va += PAGE_SIZE) {
		u64 *ptep = lookup_address(va);

		set_pte(ptep, make_pte((pte_val(*ptep) & ~clear) | set));
	}
	flush_tlb_kernel();
	arch_leave_lazy_mmu_mode();
}
