/* SPDX-License-Identifier: MIT */
/*
 * Whose turn it is: round robin on each CPU, in slices that a timer ends while more than one thread
 * wants to run there.
 */
#include "runqueue.h"
#include <mm.h>
#include <printk.h>
#include <smp.h>
#include <user.h>
#include <asm/bitops.h>
#include <asm/paravirt.h>
#include <asm/traps.h>

static void slice_timer(struct hrtimer *timer);
void switch_stack(u64 *sp, u64 next_sp);

DEFINE_PER_CPU(u32, preempt_count);
DEFINE_PER_CPU(u32, need_resched);
DEFINE_PER_CPU(struct task_struct *, current_task);
DEFINE_PER_CPU(struct sched_stat, sched_stat);
DEFINE_PER_CPU(struct rq, runqueues) = {
	.lock = __SPIN_LOCK_UNLOCKED(runqueue),
	.slice.function = slice_timer,
};
static DEFINE_PER_CPU(struct task_struct, idle_task);
static struct task_struct main_task = {
	.name = "main", .cpus_allowed = 1, .on_rq = true, .slice_left = SCHED_SLICE_NS
};

/* ---- queues: interrupts off ------------------------------------------------------------------ */

void enqueue(struct rq *rq, struct task_struct *t)
{
	struct task_struct **p = &rq->queue;

	while (*p)
		p = &(*p)->next;
	*p = t;
	t->next = NULL;
	rq->nr_running++;
}

struct task_struct *dequeue(struct rq *rq, struct task_struct **p)
{
	struct task_struct *t = *p;

	*p = t->next;
	rq->nr_running--;
	return t;
}

struct rq *lock_task_rq(const struct task_struct *t)
{
	for (;;) {
		u32 cpu = READ_ONCE(t->cpu);
		struct rq *rq = cpu_rq(cpu);

		spin_lock(&rq->lock);
		if (READ_ONCE(t->cpu) == cpu)
			return rq;
		spin_unlock(&rq->lock);
	}
}

/* Who has set the flag has told it. */
void resched_cpu(u32 cpu)
{
	if (xchg(per_cpu_ptr(&need_resched, cpu), 1) || cpu == smp_processor_id())
		return;
	this_cpu_inc(sched_stat.nr_ipis);
	smp_send_reschedule(cpu);
}

/* ---- slices ---------------------------------------------------------------------------------- */

/* What has gone by to who runs here. True: its slice is used up, and it has a new one. */
static bool charge(struct rq *rq, u64 now)
{
	struct task_struct *t = current;

	t->sum_exec_runtime += now - rq->exec_start;
	rq->exec_start = now;
	if (now < rq->slice_end)
		return false;
	rq->slice_end = now + SCHED_SLICE_NS;
	if (t->user)
		user_tick(t->user);
	return true;
}

/* Nobody counts the time of who runs alone, but for a program whose time is limited. */
void arm_slice(struct rq *rq)
{
	u64 now = sched_clock();

	if (rq->slice_armed || (rq->nr_running < 2 && !(current->user && current->user->ticks)))
		return;
	rq->slice_armed = true;
	hrtimer_start(&rq->slice, rq->slice_end > now ? rq->slice_end - now : 0);
}

static void slice_timer(struct hrtimer *timer)
{
	struct rq *rq = this_cpu_ptr(&runqueues);

	(void)timer;
	rq->slice_armed = false;
	this_cpu_inc(sched_stat.nr_slices);
	if (charge(rq, sched_clock()) && rq->nr_running > 1)
		this_cpu_write(need_resched, 1);
	arm_slice(rq);
}

/* ---- from one thread to the next ------------------------------------------------------------- */

void sched_start(struct task_struct *t)
{
	u64 flags = arch_local_irq_save();

	t->cpu = smp_processor_id();
	t->on_rq = true;
	place(t);
	arch_local_irq_restore(flags);
	preempt_check_resched();
}

/* In the next thread, on its stack: the other one may run elsewhere, or be gone, from here on. */
void finish_switch(void)
{
	struct rq *rq = this_cpu_ptr(&runqueues);
	struct task_struct *prev = rq->prev;
	bool push = rq->push, dead = prev->state == TASK_DEAD;

	rq->push = false;
	spin_unlock(&rq->lock);
	arm_slice(rq);
	if (push)
		place(prev);
	if (dead)
		complete(&prev->exited);
}

