/* SPDX-License-Identifier: MIT */
/* Writing into text: the last step of every patch. */
#ifndef ASM_TEXT_PATCHING_H
#define ASM_TEXT_PATCHING_H

#include <types.h>

/* The same for any length; the caller below has the one that nearly every site has. patch/poke.c */
void text_poke_any(u64 address, const u8 *bytes, unsigned int len);

/*
 * Write len bytes at the address where they will be executed, and see that they are there; a panic
 * by name when they are not. Text writable (before the seal, or between text_open() and
 * text_seal()), one CPU, interrupts off, and nothing that can come all the same (an NMI, a machine
 * check) runs through these bytes. Inline for the boot patch's loop: a call would take 13
 * instructions beside the 197 of a site.
 */
static __always_inline void text_poke_early(u64 address, const u8 *bytes, unsigned int len)
{
	if (likely(len == 6)) {
		*(volatile u32 *)address = *(const u32 *)bytes;
		*(volatile u16 *)(address + 4) = *(const u16 *)(bytes + 4);
		if (likely(*(volatile u32 *)address == *(const u32 *)bytes &&
			   *(volatile u16 *)(address + 4) == *(const u16 *)(bytes + 4)))
			return;
	}
	text_poke_any(address, bytes, len);
}

#endif
