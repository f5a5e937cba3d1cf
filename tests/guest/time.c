/* SPDX-License-Identifier: MIT */
/* Clocks and the timer. No test judges how fast a machine is: limits are for one that hangs. */
#include <rtc.h>
#include <selftest.h>
#include <time.h>
#include <asm/apic.h>
#include <asm/cpufeature.h>
#include <asm/div64.h>
#include <asm/paravirt.h>
#include <asm/pvclock.h>
#include <asm/special_insns.h>

#define PATIENCE NSEC_PER_SEC
#define ENOUGH	 20000000 /* reads of a clock that stands */

/*
 * On Xen and KVM the CPU whose clock is behind gives what the other one told, and stands until it
 * has caught up: milliseconds, on a host that starves them.
 */
SELFTEST(time, monotonic)
{
	u64 first = sched_clock(), last = first, now;
	unsigned int i;

	for (i = 0; i < 10000 || (last == first && i < ENOUGH); i++, last = now) {
		now = sched_clock();
		if (now < last)
			return test_fail(t, "read %u: %lu ns after %lu ns", i, now, last);
	}
	CHECK(t, last > first, "%u reads, and it stands at %lu ns", i, last);
}

/*
 * The clock against a TSC of `khz` that somebody else vouches for, over 5 ms. The TSC is read
 * before and after each look at the clock: we may be stopped in between.
 */
static void compare(struct test *t, const char *who, u32 khz)
{
	u64 outer = rdtsc(), start = sched_clock(), inner = rdtsc(), end;

	do {
		barrier();
	} while (sched_clock() - start < 5 * NSEC_PER_MSEC);
	inner = rdtsc() - inner;
	end = sched_clock();
	outer = mul_u64_u64_div_u64(rdtsc() - outer, NSEC_PER_MSEC, khz);
	inner = mul_u64_u64_div_u64(inner, NSEC_PER_MSEC, khz);
	CHECK(t, end - start >= inner - inner / 100 && end - start <= outer + outer / 100,
	      "the clock went %lu ns, by the %s %lu to %lu ns", end - start, who, inner, outer);
}

SELFTEST(time, clocks_agree)
{
	static const struct clocksource *const others[] = { &clocksource_pit, &clocksource_hpet };
	u32 khz;
	size_t i;

	if (boot_cpu_has(X86_FEATURE_XENPV))
		return test_skip(t, "Xen has these counters for itself: time/xens_own_reading");
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		if (!others[i]->hz)
			continue;
		khz = measure_khz(others[i]);
		CHECK(t, khz, "the %s can't be measured", others[i]->name);
		if (khz)
			compare(t, others[i]->name, khz);
	}
}

/* pvclock's arithmetic at its edges: shifts both ways, and a product that needs its 96 bits. */
SELFTEST(time, pvclock)
{
	static const struct {
		u64 delta;
		u32 mul;
		int shift;
		u64 ns;
	} cases[] = {
		{ 1000, 0x80000000, 0, 500 },
		{ 1000, 0x80000000, 1, 1000 },
		{ 1000, 0x80000000, -1, 250 },
		{ 1UL << 62, 0xffffffff, 0, (1UL << 62) - (1UL << 30) },
		{ 0xffffffffffffffff, 0x80000000, 0, 0x7fffffffffffffff },
	};
	static const u32 rates[] = {
		1, 999, 500000, 999999, 1000000, 1193182, 2893299, 4294967295
	};
	struct pvclock_vcpu_time_info clock = { .tsc_timestamp = 100, .system_time = 7 };
	u64 ns;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		ns = pvclock_scale_delta(cases[i].delta, cases[i].mul, cases[i].shift);
		CHECK(t, ns == cases[i].ns, "case %zu: %lu, expected %lu", i, ns, cases[i].ns);
	}
	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		u64 tick = 10UL * rates[i] * 1000; /* 10 s */

		pvclock_set_khz(&clock, rates[i]);
		ns = pvclock_read_cycles(&clock, 100 + tick) - 7;
		CHECK(t, 10 * NSEC_PER_SEC - ns < 100, "%u kHz: 10 s are %lu ns", rates[i], ns);
		CHECK(t, clock.tsc_to_system_mul >> 31, "%u kHz: multiplier %x", rates[i],
		      clock.tsc_to_system_mul);
	}
	CHECK(t, pvclock_read_cycles(&clock, 99) == 7, "a TSC before the timestamp went back");
	clock.version = 2;
	CHECK(t, !pvclock_read_retry(&clock, 2) && pvclock_read_retry(&clock, 0), "version 2");
	clock.version = 3;
	CHECK(t, pvclock_read_retry(&clock, 3), "an odd version was believed");
}