static void switch_to(struct task_struct *prev, struct task_struct *next)
{
	if (prev->user)
		user_switch_out(prev->user);
	if (prev->mm != next->mm)
		switch_mm(next->mm ? next->mm : &kernel_mm);
	if (next->user)
		user_switch_in(next->user);
	this_cpu_write(current_task, next);
	switch_stack(&prev->sp, next->sp);
}

/* A thread that is preempted goes on later, also if it was about to sleep. */
static void __schedule(bool preempt)
{
	u64 flags = arch_local_irq_save(), now;
	struct rq *rq = this_cpu_ptr(&runqueues);
	struct task_struct *prev = current, *next;
	u32 cpu = smp_processor_id();

	if (this_cpu_read(preempt_count))
		panic("thread %s schedules where it may not: preempt_count is %u", prev->name,
		      this_cpu_read(preempt_count));
	spin_lock(&rq->lock);
	this_cpu_write(need_resched, 0);
	now = sched_clock();
	charge(rq, now);
	rq->prev = prev;
	if (prev != rq->idle) {
		prev->on_rq = preempt || prev->state == TASK_RUNNING;
		rq->push = prev->on_rq && cpu_active(cpu) && !takes(cpu, prev);
		rq->nr_running--;
		if (prev->on_rq && !rq->push)
			enqueue(rq, prev);
	}
	next = rq->queue && cpu_active(cpu) ? rq->queue : rq->idle;
	if (next != rq->idle)
		rq->queue = next->next; /* still counted */
	if (next != prev) {
		prev->slice_left = rq->slice_end - now;
		rq->slice_end = now + next->slice_left;
		next->nr_switches++;
		this_cpu_inc(sched_stat.nr_switches);
		if (next == rq->idle)
			this_cpu_inc(sched_stat.nr_idle);
		switch_to(prev, next);
	}
	finish_switch();
	arch_local_irq_restore(flags);
}

void schedule(void)
{
	__schedule(false);
	cond_resched();
}

void cond_resched(void)
{
	while (this_cpu_read(need_resched) && !this_cpu_read(preempt_count))
		__schedule(true);
}

void preempt_schedule(void)
{
	if (!arch_irqs_disabled_flags(arch_local_save_flags()))
		cond_resched();
}

void sched_exit(void)
{
	arch_local_irq_disable();
	current->state = TASK_DEAD;
	__schedule(false);
	panic("a thread goes on after its end");
}

bool wake_up_process(struct task_struct *t)
{
	u64 flags = arch_local_irq_save();
	struct rq *rq = lock_task_rq(t);
	bool asleep = t->state == TASK_UNINTERRUPTIBLE, off = asleep && !t->on_rq;

	if (asleep)
		t->state = TASK_RUNNING;
	if (off)
		t->on_rq = true;
	spin_unlock(&rq->lock);
	if (off)
		place(t);
	arch_local_irq_restore(flags);
	preempt_check_resched();
	return asleep;
}

void kthread_use_mm(struct mm *mm)
{
	u64 flags = arch_local_irq_save();

	current->mm = mm;
	switch_mm(mm ? mm : &kernel_mm);
	arch_local_irq_restore(flags);
}

void sched_set_user(struct user *u)
{
	u64 flags = arch_local_irq_save(), now = sched_clock();
	struct rq *rq = this_cpu_ptr(&runqueues);

	charge(rq, now);
	rq->slice_end = now + SCHED_SLICE_NS;
	current->user = u;
	arm_slice(rq);
	arch_local_irq_restore(flags);
}

/* ---- idle, and the beginning ----------------------------------------------------------------- */

void sched_idle(void)
{
	if (!this_cpu_read(need_resched))
		pull();
	if (this_cpu_read(need_resched))
		schedule();
	else
		default_idle();
}

static void start_rq(struct task_struct *t, struct task_struct *idle)
{
	struct rq *rq = this_cpu_ptr(&runqueues);

	rq->idle = idle;
	rq->nr_running += t != idle;
	rq->exec_start = sched_clock();
	rq->slice_end = rq->exec_start + SCHED_SLICE_NS;
	idle->cpu = smp_processor_id();
	this_cpu_write(current_task, t);
	activate();
}

static int idle_thread(void *data)
{
	(void)data;
	cpu_idle();
}

void sched_init(void)
{
	struct task_struct *idle = task_create(idle_thread, NULL, "idle", 1);

	if (!idle)
		panic("no memory for the boot CPU's idle thread");
	start_rq(&main_task, idle);
}

void sched_cpu_up(void)
{
	struct task_struct *idle = this_cpu_ptr(&idle_task);

	*idle = (struct task_struct){ .name = "idle" };
	start_rq(idle, idle);
}
