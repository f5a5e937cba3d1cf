/* SPDX-License-Identifier: MIT */
/*
 * May a system call return by sysret? Pure, so that the host tests what no software CPU shows.
 *
 * sysret takes RIP from rcx and RFLAGS from r11, and cannot restore TF or RF as iret does. On Intel
 * a RIP that is not canonical faults in kernel mode on the user's stack: CVE-2012-0217.
 */
#ifndef ASM_SYSRET_H
#define ASM_SYSRET_H

#include <asm/ptrace.h>
#include <asm/segment.h>

/* The first address that user mode can't have; the last page below it is never mapped. */
#define TASK_SIZE_MAX 0x00007ffffffff000

#define X86_EFLAGS_TF 0x00100
#define X86_EFLAGS_RF 0x10000

static inline bool sysret_allowed(const struct pt_regs *r)
{
	return r->cx == r->ip && r->r11 == r->flags && r->ip < TASK_SIZE_MAX &&
	       !(r->flags & (X86_EFLAGS_TF | X86_EFLAGS_RF)) && (u16)r->cs == __USER_CS &&
	       (u16)r->ss == __USER_DS;
}

#endif
