/* SPDX-License-Identifier: MIT */
/* The TSC as a clock on the bare machine and on KVM, and what it is measured against. */
#ifndef ASM_TSC_H
#define ASM_TSC_H

#include <types.h>

/* A counter that runs by itself; it counts up, and wraps behind mask. */
struct clocksource {
	const char *name;
	u64 (*read)(void);
	u64 mask;
	u64 hz; /* 0 = it is not there, or not known */
};

/* drivers/pit.c, channel 2; drivers/hpet.c, hz is 0 without one. */
extern struct clocksource clocksource_pit, clocksource_hpet;
/* Each leaves its hz 0 where nothing counts. */
void pit_init(void);
void hpet_init(u64 address);

/* TSC ticks a millisecond; 0 until the platform's init_time. Measured, unless it is known then. */
extern u32 tsc_khz;

/*
 * What a clocksource says that the TSC's kHz are, or with a clocksource of hz 0 what its own kHz
 * are by the TSC. About 10 ms; until two measurements agree. 0 when they never do.
 */
u32 measure_khz(const struct clocksource *cs);

/* Of a rate that CPUID tells and one that was measured, 0 = not: the second where they differ. */
u32 tsc_khz_believed(u32 told, u32 measured);

#endif
