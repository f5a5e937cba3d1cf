/* SPDX-License-Identifier: MIT */
/*
 * The kernel's page tables, made from the boot ones (boot/entry32.S) by a few writes:
 *
 *   boot_pml4[0]            dropped: nothing is mapped at 0
 *   boot_pml4[PAGE_OFFSET]  + NX: the whole direct map, at one stroke
 *   boot_pdpt_high[510]     -> kernel_pd: KERNEL_BASE maps 2 MiB, no more
 *   kernel_pd[0], boot_pd[0] -> image_pt: the first 2 MiB by 4 KiB pages
 *
 * The image's table is shared by KERNEL_BASE and the direct map, so what is read-only is so under
 * both addresses; only KERNEL_BASE's may execute.
 */
#include <asm/paravirt.h>
#include <asm/desc_stacks.h>
#include <asm/pgtable.h>

#define ENTRIES 512

extern u64 boot_pml4[], boot_pdpt_high[], boot_pd[];

u64 page_offset_base __ro_after_init;

static u64 kernel_pd[ENTRIES] __aligned(PAGE_SIZE) __section(".bss..page_aligned");
static u64 image_pt[ENTRIES] __aligned(PAGE_SIZE) __section(".bss..page_aligned");

u64 image_page_prot(u64 va)
{
	const u64 *guard;

	for (guard = stack_guards; guard < stack_guards_end; guard++)
		if (va == *guard)
			return 0;
	if (va >= (u64)_text && va < (u64)_rodata)
		return _PAGE_PRESENT;
	if (va >= (u64)_rodata && va < (u64)_ro_after_init)
		return _PAGE_PRESENT | _PAGE_NX;
	if (va >= (u64)_symbols && va < (u64)_bss)
		return _PAGE_PRESENT | _PAGE_NX;
	return _PAGE_PRESENT | _PAGE_RW | _PAGE_NX;
}

void pgtable_init(void)
{
	u64 va = KERNEL_BASE;
	unsigned int i;

	for (i = 0; i < ENTRIES; i++, va += PAGE_SIZE) {
		u64 prot = image_page_prot(va);

		image_pt[i] = prot ? __pa((void *)va) | prot : 0;
	}
	kernel_pd[0] = __pa(image_pt) | _PAGE_PRESENT | _PAGE_RW;
	boot_pd[0] = __pa(image_pt) | _PAGE_PRESENT | _PAGE_RW;
	boot_pdpt_high[ENTRIES - 2] = __pa(kernel_pd) | _PAGE_PRESENT | _PAGE_RW;
	boot_pml4[PAGE_OFFSET >> 39 & (ENTRIES - 1)] |= _PAGE_NX;
	boot_pml4[0] = 0;
	write_cr3(__pa(boot_pml4));
}

u64 *lookup_address(u64 va)
{
	u64 *table = __va(read_cr3() & PTE_PFN_MASK);
	int shift;

	for (shift = 39; shift > PAGE_SHIFT; shift -= 9) {
		u64 entry = pte_val(table[va >> shift & (ENTRIES - 1)]);

		if (!(entry & _PAGE_PRESENT) || entry & _PAGE_PSE)
			return NULL;
		table = __va(entry & PTE_PFN_MASK);
	}
	return &table[va >> PAGE_SHIFT & (ENTRIES - 1)];
}

void set_memory(u64 start, u64 end, u64 clear, u64 set)
{
	u64 va;

	for (va = start; va < end; va += PAGE_SIZE) {
		u64 *ptep = lookup_address(va);

		set_pte_at(va, ptep, make_pte((pte_val(*ptep) & ~clear) | set));
	}
	flush_tlb_kernel();
}
