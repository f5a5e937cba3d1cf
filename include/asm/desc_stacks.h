/* SPDX-License-Identifier: MIT */
/* The stacks of the entries that need their own: paranoid.S reserves them. For assembly too. */
#ifndef ASM_DESC_STACKS_H
#define ASM_DESC_STACKS_H

#include <asm/page.h>

/* IST numbers: SDM vol. 3A, 6.14.5. */
#define IST_DF	1
#define IST_NMI 2
#define IST_MC	3
#define IST_DB	4

#define NMI_SLOT    4096
#define NMI_SLOTS   4
#define NMI_RESERVE 128 /* above where the CPU starts in a slot: room for two return frames */

#ifndef __ASSEMBLER__
extern char boot_stack_guard[], boot_stack_top[], db_stack_top[], df_stack_top[], mc_stack_top[],
	nmi_stack_top[];
extern const u64 stack_guards[], stack_guards_end[];
#endif
#endif
