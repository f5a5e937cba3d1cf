/* SPDX-License-Identifier: MIT */
/*
 * Locks used as they must not be: a debug build panics by name (tests/boot/broken.t), each time at
 * the mere possibility; nothing here hangs for lack of one. Elsewhere they are skipped.
 */
#include <selftest.h>
#include <spinlock.h>
#include <asm/apic.h>
#include <asm/traps.h>

#ifdef CONFIG_DEBUG_SPINLOCK
#define BROKEN_LOCK(name) SELFTEST_HIDDEN(broken, name)
#else
#define BROKEN_LOCK(name)                                  \
	static __unused void name(struct test *t);         \
	SELFTEST_HIDDEN(broken, name)                      \
	{                                                  \
		test_skip(t, "this is not a debug build"); \
		(void)name;                                \
	}                                                  \
	static void name(struct test *t)
#endif

static DEFINE_SPINLOCK(lock_a);
static DEFINE_SPINLOCK(lock_b);
static DEFINE_SPINLOCK(lock_c);

static noinline void one_under_the_other(spinlock_t *outer, spinlock_t *inner)
{
	spin_lock(outer);
	spin_lock(inner);
	spin_unlock(inner);
	spin_unlock(outer);
}

BROKEN_LOCK(lock_twice)
{
	(void)t;
	spin_lock(&lock_a);
	spin_lock(&lock_a);
}

BROKEN_LOCK(lock_not_held)
{
	(void)t;
	spin_unlock(&lock_a);
}

/* On one CPU, one after the other: no run of this could hang. */
BROKEN_LOCK(lock_order)
{
	(void)t;
	one_under_the_other(&lock_a, &lock_b);
	one_under_the_other(&lock_b, &lock_a);
}

BROKEN_LOCK(lock_order_of_three)
{
	(void)t;
	one_under_the_other(&lock_a, &lock_b);
	one_under_the_other(&lock_b, &lock_c);
	one_under_the_other(&lock_c, &lock_a);
}

/* Two that one place initialises, which only addresses tell apart. */
BROKEN_LOCK(lock_order_of_one_class)
{
	spinlock_t two[2];
	int i;

	(void)t;
	for (i = 0; i < 2; i++)
		spin_lock_init(&two[i]);
	one_under_the_other(&two[0], &two[1]);
	one_under_the_other(&two[1], &two[0]);
}

static u32 interrupts;

static void interrupt(struct pt_regs *regs)
{
	(void)regs;
	apic_eoi();
	spin_lock(&lock_a);
	spin_unlock(&lock_a);
	interrupts++;
}

static void take_a_in_an_interrupt(void)
{
	test_handle_ipi(interrupt);
	send_IPI(0, RESCHEDULE_VECTOR);
	arch_local_irq_enable();
	while (!READ_ONCE(interrupts))
		rep_nop();
	arch_local_irq_disable();
}

static void take_with_interrupts_on(spinlock_t *lock)
{
	arch_local_irq_enable();
	spin_lock(lock);
	spin_unlock(lock);
	arch_local_irq_disable();
}

BROKEN_LOCK(lock_with_irqs_on)
{
	(void)t;
	take_a_in_an_interrupt();
	take_with_interrupts_on(&lock_a);
}

BROKEN_LOCK(lock_under_irqs_lock)
{
	(void)t;
	one_under_the_other(&lock_a, &lock_b);
	take_a_in_an_interrupt();
	take_with_interrupts_on(&lock_b);
}

BROKEN_LOCK(lock_under_irqs_lock_later)
{
	(void)t;
	take_with_interrupts_on(&lock_b);
	take_a_in_an_interrupt();
	one_under_the_other(&lock_a, &lock_b);
}

BROKEN_LOCK(lock_uninitialised)
{
	static spinlock_t lock;

	(void)t;
	spin_lock(&lock);
}
