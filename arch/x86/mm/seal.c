/* SPDX-License-Identifier: MIT */
/*
 * Who may write text, and when: the boot patcher, between text_open() and text_seal(). After
 * that text, pv_ops and everything else that the boot alone writes is read-only for good.
 */
#include <printk.h>
#include <smp.h>
#include <asm/pgtable.h>

void text_open(void)
{
	if (num_online_cpus() != 1)
		panic("text_open: %u CPUs run, which may be just in what is to be written",
		      num_online_cpus());
	set_memory((u64)_text, (u64)_rodata, 0, _PAGE_RW);
	set_memory((u64)_ro_after_init, (u64)_ero_after_init, 0, _PAGE_RW);
}

void text_seal(void)
{
	set_memory((u64)_text, (u64)_rodata, _PAGE_RW, 0);
	set_memory((u64)_ro_after_init, (u64)_ero_after_init, _PAGE_RW, 0);
}
