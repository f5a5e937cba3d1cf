/* SPDX-License-Identifier: MIT */
/*
 * Per-CPU data, by Linux's words. A variable's own address is in a template that is never written;
 * each CPU has an area with a copy, and its GS base is the distance from template to area:
 *
 *   boot CPU's area ... template (.percpu: x) ... area of CPU 1 (x), area of CPU 2 (x) ...
 *   <- negative base -|                                  in the direct map
 *
 * so that %gs:x(%rip) is this CPU's x. The boot CPU's area lies below the template and the direct
 * map below the image: every base is negative, as user mode's is not, and that is how a paranoid
 * entry tells whose GS it has. Before cpu_init() the base is 0 and a read gives the template's
 * value.
 */
#ifndef ASM_PERCPU_H
#define ASM_PERCPU_H

#define NR_CPUS	     64
#define PERCPU_PAGES 2 /* of a CPU's area: linker.ld checks that the template fits */

#ifdef __ASSEMBLER__
#define PER_CPU_VAR(x) % gs : x(% rip)
#else
#include <types.h>

#define DECLARE_PER_CPU(type, name) extern __typeof__(type) name
#define DEFINE_PER_CPU(type, name)  __section(".percpu") __typeof__(type) name

/* One instruction each, of 1, 2, 4 or 8 bytes: no interrupt comes in between. */
#define this_cpu_read(var)                                                  \
	({                                                                  \
		__typeof__(var) value__;                                    \
		asm volatile("mov %%gs:%1, %0" : "=q"(value__) : "m"(var)); \
		value__;                                                    \
	})
#define this_cpu_write(var, value) \
	asm volatile("mov %1, %%gs:%0" : "=m"(var) : "q"((__typeof__(var))(value)))
#define this_cpu_add(var, value) \
	asm volatile("add %1, %%gs:%0" : "+m"(var) : "q"((__typeof__(var))(value)) : "cc")
#define this_cpu_inc(var) this_cpu_add(var, 1)

extern u64 __per_cpu_offset[NR_CPUS];
DECLARE_PER_CPU(u64, this_cpu_off); /* this CPU's GS base */
DECLARE_PER_CPU(u32, cpu_number);

#define per_cpu_ptr(ptr, cpu) ((__typeof__(ptr))((u64)(ptr) + __per_cpu_offset[cpu]))
#define per_cpu(var, cpu)     (*per_cpu_ptr(&(var), cpu))
/* For as long as this thread can't move: interrupts or preemption off. */
#define this_cpu_ptr(ptr)     ((__typeof__(ptr))((u64)(ptr) + this_cpu_read(this_cpu_off)))

static inline u32 smp_processor_id(void)
{
	return this_cpu_read(cpu_number);
}

/* Where syscall and traps from user mode begin; and user mode's rsp while syscall changes stacks.
 */
DECLARE_PER_CPU(u64, cpu_kernel_sp);
DECLARE_PER_CPU(u64, cpu_user_sp);

extern char __per_cpu_start[], __per_cpu_end[];

/* The boot CPU's area, before its GS base is set; again does nothing. */
void percpu_init_boot(void);
/* As it was then? Nothing is written but areas. */
bool percpu_template_is_whole(void);
/* An area for another CPU; 0 or -ENOMEM. It stays when the CPU goes down. */
int percpu_alloc(u32 cpu);
#endif
#endif
