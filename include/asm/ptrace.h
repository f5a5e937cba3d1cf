/* SPDX-License-Identifier: MIT */
/*
 * struct pt_regs: the registers of interrupted code, as entry/entry.S pushes them.
 *
 *          +----------------+  higher addresses
 *          | ss             |  \
 *          | rsp            |   |
 *          | rflags         |   |  pushed by the CPU, or by Xen in the same order
 *          | cs             |   |  (Xen keeps the saved event mask in cs bits 32 and up)
 *          | rip            |  /
 *          | orig_ax        |  error code, or 0
 *          | vector         |
 *          | rdi ... r15    |  <- rsp when do_trap() is called: struct pt_regs *
 *          +----------------+
 */
#ifndef ASM_PTRACE_H
#define ASM_PTRACE_H

#include <types.h>

struct pt_regs {
	u64 r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di;
	u64 vector;
	u64 orig_ax;
	u64 ip, cs, flags, sp, ss;
};
_Static_assert(sizeof(struct pt_regs) == 22 * 8, "entry.S pushes 22 words");

#define X86_EFLAGS_IF 0x200

/* Did it interrupt user mode? Xen shows a kernel's CS with RPL 0. */
static inline bool user_mode(const struct pt_regs *regs)
{
	return (regs->cs & 3) == 3;
}

#define X86_TRAP_DE  0
#define X86_TRAP_DB  1
#define X86_TRAP_NMI 2
#define X86_TRAP_BP  3
#define X86_TRAP_UD  6
#define X86_TRAP_NM  7
#define X86_TRAP_DF  8
#define X86_TRAP_GP  13
#define X86_TRAP_PF  14
#define X86_TRAP_MC  18

/* Page-fault error code (SDM vol. 3A, 4.7). */
#define X86_PF_PROT  0x01
#define X86_PF_WRITE 0x02
#define X86_PF_USER  0x04
#define X86_PF_INSTR 0x10

#endif
