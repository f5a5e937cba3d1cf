/* SPDX-License-Identifier: MIT */
/* Time: the clock, what was stolen from us, the one-shot timer. All in nanoseconds. */
#ifndef TIME_H
#define TIME_H

#include <static_call_types.h>

#define NSEC_PER_SEC  1000000000UL
#define NSEC_PER_MSEC 1000000UL
#define NSEC_PER_USEC 1000UL

struct pt_regs;

static inline u64 sched_clock(void);
static inline u64 steal_clock(u32 cpu);
DECLARE_STATIC_CALL(pv_sched_clock, sched_clock);
DECLARE_STATIC_CALL(pv_steal_clock, steal_clock);

/* Never goes back. From a start that is the platform's; stands still before time_init(). */
static inline u64 sched_clock(void)
{
	return static_call(pv_sched_clock)();
}

/* How long this CPU could have run, but did not, because the host ran something else. */
static inline u64 steal_clock(u32 cpu)
{
	return static_call(pv_steal_clock)(cpu);
}

/* Clocks and timer of the platform. Boot CPU, interrupts off, before the boot patch. */
void time_init(void);

/*
 * Call the handler once, in an interrupt, when so many ns have gone by; never earlier. A timer
 * that is set already is moved.
 */
void set_oneshot_timer(u64 ns);
/* NULL: the interrupt only ends an idle wait. */
void set_timer_handler(void (*handler)(struct pt_regs *regs));

#endif
