/* SPDX-License-Identifier: MIT */
/*
 * The one-shot timer over the platform's, which is only about right: a hypervisor rounds to 50 us,
 * a local APIC counts by its own crystal. An interrupt before the time sets the rest.
 */
#include <platform.h>
#include <time.h>
#include <asm/apic.h>
#include <asm/paravirt.h>
#include <asm/traps.h>

#define MAX_DELTA (10 * NSEC_PER_SEC) /* what every platform's timer can count */

static u64 timer_expires; /* by sched_clock(); 0 = no timer is set */
static void (*timer_handler)(struct pt_regs *regs);

static void timer_interrupt(struct pt_regs *regs)
{
	u64 now = sched_clock();

	apic_eoi();
	if (!timer_expires)
		return;
	if (now < timer_expires) {
		set_next_event(min(timer_expires - now, MAX_DELTA));
		return;
	}
	timer_expires = 0;
	if (timer_handler)
		timer_handler(regs);
}

void set_oneshot_timer(u64 ns)
{
	u64 flags = arch_local_irq_save();

	timer_expires = sched_clock() + ns;
	set_next_event(min(ns, MAX_DELTA));
	arch_local_irq_restore(flags);
}

void set_timer_handler(void (*handler)(struct pt_regs *regs))
{
	timer_handler = handler;
}

void time_init(void)
{
	set_irq_handler(LOCAL_TIMER_VECTOR, timer_interrupt);
	platform->init_time();
}
