/* SPDX-License-Identifier: MIT */
/*
 * Run queues, between sched.c (whose turn it is) and balance.c (on which CPU). A thread belongs to
 * the queue of t->cpu, whose lock guards its state:
 *
 *   asleep --wake_up_process--> in somebody's hands --place--> in a queue --__schedule--> runs
 *     ^                              ^                           |  ^                     | |
 *     |                              |----------pull, ...--------'  '-----its turn ends---' |
 *     |                              '----------may not run here any more-------------------|
 *     '-------------------------------------------------------------------------------------'
 *
 * Whoever takes a runnable thread out of a queue has it to himself until he has placed it. The lock
 * is held while the CPU changes stacks, so who holds it finds no thread half gone.
 */
#ifndef KERNEL_RUNQUEUE_H
#define KERNEL_RUNQUEUE_H

#include <sched.h>
#include <time.h>
#include <asm/percpu.h>

struct rq {
	spinlock_t lock;
	u32 nr_running;		   /* who runs, but for idle, and who waits */
	struct task_struct *queue; /* who waits, the longest first */
	struct task_struct *idle;
	struct task_struct *prev; /* from whom we are just changing */
	bool push;		  /* prev may not run here any more */
	bool slice_armed;
	struct hrtimer slice;
	u64 exec_start, slice_end; /* of who runs, by sched_clock() */
};
DECLARE_PER_CPU(struct rq, runqueues);

static inline struct rq *cpu_rq(u32 cpu)
{
	return per_cpu_ptr(&runqueues, cpu);
}

/* All with interrupts off. With the lock: the last in the queue; and out of it, where *p names it.
 */
void enqueue(struct rq *rq, struct task_struct *t);
struct task_struct *dequeue(struct rq *rq, struct task_struct **p);
struct rq *lock_task_rq(const struct task_struct *t);
/* It has to look whose turn it is. With its lock. */
void resched_cpu(u32 cpu);
/* See to it that the slice of who runs here ends, if anybody waits for that. */
void arm_slice(struct rq *rq);

/* A CPU takes threads; and this one, or it would have to, because no CPU does that t is allowed to.
 */
bool cpu_active(u32 cpu);
bool takes(u32 cpu, const struct task_struct *t);
/* A runnable thread in our hands goes to a queue, without any lock. */
void place(struct task_struct *t);
/* This CPU takes threads from now on. */
void activate(void);
/* Take a thread that waits elsewhere, if there is one. */
void pull(void);

#endif
