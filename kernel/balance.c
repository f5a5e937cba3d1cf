/* SPDX-License-Identifier: MIT */
/* On which CPU a thread runs: where it is placed, who moves it, and CPUs that come and go. */
#include "runqueue.h"
#include <smp.h>
#include <asm/bitops.h>
#include <asm/paravirt.h>

static u64 active_mask; /* CPUs that take threads; a bit is cleared under that queue's lock */

bool cpu_active(u32 cpu)
{
	return READ_ONCE(active_mask) >> cpu & 1;
}

bool takes(u32 cpu, const struct task_struct *t)
{
	u64 active = READ_ONCE(active_mask), mask = READ_ONCE(t->cpus_allowed) & active;

	return (mask ? mask : active) >> cpu & 1;
}

/* The least loaded that takes it, rather where it was; and how loaded that was. */
static u32 select_cpu(const struct task_struct *t, u32 *load)
{
	u32 cpu, best = t->cpu, nr;

	*load = takes(best, t) ? READ_ONCE(cpu_rq(best)->nr_running) : ~0U;
	for_each_cpu(cpu, READ_ONCE(active_mask))
	{
		nr = READ_ONCE(cpu_rq(cpu)->nr_running);
		if (nr < *load && takes(cpu, t)) {
			best = cpu;
			*load = nr;
		}
	}
	return best;
}

/* Two locks of a kind are taken in the order of their CPUs. */
static void lock_two(u32 a, u32 b)
{
	spin_lock(&cpu_rq(min(a, b))->lock);
	if (a != b)
		spin_lock(&cpu_rq(max(a, b))->lock);
}

static void unlock_two(u32 a, u32 b)
{
	spin_unlock(&cpu_rq(a)->lock);
	if (a != b)
		spin_unlock(&cpu_rq(b)->lock);
}

void place(struct task_struct *t)
{
	u32 from = t->cpu, cpu, load;
	struct rq *rq;

	for (;; unlock_two(from, cpu)) {
		cpu = select_cpu(t, &load);
		rq = cpu_rq(cpu);
		lock_two(from, cpu);
		if (takes(cpu, t) && rq->nr_running <= load)
			break;
	}
	t->nr_migrations += cpu != from;
	WRITE_ONCE(t->cpu, cpu);
	enqueue(rq, t);
	if (rq->nr_running <= 2) /* with more of them, slices end by themselves */
		resched_cpu(cpu);
	unlock_two(from, cpu);
	if (cpu == smp_processor_id()) /* this thread may have interrupts off for long */
		arm_slice(rq);
}

void set_cpus_allowed(struct task_struct *t, u64 mask)
{
	u64 flags = arch_local_irq_save();
	struct rq *rq = lock_task_rq(t);
	struct task_struct **p = &rq->queue;
	bool off = false;

	t->cpus_allowed = mask;
	if (!takes(t->cpu, t)) {
		while (*p && *p != t)
			p = &(*p)->next;
		off = *p;
		if (off)
			dequeue(rq, p);
		else if (per_cpu(current_task, t->cpu) == t)
			resched_cpu(t->cpu);
	}
	spin_unlock(&rq->lock);
	if (off)
		place(t);
	arch_local_irq_restore(flags);
	cond_resched();
}

/* One that waits there and may run on cpu. */
static noinline struct task_struct *take_from(struct rq *rq, u32 cpu)
{
	struct task_struct **p = &rq->queue, *t = NULL;

	spin_lock(&rq->lock);
	while (*p && !takes(cpu, *p))
		p = &(*p)->next;
	if (*p)
		t = dequeue(rq, p);
	spin_unlock(&rq->lock);
	return t;
}

/* From where most wait; it may end on a CPU that is less loaded still. */
void pull(void)
{
	u32 cpu = smp_processor_id(), other, longest, nr;
	u64 mask = cpu_active(cpu) ? READ_ONCE(active_mask) : 0;
	struct task_struct *t = NULL;

	while (!t) {
		longest = cpu;
		nr = 1;
		for_each_cpu(other, mask) if (READ_ONCE(cpu_rq(other)->nr_running) > nr)
		{
			longest = other;
			nr = READ_ONCE(cpu_rq(other)->nr_running);
		}
		if (longest == cpu)
			return;
		mask &= ~BIT(longest);
		t = take_from(cpu_rq(longest), cpu);
	}
	this_cpu_inc(sched_stat.nr_pulled);
	place(t);
}

void activate(void)
{
	set_bit(smp_processor_id(), &active_mask);
}

void sched_cpu_deactivate(u32 cpu)
{
	u64 flags;

	spin_lock_irqsave(&cpu_rq(cpu)->lock, flags);
	clear_bit(cpu, &active_mask);
	resched_cpu(cpu);
	spin_unlock_irqrestore(&cpu_rq(cpu)->lock, flags);
}

void sched_cpu_dying(void)
{
	struct rq *rq = this_cpu_ptr(&runqueues);

	while (rq->queue) { /* nobody puts another one there */
		struct task_struct *t;

		spin_lock(&rq->lock);
		t = rq->queue ? dequeue(rq, &rq->queue) : NULL;
		spin_unlock(&rq->lock);
		if (t)
			place(t);
	}
	hrtimer_cancel(&rq->slice);
	rq->slice_armed = false;
	this_cpu_write(need_resched, 0);
}
