/* SPDX-License-Identifier: MIT */
/* Spinlocks. One CPU runs yet, and an interrupt is all that can come in between. */
#ifndef SPINLOCK_H
#define SPINLOCK_H

#include <types.h>
#include <asm/paravirt.h>

typedef struct {
	u32 val;
} spinlock_t;

#define DEFINE_SPINLOCK(name) spinlock_t name = { 0 }

#define spin_lock_irqsave(lock, flags)         \
	do {                                   \
		(void)(lock);                  \
		flags = arch_local_irq_save(); \
	} while (0)
static inline bool spin_trylock(spinlock_t *lock)
{
	(void)lock;
	return true;
}

static inline void spin_lock(spinlock_t *lock)
{
	(void)lock;
}

static inline void spin_unlock(spinlock_t *lock)
{
	(void)lock;
}

#define spin_unlock_irqrestore(lock, flags) arch_local_irq_restore(flags)

#endif
