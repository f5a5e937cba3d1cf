/* SPDX-License-Identifier: MIT */
/*
 * Reading what others left in physical memory (include/phys.h). On the host, tests/host/fuzz_boot.c
 * has a phys_map() of its own, over memory that ends where the bytes that were asked for end.
 */
#include <phys.h>
#include <asm/page.h>

const void *phys_map(u64 pa, u64 len)
{
	if (pa >= BOOT_MAPPED || len > BOOT_MAPPED - pa)
		return NULL;
	return __va(pa);
}
