/* SPDX-License-Identifier: MIT */
/*
 * Poke: the last step of a site's way, and how text is written while nobody else can run it.
 * Sites, static calls and LOCK prefixes all come through text_poke_early(); what is not the six
 * bytes of a pv call comes here.
 *
 * Nobody executes half of what is written here, though it takes several stores: one CPU runs, with
 * interrupts off, and what can come all the same (an NMI, a machine check) has no patchable site on
 * its way (.noinstr.text). The stores are made through the linear address that is executed: the CPU
 * then needs no more than a later branch to see them (SDM vol. 3A, 8.1.3).
 */
#include <printk.h>
#include <string.h>
#include <asm/text-patching.h>

void text_poke_any(u64 address, const u8 *bytes, unsigned int len)
{
	u64 dst = address;
	const u8 *src = bytes;
	unsigned int n = len;

	asm volatile("rep movsb" : "+D"(dst), "+S"(src), "+c"(n) : : "memory");
	if (memcmp((void *)address, bytes, len))
		panic("patch: bytes at %pS were written but are not there", (void *)address);
}
