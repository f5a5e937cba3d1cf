/* SPDX-License-Identifier: MIT */
/* Translations that CPUs remember: mm/tlb.c. */
#ifndef ASM_TLB_H
#define ASM_TLB_H

#include <asm/paravirt.h>

/* This CPU forgets what info names. */
static inline void flush_tlb_local(const struct flush_tlb_info *info)
{
	if (info->end - info->start == PAGE_SIZE)
		flush_tlb_one_user(info->start);
	else if (info->end != info->start)
		flush_tlb_user();
}

#endif
