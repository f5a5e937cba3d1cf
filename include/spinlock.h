/* SPDX-License-Identifier: MIT */
/*
 * Spinlocks: asm/qspinlock.h is the word, kernel/qspinlock.c what happens when it is taken. From
 * the first instruction of C on; not in NMIs and machine checks. A lock that an interrupt takes is
 * taken with interrupts off everywhere. What a debug build (`make debug`) checks of all this is in
 * kernel/spinlock_debug.c.
 */
#ifndef SPINLOCK_H
#define SPINLOCK_H

#include <preempt.h>
#include <types.h>
#include <asm/paravirt.h>
#include <asm/qspinlock.h>

#ifdef CONFIG_DEBUG_SPINLOCK
/* All locks that one place defines or initialises. Rules hold for a class, not for a lock. */
struct lock_class {
	const char *name;
	u32 nr; /* + 1; 0 = none of them was taken yet */
};

typedef struct {
	struct qspinlock raw;
	u32 owner; /* CPU + 1 */
	struct lock_class *class;
	const void *taken_at;
} spinlock_t;

#define __SPIN_LOCK_UNLOCKED(lock)            \
	{                                     \
		.class = &(struct lock_class) \
		{                             \
			.name = #lock         \
		}                             \
	}
#define spin_lock_init(lock)                                          \
	do {                                                          \
		static struct lock_class class__ = { .name = #lock }; \
                                                                      \
		*(lock) = (spinlock_t){ .class = &class__ };          \
	} while (0)

/* Each panics by name if it finds something. Called from the place that takes or gives the lock. */
void debug_spin_lock_before(spinlock_t *lock);
void debug_spin_lock_after(spinlock_t *lock);
void debug_spin_unlock(spinlock_t *lock);
/* Around the handler of an interrupt. */
void debug_irq_enter(void);
void debug_irq_exit(void);
#else
typedef struct {
	struct qspinlock raw;
} spinlock_t;

#define __SPIN_LOCK_UNLOCKED(lock) \
	{                          \
		.raw.val = 0       \
	}
#define spin_lock_init(lock)	     (*(lock) = (spinlock_t)__SPIN_LOCK_UNLOCKED(lock))
#define debug_spin_lock_before(lock) ((void)0)
#define debug_spin_lock_after(lock)  ((void)0)
#define debug_spin_unlock(lock)	     ((void)0)
#define debug_irq_enter()	     ((void)0)
#define debug_irq_exit()	     ((void)0)
#endif

#define DEFINE_SPINLOCK(name) spinlock_t name = __SPIN_LOCK_UNLOCKED(name)

static __always_inline void spin_lock(spinlock_t *lock)
{
	u32 val;

	preempt_disable();
	debug_spin_lock_before(lock);
	val = cmpxchg(&lock->raw.val, 0, _Q_LOCKED_VAL);
	if (unlikely(val))
		queued_spin_lock_slowpath(&lock->raw, val);
	debug_spin_lock_after(lock);
}

static __always_inline bool spin_trylock(spinlock_t *lock)
{
	preempt_disable();
	if (!queued_spin_trylock(&lock->raw)) {
		preempt_enable();
		return false;
	}
	debug_spin_lock_after(lock);
	return true;
}

static __always_inline void __spin_unlock(spinlock_t *lock)
{
	debug_spin_unlock(lock);
	queued_spin_unlock(&lock->raw);
}

static __always_inline void spin_unlock(spinlock_t *lock)
{
	__spin_unlock(lock);
	preempt_enable();
}

#define spin_lock_irqsave(lock, flags)           \
	do {                                     \
		(flags) = arch_local_irq_save(); \
		spin_lock(lock);                 \
	} while (0)

#define spin_unlock_irqrestore(lock, flags)    \
	do {                                   \
		__spin_unlock(lock);           \
		arch_local_irq_restore(flags); \
		preempt_enable();              \
	} while (0)

/* Once, when the features are known and before they choose the ops: pv/native/spinlock.c. */
void native_pv_lock_init(void);

#endif
