/* SPDX-License-Identifier: MIT */
/*
 * What the entry code needs before it has a stack, at %gs:0. One CPU so far. The kernel's GS base
 * points here and is negative, as every kernel address; user mode's is not: that is how a paranoid
 * entry tells whose GS it has. Read by assembly too.
 */
#ifndef ASM_PERCPU_H
#define ASM_PERCPU_H

#define PERCPU_KERNEL_SP 0
#define PERCPU_USER_SP	 8

#ifndef __ASSEMBLER__
#include <types.h>

struct percpu {
	u64 kernel_sp; /* where syscall and traps from user mode begin */
	u64 user_sp;   /* scratch: user mode's rsp while syscall changes stacks */
};
_Static_assert(offsetof(struct percpu, user_sp) == PERCPU_USER_SP, "entry.S");

extern struct percpu percpu;
#endif
#endif
