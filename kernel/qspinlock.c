/* SPDX-License-Identifier: MIT */
/*
 * What a spinlock does when it is taken: the slow paths behind pv_ops.lock. See asm/qspinlock.h
 * for the word. Any CPU, preemption off; interrupts on or off: an interrupt that waits uses the
 * next of its CPU's nodes.
 *
 *   lock word --tail--> node of the last     Each spins on its own node's `locked`, which the one
 *                        ^ next              in front sets when it has the lock: the next one is
 *                       node                 the head then, and spins on the lock word.
 *                        ^ next
 *                       node of the head
 *
 * The paravirt path (qspinlock_paravirt.h) has the same queue and other ways to wait.
 */
#include <printk.h>
#include <asm/paravirt.h>
#include <asm/percpu.h>
#include <asm/qspinlock.h>

#ifndef SPIN_THRESHOLD
/* How often a waiter looks before it gives its virtual CPU back: about 100 us of `pause`. */
#define SPIN_THRESHOLD 4096
#endif

struct qnode {
	struct qnode *next;
	u32 locked; /* 1: we are the head */
	u32 count;  /* in a CPU's first node: how many of its nodes are in use */
	/* paravirt: */
	u32 cpu;
	u8 state; /* enum vcpu_state */
};

static DEFINE_PER_CPU(struct qnode, qnodes[_Q_MAX_NODES]);

static u32 encode_tail(u32 cpu, u32 idx)
{
	return (cpu + 1) << _Q_TAIL_CPU_OFFSET | idx << _Q_TAIL_IDX_OFFSET;
}

static struct qnode *decode_tail(u32 tail)
{
	u32 idx = tail >> _Q_TAIL_IDX_OFFSET & (_Q_MAX_NODES - 1);

	return per_cpu_ptr(&qnodes[idx], (tail >> _Q_TAIL_CPU_OFFSET) - 1);
}

#include "qspinlock_paravirt.h"

/*
 * With the lock taken and others waiting, wait in line and return as the owner. `pv` is a
 * constant in each caller.
 */
static __always_inline void queue(struct qspinlock *lock, bool pv)
{
	struct qnode *first = this_cpu_ptr(&qnodes[0]), *node, *prev, *next = NULL;
	u32 idx = first->count++, tail, val;

	barrier();			     /* an interrupt from here on takes the next node */
	if (unlikely(idx >= _Q_MAX_NODES)) { /* nested deeper than there are nodes: out of line */
		while (!queued_spin_trylock(lock))
			rep_nop();
		goto release;
	}
	node = first + idx;
	tail = encode_tail(smp_processor_id(), idx);
	WRITE_ONCE(node->next, NULL);
	WRITE_ONCE(node->locked, 0);
	if (pv)
		pv_init_node(node);

	/* The line of the node is with us now, which took a while: it may be free. */
	if (pv ? pv_hybrid_queued_unfair_trylock(lock) : queued_spin_trylock(lock))
		goto release;

	/* The exchange publishes the node; a value before it names whom we wait behind. */
	val = (u32)xchg(&lock->tail, (u16)(tail >> 16)) << 16;
	if (val) {
		prev = decode_tail(val);
		WRITE_ONCE(prev->next, node);
		if (pv)
			pv_wait_node(node, prev);
		else
			while (!READ_ONCE(node->locked))
				rep_nop();
	}

	/* The head: wait for the owner, and for who has set pending. */
	if (pv)
		val = pv_wait_head_or_lock(lock, node);
	else
		while ((val = READ_ONCE(lock->val)) & _Q_LOCKED_PENDING)
			rep_nop();

	/* The last in line takes the queue away with it. It may just have got a successor. */
	if ((val & _Q_TAIL_MASK) == tail && cmpxchg(&lock->val, val, _Q_LOCKED_VAL) == val)
		goto release;
	WRITE_ONCE(lock->locked, _Q_LOCKED_VAL); /* only the head may, so a store will do */
	while (!(next = READ_ONCE(node->next)))
		rep_nop();
	WRITE_ONCE(next->locked, 1);
	if (pv)
		pv_kick_node(lock, next);
release:
	barrier();
	first->count--;
}

void native_queued_spin_lock_slowpath(struct qspinlock *lock, u32 val)
{
	u32 old;

	/* Between the waiter's pending and its locked there are only instructions. */
	if (val == _Q_PENDING_VAL)
		while ((val = READ_ONCE(lock->val)) == _Q_PENDING_VAL)
			rep_nop();
	/* Taken and nobody waits: be the one that pending stands for. */
	while (!(val & ~_Q_LOCKED_MASK)) {
		u32 new = val ? val | _Q_PENDING_VAL : _Q_LOCKED_VAL;

		old = cmpxchg(&lock->val, val, new);
		if (old != val) {
			val = old;
			continue;
		}
		if (!val)
			return;
		while (READ_ONCE(lock->locked))
			rep_nop();
		/* Ours: those in the queue wait for pending too. */
		WRITE_ONCE(lock->locked_pending, (u16)_Q_LOCKED_VAL);
		return;
	}
	queue(lock, false);
}

void virt_spin_lock(struct qspinlock *lock, u32 val)
{
	do {
		while (val || READ_ONCE(lock->val)) {
			val = 0;
			rep_nop();
		}
	} while (cmpxchg(&lock->val, 0, _Q_LOCKED_VAL));
}

void __pv_queued_spin_lock_slowpath(struct qspinlock *lock, u32 val)
{
	(void)val;
	queue(lock, true);
}

__callee_save void native_queued_spin_unlock(struct qspinlock *lock)
{
	barrier();
	WRITE_ONCE(lock->locked, 0);
}
