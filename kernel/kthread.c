/* SPDX-License-Identifier: MIT */
/*
 * How a thread begins and ends. It lives at the top of its own stack:
 *
 *   t->stack -> +--------------------+
 *               | struct task_struct |  <- t
 *               | 0                  |  to whom thread_begin() returns: the end of every backtrace
 *               | thread_begin       |
 *               | 0, six times       |  <- t->sp, as switch_stack() wants it
 *               | ...                |
 *               +--------------------+  over a guard page
 */
#include <kstack.h>
#include <sched.h>
#include <string.h>
#include <asm/paravirt.h>

static void thread_begin(void)
{
	finish_switch();
	arch_local_irq_enable();
	preempt_check_resched();
	current->result = current->threadfn(current->data);
	sched_exit();
}

struct task_struct *task_create(int (*fn)(void *data), void *data, const char *name, u64 allowed)
{
	u64 stack = kstack_alloc(KSTACK_PAGES), *sp;
	struct task_struct *t = (void *)(stack - ALIGN_UP(sizeof(*t), 16));

	if (!stack)
		return NULL;
	sp = (u64 *)t - 8;
	memset(sp, 0, stack - (u64)sp);
	sp[6] = (u64)thread_begin;
	t->sp = (u64)sp;
	t->stack = stack;
	t->threadfn = fn;
	t->data = data;
	t->cpus_allowed = allowed;
	t->slice_left = SCHED_SLICE_NS;
	init_completion(&t->exited);
	strlcpy(t->name, name, sizeof(t->name));
	return t;
}

struct task_struct *kthread_run(int (*fn)(void *data), void *data, const char *name, int cpu)
{
	struct task_struct *t = task_create(fn, data, name, cpu < 0 ? ~0UL : BIT(cpu));

	if (t)
		sched_start(t);
	return t;
}

int kthread_join(struct task_struct *t)
{
	int result;

	wait_for_completion(&t->exited);
	result = t->result;
	kstack_free(t->stack);
	return result;
}
