/* SPDX-License-Identifier: MIT */
/*
 * Time on the bare machine: the TSC as clock, at the rate that CPUID tells or a counter of known
 * rate shows, and the local APIC's timer, by the TSC's deadline or by its own count.
 */
#include "native.h"
#include <acpi.h>
#include <printk.h>
#include <rtc.h>
#include <time.h>
#include <asm/apic.h>
#include <asm/cpufeature.h>
#include <asm/cpuid.h>
#include <asm/div64.h>
#include <asm/msr-index.h>
#include <asm/paravirt.h>
#include <asm/pvclock.h>
#include <asm/special_insns.h>

u32 tsc_khz __ro_after_init;
static struct pvclock_vcpu_time_info tsc_clock __ro_after_init;
static u64 boot_wallclock __ro_after_init; /* what it was at sched_clock() == 0, or 0 */

u64 native_sched_clock(void)
{
	return pvclock_read_cycles(&tsc_clock, rdtsc());
}

/* ---- measuring ------------------------------------------------------------------------------- */

/* A counter and the TSC as of one instant: of some tries the one that took least. */
struct sample {
	u64 tsc, count;
};

static struct sample take(const struct clocksource *cs)
{
	u64 before, count, width, best = ~0UL;
	struct sample s = { 0 };
	int i;

	for (i = 0; i < 5; i++) {
		before = rdtsc();
		count = cs->read();
		width = rdtsc() - before;
		if (width < best)
			s = (struct sample){ before + width / 2, count };
		best = min(width, best);
	}
	return s;
}

#define WINDOW_MS 5
#define POLLS	  1000000 /* more than any machine makes in the longest window */
#define ROUNDS	  10

/* One measurement over `ms` milliseconds; 0 when the counter stands. */
static u32 measure_once(const struct clocksource *cs, unsigned int ms)
{
	struct sample from = take(cs), to;
	u64 ticks = 0, tsc = 0;
	int polls, i;

	for (polls = 0; polls < POLLS; polls++) {
		for (i = 0; i < 500; i++) /* a look is an exit on a virtual machine */
			barrier();
		if (cs->hz)
			ticks = (cs->read() - from.count) & cs->mask;
		else
			tsc = rdtsc() - from.tsc;
		if (cs->hz ? ticks * 1000 >= cs->hz * ms : tsc >= (u64)tsc_khz * ms)
			break;
	}
	if (polls == POLLS)
		return 0;
	to = take(cs);
	ticks = (to.count - from.count) & cs->mask;
	tsc = to.tsc - from.tsc;
	if (cs->hz)
		return ticks ? mul_u64_u64_div_u64(tsc, cs->hz, ticks) / 1000 : 0;
	return mul_u64_u64_div_u64(ticks, tsc_khz, tsc);
}

/*
 * The host may stop us for so long that a short counter wraps, or between a counter and the TSC:
 * two in a row have to agree within 1/512. Longer windows when they don't, up to 20 ms: the PIT
 * wraps after 55.
 */
u32 measure_khz(const struct clocksource *cs)
{
	u32 khz, last = 0;
	int i;

	for (i = 0; i < ROUNDS; i++, last = khz) {
		khz = measure_once(cs, WINDOW_MS << min(i / 2, 2));
		if (!khz)
			return 0;
		if (max(khz, last) - min(khz, last) <= khz / 512)
			return khz / 2 + last / 2;
	}
	return 0;
}

/* ---- the rate, from CPUID -------------------------------------------------------------------- */

/*
 * A hypervisor's leaf 40000010 (VMware's, which QEMU has too): kHz in eax. Leaf 15: crystal in
 * ecx, times ebx / eax; where the crystal is left out the TSC runs at leaf 16's MHz.
 */
static u32 cpuid_khz(void)
{
	u32 max = cpuid(0).eax;
	struct cpuid r;

	if (boot_cpu_has(X86_FEATURE_HYPERVISOR) && cpuid(0x40000000).eax >= 0x40000010 &&
	    cpuid(0x40000000).eax < 0x40000100 && cpuid(0x40000010).eax)
		return cpuid(0x40000010).eax;
	if (max < 0x15)
		return 0;
	r = cpuid(0x15);
	if (!r.eax || !r.ebx)
		return 0;
	if (r.ecx)
		return mul_u64_u64_div_u64(r.ecx, r.ebx, r.eax) / 1000;
	return max < 0x16 ? 0 : (cpuid(0x16).eax & 0xffff) * 1000;
}