static volatile unsigned int fired;
static u64 fired_at;

static void on_timer(struct hrtimer *timer)
{
	(void)timer;
	fired_at = sched_clock();
	fired++;
}

static void run_for(u64 ns)
{
	u64 start = sched_clock();

	arch_local_irq_enable();
	while (sched_clock() - start < ns && !(fired && ns == PATIENCE))
		;
	arch_local_irq_disable();
}

/* Once, and not before its time. */
SELFTEST(time, timer)
{
	struct hrtimer timer = { .function = on_timer };
	u64 start, ns;

	for (ns = 0; ns <= 2 * NSEC_PER_MSEC; ns += 500 * NSEC_PER_USEC) {
		fired = 0;
		start = sched_clock();
		hrtimer_start(&timer, ns);
		run_for(PATIENCE);
		CHECK(t, fired == 1, "a timer of %lu ns fired %u times in a second", ns, fired);
		CHECK(t, !fired || fired_at - start >= ns, "a timer of %lu ns fired after %lu", ns,
		      fired_at - start);
	}
	run_for(3 * NSEC_PER_MSEC);
	CHECK(t, fired == 1, "a one-shot timer fired %u times", fired);
}

/* Set again before it fires: only the second time counts. */
SELFTEST(time, timer_moved)
{
	struct hrtimer timer = { .function = on_timer };
	u64 start = sched_clock();

	fired = 0;
	hrtimer_start(&timer, 500 * NSEC_PER_USEC);
	hrtimer_start(&timer, 2 * NSEC_PER_MSEC);
	run_for(PATIENCE);
	CHECK(t, fired == 1 && fired_at - start >= 2 * NSEC_PER_MSEC,
	      "fired %u times, after %lu ns", fired, fired_at - start);
}

SELFTEST(time, steal_clock)
{
	u64 first = steal_clock(0), second = steal_clock(0);

	CHECK(t, second >= first, "%lu ns stolen, then %lu", first, second);
	if (!boot_cpu_has(X86_FEATURE_XENPV) && !boot_cpu_has(X86_FEATURE_KVM_STEAL_TIME))
		CHECK(t, !second, "%lu ns stolen, and there is nobody to steal", second);
}

/* Dates around leap days; the seconds are from date(1). */
SELFTEST(time, dates)
{
	static const struct {
		unsigned int year, month, day;
		u64 seconds;
	} cases[] = {
		{ 1970, 1, 1, 0 },	     { 2000, 2, 29, 951782400 },
		{ 2000, 3, 1, 951868800 },   { 2023, 12, 31, 1703980800 },
		{ 2024, 2, 29, 1709164800 }, { 2099, 12, 31, 4102358400 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		u64 s = mktime64(cases[i].year, cases[i].month, cases[i].day, 1, 2, 3) - 3723;

		CHECK(t, s == cases[i].seconds, "%u-%u-%u is %lu s", cases[i].year, cases[i].month,
		      cases[i].day, s);
	}
}

/* Of a rate that CPUID tells: a counter of known rate has the last word. */
SELFTEST(time, rate_that_is_believed)
{
	static const struct {
		u32 told, measured, khz;
	} cases[] = {
		{ 3000000, 3000100, 3000000 }, { 3000000, 0, 3000000 },
		{ 0, 2999000, 2999000 },       { 3500000, 50000, 50000 },
		{ 50000, 3500000, 3500000 },   { 0, 0, 0 },
		{ 3000000, 2850000, 3000000 }, { 3000000, 2800000, 2800000 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		u32 khz = tsc_khz_believed(cases[i].told, cases[i].measured);

		CHECK(t, khz == cases[i].khz, "told %u kHz, measured %u: believed %u",
		      cases[i].told, cases[i].measured, khz);
	}
}

/* A battery may be empty, so any date that a register of two digits can mean; in step with the
 * clock. */
SELFTEST(time, wallclock)
{
	u64 wall = get_wallclock(), start = sched_clock(), went;

	if (!wall)
		return test_skip(t, "this machine has no clock that goes on while it is off");
	CHECK(t, wall < 7258118400 * NSEC_PER_SEC, "%lu s since 1970", wall / NSEC_PER_SEC);
	while (sched_clock() - start < NSEC_PER_MSEC)
		;
	went = get_wallclock() - wall;
	CHECK(t, went >= NSEC_PER_MSEC && went < PATIENCE, "in a millisecond it went %lu ns", went);
}
