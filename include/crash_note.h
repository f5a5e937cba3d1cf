/* SPDX-License-Identifier: MIT */
/*
 * What a panic leaves in memory for whoever has a dump of it: tools/coredump finds it by its
 * symbol. kernel/panic.c writes it, once.
 */
#ifndef CRASH_NOTE_H
#define CRASH_NOTE_H

#include <types.h>
#include "asm/ptrace.h" /* in quotes, as the host has one too */

struct crash_note {
	u32 set; /* written last */
	u32 cpu; /* who panicked */
	char reason[256];
	struct pt_regs regs; /* as the console has them */
};

#endif
