/* SPDX-License-Identifier: MIT */
/* Descriptor tables and the trap vectors: cpu/desc.c, entry/. */
#ifndef ASM_DESC_H
#define ASM_DESC_H

#include <types.h>
#include <asm/ptrace.h>
#include <asm/segment.h>

#define NR_VECTORS    256
#define NR_EXCEPTIONS 32

/*
 * GDT, TSS and IDT of the boot CPU through the ops: from here on a trap is shown. In the first
 * lines of a way in, with the platform's descriptor ops in place. Interrupts off.
 */
void cpu_init(void);

/*
 * For another CPU: its area's TSS, its stacks and a GDT in a page of its own, which stay when it
 * goes down. On a CPU that can allocate; 0 or -ENOMEM, after percpu_alloc(). And on that CPU,
 * first.
 */
int cpu_alloc(u32 cpu);
void cpu_init_secondary(u32 cpu);
u64 cpu_gdt_page(u32 cpu); /* its address */

/* entry/entry.S: the stub of each vector, for the IDT. */
extern const u64 trap_stubs[NR_VECTORS];

#endif
