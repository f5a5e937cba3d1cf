/* SPDX-License-Identifier: MIT */
/*
 * The selectors of our GDT on machines that let us have one (cpu/desc.c), in the order that syscall
 * and sysret want (SDM vol. 2B, SYSCALL and SYSRET): kernel CS, SS; user base, SS, CS. And the
 * vectors that are not the CPU's. Read by assembly too.
 */
#ifndef ASM_SEGMENT_H
#define ASM_SEGMENT_H

#define __KERNEL_CS   0x10
#define __KERNEL_DS   0x18
#define USER_BASE_SEL 0x20 /* sysret: SS = this + 8, CS = this + 16 */
#define __USER_DS     (0x28 | 3)
#define __USER_CS     (0x30 | 3)
#define GDT_TSS	      0x40
#define GDT_ENTRIES   10
#define TSS_BUSY      (1UL << 41) /* in the first word of its descriptor */

#define HYPERVISOR_CALLBACK_VECTOR 0xf3
#define SYSCALL_VECTOR		   0x100 /* no vector: what pt_regs of a system call says */

#endif
