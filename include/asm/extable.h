/* SPDX-License-Identifier: MIT */
/*
 * The exception table: an instruction that may fault, and where to go on when it does. Both are
 * offsets from their own field, so a record is 8 bytes and needs no relocation.
 */
#ifndef ASM_EXTABLE_H
#define ASM_EXTABLE_H

#define _ASM_EXTABLE(from, to)             \
	".pushsection __ex_table, \"a\"\n" \
	".balign 4\n"                      \
	".long (" #from ") - .\n"          \
	".long (" #to ") - .\n"            \
	".popsection\n"

#ifndef __ASSEMBLER__
#include <types.h>
#include <asm/ptrace.h>

struct exception_table_entry {
	s32 insn, fixup;
};

/* Point regs->ip at the fix-up of the faulting instruction; false if it has none. */
bool fixup_exception(struct pt_regs *regs);
#endif
#endif
