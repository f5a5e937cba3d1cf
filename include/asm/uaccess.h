/* SPDX-License-Identifier: MIT */
/*
 * Access to user pages from the kernel. Where the CPU has SMAP it faults unless RFLAGS.AC is set,
 * which is so between these two. The original does nothing, and would be wrong with SMAP: required.
 */
#ifndef ASM_UACCESS_H
#define ASM_UACCESS_H

#include <asm/alternative.h>

static __always_inline void user_access_begin(void)
{
	alternative("", "stac", ALT_REQUIRED(X86_FEATURE_SMAP));
}

static __always_inline void user_access_end(void)
{
	alternative("", "clac", ALT_REQUIRED(X86_FEATURE_SMAP));
}

#endif
