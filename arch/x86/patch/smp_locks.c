/* SPDX-License-Identifier: MIT */
/*
 * LOCK prefixes. While one CPU runs, an instruction is atomic by itself against everything that
 * runs on it, and the prefix only costs: it becomes a DS prefix, which 64-bit mode ignores. They
 * come back before a second CPU starts. Boot CPU, interrupts off, text writable.
 */
#include <asm/alternative.h>
#include <asm/page.h>
#include <asm/text-patching.h>
#include <printk.h>

#define LOCK	  0xf0
#define DS_PREFIX 0x3e

/* Of each LOCK_PREFIX: where the prefix is, counted from the record itself. */
extern const s32 __smp_locks[], __smp_locks_end[];

static void set_prefixes(u8 from, u8 to)
{
	const s32 *lock;

	for (lock = __smp_locks; lock < __smp_locks_end; lock++) {
		u8 *prefix = (u8 *)((u64)lock + (s64)*lock);

		if ((char *)prefix < _text || (char *)prefix >= _etext ||
		    (*prefix != from && *prefix != to))
			panic(".smp_locks: record %lu names %pS, where there is no prefix",
			      lock - __smp_locks, (void *)prefix);
		text_poke_early((u64)prefix, &to, 1);
	}
}

void alternatives_smp_unlock(void)
{
	set_prefixes(LOCK, DS_PREFIX);
}

void alternatives_smp_lock(void)
{
	set_prefixes(DS_PREFIX, LOCK);
}
