/* SPDX-License-Identifier: MIT */
/* The PC's battery-backed clock. */
#ifndef RTC_H
#define RTC_H

#include <types.h>

/* Seconds since 1970 of a date in UTC. */
u64 mktime64(unsigned int year, unsigned int month, unsigned int day, unsigned int hour,
	     unsigned int minute, unsigned int second);

/* What it says, in seconds since 1970; 0 when there is none, or nothing sensible in it. */
u64 rtc_read(void);

#endif
