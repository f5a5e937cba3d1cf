/* SPDX-License-Identifier: MIT */
/* Spinlocks: a placeholder, test and set, until the queued ones are here. */
#ifndef SPINLOCK_H
#define SPINLOCK_H

#include <preempt.h>
#include <types.h>
#include <asm/bitops.h>
#include <asm/paravirt.h>

typedef struct {
	u32 val;
} spinlock_t;

#define DEFINE_SPINLOCK(name) spinlock_t name = { 0 }

void cpu_relax(void);

static inline bool spin_trylock(spinlock_t *lock)
{
	preempt_disable();
	if (!xchg(&lock->val, 1))
		return true;
	preempt_enable();
	return false;
}

static inline void spin_lock(spinlock_t *lock)
{
	preempt_disable();
	while (xchg(&lock->val, 1))
		asm volatile("pause");
}

static inline void spin_unlock(spinlock_t *lock)
{
	barrier();
	WRITE_ONCE(lock->val, 0);
	preempt_enable();
}

#define spin_lock_irqsave(lock, flags)         \
	do {                                   \
		flags = arch_local_irq_save(); \
		spin_lock(lock);               \
	} while (0)

static inline void spin_unlock_irqrestore(spinlock_t *lock, u64 flags)
{
	barrier();
	WRITE_ONCE(lock->val, 0);
	arch_local_irq_restore(flags);
	preempt_enable();
}

#endif
