/* SPDX-License-Identifier: MIT */
/* Many CPUs: up, down, and what one asks of another. CPUs count from 0, the boot CPU. */
#ifndef SMP_H
#define SMP_H

#include <types.h>
#include <asm/percpu.h>

extern u32 nr_cpu_ids; /* how many CPUs the machine has for us; 1 before smp_init() */
extern u64 __cpu_online_mask;
#define cpu_online_mask READ_ONCE(__cpu_online_mask)

#define for_each_cpu(cpu, mask)                                                     \
	for (u64 mask__ = (mask); mask__ && ((cpu) = __builtin_ctzl(mask__), true); \
	     mask__ &= mask__ - 1)

/* Of the machine's CPUs: asked for last, and not come; and of these, come later and put to sleep.
 */
extern u64 cpu_absent_mask, cpu_late_mask;
/* Odd while CPUs come or go, another number when some did. */
extern u64 cpu_moves;

static inline bool cpu_online(u32 cpu)
{
	return cpu < NR_CPUS && cpu_online_mask >> cpu & 1;
}

static inline u32 num_online_cpus(void)
{
	u64 mask = cpu_online_mask;
	u32 nr = 0;

	for (; mask; mask &= mask - 1)
		nr++;
	return nr;
}

/*
 * Bring all CPUs up, all at a time. Boot CPU, after the boot patch; says how many came, and which
 * did not: they are given up 100 ms after the last sign of life of any, 2 s where there was none.
 */
void smp_init(void);
/* At the end: of CPUs that came late. */
void smp_report(void);

/*
 * Bring one up, or take it down; not the boot CPU. On the boot CPU, in a thread that nobody else
 * competes with. 0; -EINVAL for one that isn't there, or is so already; -ENOMEM; -EIO when it does
 * not answer. With the second CPU the LOCK prefixes return, and leave with the last but one.
 */
int cpu_up(u32 cpu);
int cpu_down(u32 cpu);

/* All others down; and those that were up again, together. */
u64 smp_quiesce(void);
void smp_resume(u64 mask);

/*
 * Call fn(arg) on each online CPU of the mask, in an interrupt there (with interrupts off here, if
 * it is this one), and come back when all have. A CPU that waits with interrupts off serves others'
 * calls meanwhile. A CPU that does not answer in 20 s is a panic that names it.
 */
void smp_call_function_many(u64 mask, void (*fn)(void *), void *arg);
void smp_call_function_single(u32 cpu, void (*fn)(void *), void *arg);

/* Make it look whether it has something better to do. */
void smp_send_reschedule(u32 cpu);

/* A step of a wait for another CPU: where CPUs are virtual, it may need ours to run on. */
void cpu_relax(void);

/*
 * Panic: stop all others by NMI, for which each has a second; then say where each was, or that it
 * did not answer. smp_stopping is non-zero from then on: an NMI then calls smp_stop_this_cpu().
 */
void smp_send_stop(void);
void smp_show_stopped(void);
extern u32 smp_stopping;
struct pt_regs;
void smp_stop_this_cpu(struct pt_regs *regs);

/* What an idle thread does, until its CPU goes down. */
void cpu_idle(void) __noreturn;

/* A CPU's first C, on its own stack; arch/x86/smp/smp.c. */
void start_secondary(u32 cpu) __noreturn;
/* Where that stack begins. */
u64 secondary_stack(u32 cpu);

#endif
