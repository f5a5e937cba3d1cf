/* SPDX-License-Identifier: MIT */
/* Port I/O. Not an op: every platform here that has ports reaches them by the same instruction. */
#ifndef ASM_IO_H
#define ASM_IO_H

#include <types.h>

static inline void outb(u8 value, u16 port)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline u8 inb(u16 port)
{
	u8 value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void outw(u16 value, u16 port)
{
	asm volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static inline u16 inw(u16 port)
{
	u16 value;

	asm volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

/* One instruction, and one exit under a hypervisor, for `count` bytes. */
static inline void outsb(u16 port, const void *buf, size_t count)
{
	asm volatile("rep outsb" : "+S"(buf), "+c"(count) : "d"(port) : "memory");
}

#endif
