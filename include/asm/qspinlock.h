/* SPDX-License-Identifier: MIT */
/*
 * The queued spinlock: 32 bits, in which a queue of waiters fits beside the lock itself.
 *
 *   31                      18 17    16 15       9    8     7        0
 *  +--------------------------+--------+----------+--------+----------+
 *  | tail: CPU + 1            | index  |          |pending |  locked  |
 *  +--------------------------+--------+----------+--------+----------+
 *    last waiter's CPU, 0 = no  which of its              0 free, 1 taken,
 *    queue                      four nodes                3 taken, and its owner has to kick (pv)
 *
 * Uncontended it is 0 or 1. The second CPU to come sets pending and spins on the locked byte; the
 * third and all others queue up (MCS), each spinning on a node of its own. kernel/qspinlock.c has
 * the slow paths; which of them serves is pv_ops' choice.
 */
#ifndef ASM_QSPINLOCK_H
#define ASM_QSPINLOCK_H

#include <types.h>
#include <asm/bitops.h>

struct qspinlock {
	union {
		u32 val;
		struct {
			u8 locked, pending;
		};
		struct {
			u16 locked_pending, tail;
		};
	};
};
_Static_assert(sizeof(struct qspinlock) == 4, "tests and the unlock's one store count on it");

#define _Q_LOCKED_VAL	   1U
#define _Q_SLOW_VAL	   3U /* of the locked byte: the unlock has to look up whom to kick */
#define _Q_LOCKED_MASK	   0xffU
#define _Q_PENDING_VAL	   (1U << 8)
#define _Q_TAIL_IDX_OFFSET 16
#define _Q_TAIL_CPU_OFFSET 18
#define _Q_TAIL_MASK	   0xffff0000U
#define _Q_LOCKED_PENDING  0xffffU
#define _Q_MAX_NODES	   4

/*
 * All for pv_ops.lock, with preemption off; `val` is what the fast path found. Native: pending bit
 * and queue.
 */
void native_queued_spin_lock_slowpath(struct qspinlock *lock, u32 val);
/*
 * Test and set, for a hypervisor that we can't ask to wait: a queue would make all wait for a
 * waiter whose virtual CPU does not run. Not fair.
 */
void virt_spin_lock(struct qspinlock *lock, u32 val);
/* Queue, whose waiters give their virtual CPU back after a while: pv_wait() until pv_kick(). */
void __pv_queued_spin_lock_slowpath(struct qspinlock *lock, u32 val);
/* To a lock that any of the first two serve, and to one of the third. */
__callee_save void native_queued_spin_unlock(struct qspinlock *lock);
__callee_save void __pv_queued_spin_unlock(struct qspinlock *lock);

/* In a loop that waits for another CPU. cpu_relax() (smp.h) may give the CPU away; this does not.
 */
static inline void rep_nop(void)
{
	asm volatile("pause" : : : "memory");
}

static inline bool queued_spin_trylock(struct qspinlock *lock)
{
	return !READ_ONCE(lock->val) && !cmpxchg(&lock->val, 0, _Q_LOCKED_VAL);
}

#endif
