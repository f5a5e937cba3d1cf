/* SPDX-License-Identifier: MIT */
/*
 * The paravirt queue's ways to wait, for kernel/qspinlock.c. A waiter that has spun for a while
 * sleeps in pv_wait() until somebody calls pv_kick() with its CPU:
 *
 *   not the head   sleeps on its node's state (HALTED). Who becomes the owner in front of it makes
 *                  it the head and, if it sleeps, does not wake it but does for it what it would
 *                  do itself: see the next line.
 *   the head       is in the hash table, under the lock's address, and the locked byte is SLOW;
 *                  sleeps on that byte. The unlock finds SLOW in the place of 1, looks up the
 *                  node, and kicks.
 *
 * While the head spins, pending is set: only when it is not, others that come may take a free lock
 * in front of it ("hybrid unfair"), which needs no virtual CPU to be woken first.
 */
enum vcpu_state { VCPU_RUNNING, VCPU_HALTED, VCPU_HASHED };

/* One entry a node would do, so there is always a free one. */
#define PV_LOCK_HASH (NR_CPUS * _Q_MAX_NODES)
static struct pv_hash_entry {
	struct qspinlock *lock; /* NULL = free */
	struct qnode *node;
} pv_lock_hash[PV_LOCK_HASH];

/* An odd constant near 2^32 / golden ratio spreads addresses that differ in few bits. */
static struct pv_hash_entry *pv_hash_next(const struct qspinlock *lock, u32 i)
{
	return &pv_lock_hash[((u32)((u64)lock >> 2) * 0x9e3779b1U / (0x100000000UL / PV_LOCK_HASH) +
			      i) %
			     PV_LOCK_HASH];
}

/* Enter the node that the lock's owner shall kick. */
static struct pv_hash_entry *pv_hash(struct qspinlock *lock, struct qnode *node)
{
	struct pv_hash_entry *e;
	u32 i = 0;

	do {
		if (i == PV_LOCK_HASH)
			panic("pv_hash: all %u entries are taken, more than there are nodes", i);
		e = pv_hash_next(lock, i++);
	} while (READ_ONCE(e->lock) || cmpxchg(&e->lock, NULL, lock));
	WRITE_ONCE(e->node, node);
	return e;
}

/* And take it out again. Entries in front of it may have gone meanwhile: a hole ends no search. */
static struct qnode *pv_unhash(struct qspinlock *lock)
{
	struct pv_hash_entry *e;
	struct qnode *node;
	u32 i;

	for (i = 0; i < PV_LOCK_HASH; i++) {
		e = pv_hash_next(lock, i);
		if (READ_ONCE(e->lock) == lock) {
			node = READ_ONCE(e->node);
			WRITE_ONCE(e->lock, NULL);
			return node;
		}
	}
	panic("pv_unhash: lock %pS says that somebody waits to be kicked, but nobody is entered",
	      (void *)lock);
}

static void pv_init_node(struct qnode *node)
{
	node->cpu = smp_processor_id();
	WRITE_ONCE(node->state, VCPU_RUNNING);
}

static bool pv_hybrid_queued_unfair_trylock(struct qspinlock *lock)
{
	u32 loop, val;

	for (loop = SPIN_THRESHOLD; loop; loop--) {
		val = READ_ONCE(lock->val);
		if (!(val & _Q_LOCKED_PENDING) && !cmpxchg(&lock->locked, 0, _Q_LOCKED_VAL))
			return true;
		if (!(val & _Q_TAIL_MASK) || val & _Q_PENDING_VAL)
			break;
		rep_nop();
	}
	return false;
}

/* Behind one that does not run it makes no sense to spin. Looked at now and then: it is far away.
 */
static bool pv_wait_early(const struct qnode *prev, u32 loop)
{
	return !(loop % (SPIN_THRESHOLD / 16)) &&
	       (READ_ONCE(prev->state) != VCPU_RUNNING || vcpu_is_preempted(prev->cpu));
}

/* Until we are the head. */
static void pv_wait_node(struct qnode *node, struct qnode *prev)
{
	u32 loop;

	for (;;) {
		for (loop = SPIN_THRESHOLD; loop; loop--) {
			if (READ_ONCE(node->locked))
				return;
			if (pv_wait_early(prev, loop))
				break;
			rep_nop();
		}
		/*
		 * State, barrier, locked; pv_kick_node() has it the other way round: one of the two
		 * sees the other. HASHED is its doing and stays.
		 */
		xchg(&node->state, VCPU_HALTED);
		if (!READ_ONCE(node->locked))
			pv_wait(&node->state, VCPU_HALTED);
		cmpxchg(&node->state, VCPU_HALTED, VCPU_RUNNING);
	}
}

/* The owner, to its successor, which is the head by now. */
static void pv_kick_node(struct qspinlock *lock, struct qnode *node)
{
	if (cmpxchg(&node->state, VCPU_HALTED, VCPU_HASHED) != VCPU_HALTED)
		return;
	/* The lock is ours: nobody looks at the byte before our unlock. */
	WRITE_ONCE(lock->locked, _Q_SLOW_VAL);
	pv_hash(lock, node);
}

/* As the head, until the lock is ours: its value then. SLOW may stand there, for the caller to
 * undo. */
static u32 pv_wait_head_or_lock(struct qspinlock *lock, struct qnode *node)
{
	bool hashed = READ_ONCE(node->state) == VCPU_HASHED;
	struct pv_hash_entry *e;
	u32 loop;

	for (;;) {
		WRITE_ONCE(node->state, VCPU_RUNNING);
		WRITE_ONCE(lock->pending, 1);
		for (loop = SPIN_THRESHOLD; loop; loop--) {
			if (!READ_ONCE(lock->locked) &&
			    cmpxchg(&lock->locked_pending, _Q_PENDING_VAL, _Q_LOCKED_VAL) ==
				    _Q_PENDING_VAL)
				goto locked;
			rep_nop();
		}
		WRITE_ONCE(lock->pending, 0);
		/*
		 * Once only: if the lock is stolen after the kick, the byte is 1, pv_wait() returns
		 * at once, and we spin on. The entry has to be there before SLOW is seen.
		 */
		if (!hashed) {
			e = pv_hash(lock, node);
			hashed = true;
			if (!xchg(&lock->locked, _Q_SLOW_VAL)) { /* it was free: now it is ours */
				WRITE_ONCE(e->lock, NULL);
				goto locked;
			}
		}
		WRITE_ONCE(node->state, VCPU_HASHED);
		pv_wait(&lock->locked, _Q_SLOW_VAL);
	}
locked:
	return READ_ONCE(lock->val) | _Q_LOCKED_VAL;
}

static __callee_save noinline void __pv_queued_spin_unlock_slowpath(struct qspinlock *lock,
								    u8 locked)
{
	struct qnode *node;

	if (locked != _Q_SLOW_VAL)
		panic("unlock of %pS, whose word is %x: it is not taken", (void *)lock, lock->val);
	node = pv_unhash(lock);
	barrier();
	WRITE_ONCE(lock->locked, 0);
	pv_kick(node->cpu);
}

__callee_save void __pv_queued_spin_unlock(struct qspinlock *lock)
{
	u8 locked = cmpxchg(&lock->locked, _Q_LOCKED_VAL, 0);

	if (unlikely(locked != _Q_LOCKED_VAL))
		__pv_queued_spin_unlock_slowpath(lock, locked);
}
