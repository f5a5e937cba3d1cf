/* SPDX-License-Identifier: MIT */
/*
 * Timers, a list for each CPU, over the platform's one-shot timer, which is only about right: a
 * hypervisor rounds to 50 us, a local APIC counts by its own crystal. An interrupt before the time
 * sets the rest; one that nobody waits for any more is not called back.
 */
#include <platform.h>
#include <smp.h>
#include <spinlock.h>
#include <time.h>
#include <asm/apic.h>
#include <asm/paravirt.h>
#include <asm/traps.h>

#define MAX_DELTA (10 * NSEC_PER_SEC) /* what every platform's timer can count */
#define NEVER	  ~0UL
#define MOVING	  ~0U /* for a CPU: between two lists, on its way to whoever moves it */

struct timer_base {
	spinlock_t lock;
	struct hrtimer *first;	 /* the next one first */
	struct hrtimer *running; /* whose function runs just now */
	u64 next_event;		 /* for when the platform's timer is set */
};
static DEFINE_PER_CPU(struct timer_base, timer_bases) = {
	.lock = __SPIN_LOCK_UNLOCKED(timer_base),
	.next_event = NEVER,
};

static void insert(struct timer_base *base, struct hrtimer *timer)
{
	struct hrtimer **p = &base->first;

	while (*p && (*p)->expires <= timer->expires)
		p = &(*p)->next;
	timer->next = *p;
	*p = timer;
}

/* Of this CPU; interrupts off. */
static noinline void program_event(struct timer_base *base)
{
	u64 now = sched_clock(), expires = base->first ? base->first->expires : NEVER;

	if (base->running || expires >= base->next_event)
		return;
	base->next_event = expires;
	set_next_event(expires > now ? min(expires - now, MAX_DELTA) : 0);
}

static void timer_interrupt(struct pt_regs *regs)
{
	struct timer_base *base = this_cpu_ptr(&timer_bases);
	struct hrtimer *timer;

	(void)regs;
	apic_eoi();
	spin_lock(&base->lock);
	base->next_event = NEVER;
	while ((timer = base->first) && timer->expires <= sched_clock()) {
		base->first = timer->next;
		timer->active = false;
		base->running = timer;
		spin_unlock(&base->lock);
		timer->function(timer);
		spin_lock(&base->lock);
		base->running = NULL; /* it may be gone by now */
	}
	program_event(base);
	spin_unlock(&base->lock);
}

/* The base that the timer belongs to; interrupts off. */
static struct timer_base *lock_base(const struct hrtimer *timer)
{
	for (;;) {
		u32 cpu = READ_ONCE(timer->cpu);
		struct timer_base *base;

		if (cpu == MOVING) {
			rep_nop();
			continue;
		}
		base = per_cpu_ptr(&timer_bases, cpu);
		spin_lock(&base->lock);
		if (READ_ONCE(timer->cpu) == cpu)
			return base;
		spin_unlock(&base->lock);
	}
}

static bool take_out(struct timer_base *base, struct hrtimer *timer)
{
	struct hrtimer **p = &base->first;

	if (!timer->active)
		return false;
	while (*p != timer)
		p = &(*p)->next;
	*p = timer->next;
	timer->active = false;
	return true;
}

/*
 * On this CPU; but while its function runs on another one it stays there, so that who cancels it
 * knows where to wait. That CPU looks at its list when the function has returned.
 */
void hrtimer_start(struct hrtimer *timer, u64 ns)
{
	u64 flags = arch_local_irq_save();
	struct timer_base *base = lock_base(timer);

	take_out(base, timer);
	if (base != this_cpu_ptr(&timer_bases) && base->running != timer) {
		WRITE_ONCE(timer->cpu, MOVING); /* nobody else starts it in between */
		spin_unlock(&base->lock);
		base = this_cpu_ptr(&timer_bases);
		spin_lock(&base->lock);
		WRITE_ONCE(timer->cpu, smp_processor_id());
	}
	timer->expires = sched_clock() + ns;
	timer->active = true;
	insert(base, timer);
	program_event(base);
	spin_unlock_irqrestore(&base->lock, flags);
}

bool hrtimer_cancel(struct hrtimer *timer)
{
	u64 flags = arch_local_irq_save();
	struct timer_base *base = lock_base(timer);
	bool was = take_out(base, timer);

	while (base->running == timer) {
		spin_unlock(&base->lock);
		cpu_relax();
		base = lock_base(timer); /* it may have been started again, elsewhere */
		was |= take_out(base, timer);
	}
	spin_unlock_irqrestore(&base->lock, flags);
	return was;
}

void hrtimers_adopt(u32 cpu)
{
	struct timer_base *from = per_cpu_ptr(&timer_bases, cpu), *to;
	u64 flags = arch_local_irq_save();

	to = this_cpu_ptr(&timer_bases);
	spin_lock(&to->lock); /* the boot CPU's first, as everywhere */
	spin_lock(&from->lock);
	while (from->first) {
		struct hrtimer *timer = from->first;

		from->first = timer->next;
		WRITE_ONCE(timer->cpu, smp_processor_id());
		insert(to, timer);
	}
	from->next_event = NEVER;
	program_event(to);
	spin_unlock(&from->lock);
	spin_unlock_irqrestore(&to->lock, flags);
}

void hrtimers_resume(void)
{
	struct timer_base *base = this_cpu_ptr(&timer_bases);

	spin_lock(&base->lock);
	base->next_event = NEVER;
	program_event(base);
	spin_unlock(&base->lock);
}

void time_init(void)
{
	set_irq_handler(LOCAL_TIMER_VECTOR, timer_interrupt);
	platform->init_time();
}
