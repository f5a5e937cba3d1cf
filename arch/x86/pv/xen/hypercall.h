/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls of a 64-bit PV guest: `syscall` in kernel mode, number in eax, arguments in rdi rsi
 * rdx r10 r8, result in rax; rcx and r11 are lost, and so may be the arguments. Issued inline: no
 * hypercall page is needed. A negative result is -errno, Xen's numbers.
 */
#ifndef PV_XEN_HYPERCALL_H
#define PV_XEN_HYPERCALL_H

#include <types.h>
#include <xen/xen.h>

static __always_inline s64 hypercall4(u32 nr, u64 a1, u64 a2, u64 a3, u64 a4)
{
	register u64 r10 asm("r10") = a4;
	s64 ret;

	asm volatile("syscall"
		     : "=a"(ret), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10)
		     : "a"(nr)
		     : "rcx", "r8", "r11", "memory", "cc");
	return ret;
}

static __always_inline s64 hypercall3(u32 nr, u64 a1, u64 a2, u64 a3)
{
	s64 ret;

	asm volatile("syscall"
		     : "=a"(ret), "+D"(a1), "+S"(a2), "+d"(a3)
		     : "a"(nr)
		     : "rcx", "r8", "r10", "r11", "memory", "cc");
	return ret;
}

static __always_inline s64 hypercall2(u32 nr, u64 a1, u64 a2)
{
	return hypercall3(nr, a1, a2, 0);
}

static __always_inline s64 hypercall1(u32 nr, u64 a1)
{
	return hypercall3(nr, a1, 0, 0);
}

#endif
