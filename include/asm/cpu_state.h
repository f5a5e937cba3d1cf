/* SPDX-License-Identifier: MIT */
/*
 * The values of cpu/state.c's list that assembly needs too, for the way into long mode: SDM
 * vol. 3A, 2.5, 2.2.1 and 4.1.2.
 */
#ifndef ASM_CPU_STATE_H
#define ASM_CPU_STATE_H

#define X86_CR4_PAE_BIT 5

#define CR0_STATE  0x80050033 /* PG AM WP NE ET MP PE; so neither CD nor NW */
#define CR4_ENTRY  (1 << X86_CR4_PAE_BIT)
#define EFER_STATE 0x901 /* NXE LME SCE; LMA comes by itself */
#define DR7_STATE  0x400 /* no breakpoint; bit 10 is always 1 */

#ifndef __ASSEMBLER__
/*
 * All of the list but CR4 as the machine has it later, on this CPU of a bare machine or on KVM:
 * before the first trap can be ours. Interrupts off; needs no per-CPU area and no op.
 */
void cpu_state_init(void);

/* Panics where SYSCALL is lacking, the one need that can be asked for in 64-bit mode only:
 * entry32.S has the others. Boot CPU, traps and consoles work. */
void cpu_state_check(void);

/*
 * CR4 with what this CPU has of global pages, machine checks, and the walls between kernel and user
 * pages. When features are known, and no page table has a global page that goes away.
 */
void cr4_init(void);
#endif
#endif
