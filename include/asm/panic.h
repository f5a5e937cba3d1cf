/* SPDX-License-Identifier: MIT */
/* What kernel/panic.c needs of the architecture. */
#ifndef ASM_PANIC_H
#define ASM_PANIC_H

#include <asm/ptrace.h>

/*
 * The registers as a function's caller sees them: ip is in the call, frame the function's
 * own frame pointer. Caller-saved registers hold whatever they hold now.
 */
void save_caller_regs(struct pt_regs *regs, void *ip, void *frame);

/* One line for each frame from regs on, as symbols; stops at anything that is no frame. */
void show_backtrace(const struct pt_regs *regs);

#endif