/* A crystal drifts by some millionths, and a busy host spoils a measurement by less than this. */
#define TOLERANCE 16

u32 tsc_khz_believed(u32 told, u32 measured)
{
	if (!told || !measured)
		return told ? told : measured;
	return max(told, measured) - min(told, measured) > measured / TOLERANCE ? measured : told;
}

/* By the first counter that counts; its name, or NULL. */
static const char *measure(u32 *khz)
{
	static const struct clocksource *const sources[] = { &clocksource_hpet, &clocksource_pit };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sources); i++) {
		*khz = sources[i]->hz ? measure_khz(sources[i]) : 0;
		if (*khz)
			return sources[i]->name;
	}
	return NULL;
}

/* Sets tsc_khz; gives who says so. */
static const char *find_rate(void)
{
	u32 told = cpuid_khz(), measured;
	const char *by = measure(&measured);

	tsc_khz = tsc_khz_believed(told, measured);
	if (!tsc_khz)
		panic("time: CPUID does not tell the TSC's rate, and neither the HPET nor the PIT "
		      "shows one");
	if (told == tsc_khz)
		return "CPUID";
	if (told)
		printk("time: CPUID tells a TSC of %u kHz, but by the %s it has %u\n", told, by,
		       measured);
	return by;
}

/* ---- the timer ------------------------------------------------------------------------------- */

static u64 lapic_count(void)
{
	return 0xffffffff - apic_read(APIC_TMCCT);
}

struct clocksource clocksource_lapic __ro_after_init = { "local APIC timer", lapic_count,
							 0xffffffff, 0 };

void native_lapic_next_event(u64 delta)
{
	u64 ticks = mul_u64_u64_div_u64(delta, clocksource_lapic.hz, NSEC_PER_SEC) + 1;

	apic_write(APIC_TMICT, min(ticks, 0xffffffffUL));
}

static void tsc_deadline_next_event(u64 delta)
{
	wrmsr(MSR_IA32_TSC_DEADLINE,
	      rdtsc() + mul_u64_u64_div_u64(delta, tsc_khz, NSEC_PER_MSEC) + 1);
}

const struct pv_time_ops native_tsc_deadline_ops = { .set_next_event = tsc_deadline_next_event };

void native_timer_init_cpu(void)
{
	if (!is_twin && boot_cpu_has(X86_FEATURE_TSC_DEADLINE)) {
		apic_write(APIC_LVTT, APIC_DEADLINE | LOCAL_TIMER_VECTOR);
		/* In memory the mode may come after the first deadline: SDM vol. 3A, 11.5.4.1. */
		asm volatile("mfence" : : : "memory");
		return;
	}
	apic_write(APIC_TDCR, APIC_TDR_DIV16);
	apic_write(APIC_TMICT, 0);
	apic_write(APIC_LVTT, LOCAL_TIMER_VECTOR);
}

static void timer_init(void)
{
	u32 khz;

	if (!is_twin && boot_cpu_has(X86_FEATURE_TSC_DEADLINE))
		return native_timer_init_cpu();
	apic_write(APIC_TDCR, APIC_TDR_DIV16);
	apic_write(APIC_LVTT, APIC_MASKED | LOCAL_TIMER_VECTOR);
	apic_write(APIC_TMICT, 0xffffffff);
	khz = measure_khz(&clocksource_lapic);
	if (!khz)
		panic("time: the local APIC's timer does not count evenly by the TSC");
	native_timer_init_cpu();
	clocksource_lapic.hz = khz * 1000UL;
}

void native_init_time(void)
{
	const char *source = "the platform's clock";
	u64 wallclock;

	pit_init();
	hpet_init(acpi_info.hpet);
	if (!tsc_khz)
		source = find_rate();
	tsc_clock.tsc_timestamp = rdtsc();
	pvclock_set_khz(&tsc_clock, tsc_khz);
	wallclock = rtc_read() * NSEC_PER_SEC;
	boot_wallclock = wallclock ? wallclock - sched_clock() : 0;
	timer_init();
	printk("time: TSC at %u kHz by %s, timer by %s, RTC at %lu s since 1970\n", tsc_khz, source,
	       clocksource_lapic.hz ? "the local APIC's count" : "the TSC's deadline",
	       wallclock / NSEC_PER_SEC);
}

u64 native_get_wallclock(void)
{
	return boot_wallclock ? boot_wallclock + sched_clock() : 0;
}
