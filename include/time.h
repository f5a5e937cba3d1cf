/* SPDX-License-Identifier: MIT */
/* Time: the clock, what was stolen from us, timers. All in nanoseconds. */
#ifndef TIME_H
#define TIME_H

#include <static_call_types.h>

#define NSEC_PER_SEC  1000000000UL
#define NSEC_PER_MSEC 1000000UL
#define NSEC_PER_USEC 1000UL

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
 * A timer calls its function once, in an interrupt of the CPU that started it, when its time is
 * there, never earlier. The function may start it again.
 */
struct hrtimer {
	u64 expires; /* by sched_clock() */
	void (*function)(struct hrtimer *timer);
	struct hrtimer *next;
	u32 cpu;
	bool active;
};

/* In so many ns from now; one that is active is moved, to this CPU unless its function runs just
 * now. */
void hrtimer_start(struct hrtimer *timer, u64 ns);
/* True: it was active. The function does not run any more. Not from the function. */
bool hrtimer_cancel(struct hrtimer *timer);
/* This CPU's timer was lost with the machine that it was in: set it again. Interrupts off. */
void hrtimers_resume(void);
/* The timers of a CPU that is down are this CPU's from now on. */
void hrtimers_adopt(u32 cpu);

#endif
