/* SPDX-License-Identifier: MIT */
/* The bare machine's way to make other CPUs forget a translation: it asks them. */
#include <smp.h>
#include <asm/page.h>
#include <asm/tlb.h>
#include "../pv/native/native.h"

static void flush(void *info)
{
	flush_tlb_local(info);
}

void native_flush_tlb_multi(u64 mask, const struct flush_tlb_info *info)
{
	smp_call_function_many(mask, flush, (void *)info);
}
