/* SPDX-License-Identifier: MIT */
/* The exception table's look-up: linear, since it has a handful of records. From do_trap(). */
#include <asm/extable.h>

extern const struct exception_table_entry __ex_table_start[], __ex_table_end[];

bool fixup_exception(struct pt_regs *regs)
{
	const struct exception_table_entry *e;

	for (e = __ex_table_start; e < __ex_table_end; e++) {
		if ((u64)&e->insn + (s64)e->insn == regs->ip) {
			regs->ip = (u64)&e->fixup + (s64)e->fixup;
			return true;
		}
	}
	return false;
}
