/* SPDX-License-Identifier: MIT */
/*
 * What threads wait for: that time goes by, and completions. A completion is handed to who waits:
 * nobody else can take it on the way, and who has it leaves only after complete() let go of the
 * lock.
 */
#include <sched.h>
#include <time.h>
#include <asm/bitops.h>
#include <asm/paravirt.h>

#define FOREVER ~0UL

struct sleeper {
	struct hrtimer timer;
	struct task_struct *task;
};

static void wake_sleeper(struct hrtimer *timer)
{
	wake_up_process(((struct sleeper *)timer)->task);
}

bool schedule_timeout(u64 ns)
{
	struct sleeper s = { { .function = wake_sleeper }, current };

	hrtimer_start(&s.timer, ns);
	schedule();
	return !hrtimer_cancel(&s.timer);
}

void msleep(u64 ms)
{
	u64 end = sched_clock() + ms * NSEC_PER_MSEC, now;

	while ((now = sched_clock()) < end) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule_timeout(end - now);
	}
}

struct waiter {
	struct waiter *next;
	struct task_struct *task;
	bool done;
};

void init_completion(struct completion *c)
{
	*c = (struct completion){ 0 };
	spin_lock_init(&c->lock);
}

void complete(struct completion *c)
{
	struct waiter *w;
	u64 flags;

	spin_lock_irqsave(&c->lock, flags);
	w = c->first;
	if (w) {
		c->first = w->next;
		w->done = true;
		wake_up_process(w->task);
	} else {
		c->done++;
	}
	spin_unlock_irqrestore(&c->lock, flags);
}

/* The list's end, or where it names w. */
static struct waiter **find(struct completion *c, const struct waiter *w)
{
	struct waiter **p = &c->first;

	while (*p && *p != w)
		p = &(*p)->next;
	return p;
}

bool wait_for_completion_timeout(struct completion *c, u64 ns)
{
	struct waiter w = { .task = current };
	u64 now = sched_clock(), end = ns == FOREVER ? FOREVER : now + ns, flags;

	spin_lock_irqsave(&c->lock, flags);
	if (c->done) {
		c->done--;
		w.done = true;
	} else {
		*find(c, NULL) = &w;
	}
	while (!w.done && now < end) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		spin_unlock_irqrestore(&c->lock, flags);
		if (ns == FOREVER)
			schedule();
		else
			schedule_timeout(end - now);
		spin_lock_irqsave(&c->lock, flags);
		now = sched_clock();
	}
	if (!w.done)
		*find(c, &w) = w.next;
	spin_unlock_irqrestore(&c->lock, flags);
	return w.done;
}

void wait_for_completion(struct completion *c)
{
	wait_for_completion_timeout(c, FOREVER);
}
