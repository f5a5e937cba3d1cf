/* SPDX-License-Identifier: MIT */
/* Writing into text: the last step of every patch. */
#ifndef ASM_TEXT_PATCHING_H
#define ASM_TEXT_PATCHING_H

#include <types.h>

/*
 * Write len bytes at the address where they will be executed, and see that they are there; a panic
 * by name when they are not. Text writable (before the seal, or between text_open() and
 * text_seal()), one CPU, interrupts off, and nothing that can come all the same (an NMI, a machine
 * check) runs through these bytes. patch/poke.c
 */
void text_poke_early(u64 address, const u8 *bytes, unsigned int len);

#endif
