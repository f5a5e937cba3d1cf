/* SPDX-License-Identifier: MIT */
/* Products and quotients wider than 64 bits, by the instructions that have them. */
#ifndef ASM_DIV64_H
#define ASM_DIV64_H

#include <types.h>

/* a * mul >> shift, of the whole 96-bit product. */
static inline u64 mul_u64_u32_shr(u64 a, u32 mul, unsigned int shift)
{
	return (unsigned __int128)a * mul >> shift;
}

/* a * mul / div, of the whole 128-bit product. A quotient above 64 bits is a #DE. */
static inline u64 mul_u64_u64_div_u64(u64 a, u64 mul, u64 div)
{
	u64 q;

	asm("mulq %2; divq %3" : "=a"(q) : "a"(a), "rm"(mul), "rm"(div) : "rdx", "cc");
	return q;
}

#endif
