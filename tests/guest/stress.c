/* SPDX-License-Identifier: MIT */
/*
 * All at once: threads that take locks, call CPUs, share an address space, play ping-pong, sleep,
 * and run programs, over CPUs that they change and that go down and come back under them. Every
 * step is drawn from seed=; rounds= says how many steps each thread takes. What a step does has an
 * answer that is known, or a count that must come out.
 */
#include "mm_test.h"
#include "sched_test.h"
#include <cmdline.h>
#include <page_alloc.h>
#include <printk.h>
#include <sched.h>
#include <smp.h>
#include <spinlock.h>
#include <string.h>
#include <time.h>
#include <uaccess.h>
#include <user.h>
#include <asm/bitops.h>
#include <asm/paravirt.h>

#define ROUNDS 40
#define READS  1000

extern const u8 user_prog[], user_prog_end[];

enum { LOCKERS = 3, CALLERS = 2, PLAYERS = 2, WORKERS = LOCKERS + CALLERS + PLAYERS + 4 };

/* A thread's own random numbers, its steps, and the first thing that went wrong. */
struct worker {
	u64 state, steps;
	char why[100];
	struct completion ball;
	struct worker *other;
};

static struct worker workers[WORKERS];

static u64 draw(struct worker *w)
{
	return random(&w->state) >> 8;
}

static __printf(2, 3) void wrong(struct worker *w, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (!w->why[0])
		vsnprintf(w->why, sizeof(w->why), fmt, args);
	va_end(args);
}

/* Now and then to another CPU, which may be down: then it is any. */
static void wander(struct worker *w)
{
	if (draw(w) % 4 == 0)
		set_cpus_allowed(current, draw(w) % 3 ? BIT(draw(w) % nr_cpu_ids) : ~0UL);
}

/* ---- locks, and a timer that takes one ------------------------------------------------------- */

static DEFINE_SPINLOCK(lock_a);
static DEFINE_SPINLOCK(lock_b);
static volatile u64 count_a, count_b, timer_count; /* not atomic: the locks' work */

static void on_timer(struct hrtimer *timer)
{
	(void)timer;
	spin_lock(&lock_a);
	count_a = count_a + 1;
	timer_count = timer_count + 1;
	spin_unlock(&lock_a);
}

/* Which of the two, and in what order. */
static void lock_step(struct worker *w, u64 *a, u64 *b)
{
	u64 flags, i, what = draw(w) % 3, times = draw(w) % 50;

	for (i = 0; i < times; i++) {
		if (what == 1) { /* under a lock of interrupts elsewhere: with them off here too */
			spin_lock_irqsave(&lock_b, flags);
			count_b = count_b + 1;
			spin_unlock_irqrestore(&lock_b, flags);
			(*b)++;
			continue;
		}
		spin_lock_irqsave(&lock_a, flags);
		count_a = count_a + 1;
		(*a)++;
		if (what == 2) {
			spin_lock(&lock_b);
			count_b = count_b + 1;
			spin_unlock(&lock_b);
			(*b)++;
		}
		spin_unlock_irqrestore(&lock_a, flags);
	}
}

static u64 sum_a, sum_b;

static int locker(void *data)
{
	struct worker *w = data;
	u64 a = 0, b = 0, i;

	for (i = 0; i < w->steps; i++) {
		lock_step(w, &a, &b);
		wander(w);
	}
	preempt_disable();
	asm volatile(LOCK_PREFIX "addq %1, %0" : "+m"(sum_a) : "r"(a) : "cc");
	asm volatile(LOCK_PREFIX "addq %1, %0" : "+m"(sum_b) : "r"(b) : "cc");
	preempt_enable();
	return 0;
}

/* A sleep is never early, and the timer beside it goes off once. */
static int sleeper(void *data)
{
	struct hrtimer timer = { .function = on_timer };
	struct worker *w = data;
	u64 i, start, ns, off = 0;

	for (i = 0; i < w->steps; i++) {
		ns = draw(w) % (2 * NSEC_PER_MSEC);
		start = sched_clock();
		hrtimer_start(&timer, draw(w) % (2 * NSEC_PER_MSEC));
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule_timeout(ns);
		if (sched_clock() - start < ns)
			wrong(w, "a sleep of %lu ns was %lu ns", ns, sched_clock() - start);
		off += !hrtimer_cancel(&timer);
		wander(w);
	}
	if (off != timer_count)
		wrong(w, "%lu timers went off, %lu were handled", off, timer_count);
	return 0;
}

/* ---- calls ----------------------------------------------------------------------------------- */

static void answer(void *mask)
{
	set_bit(smp_processor_id(), mask);
}

/* Who was up all the while has answered, and nobody who was not asked. */
static int caller(void *data)
{
	struct worker *w = data;
	u64 i, mask, came, online, before;

	for (i = 0; i < w->steps; i++) {
		mask = draw(w);
		came = 0;
		before = READ_ONCE(cpu_moves);
		online = cpu_online_mask;
		smp_call_function_many(mask, answer, &came);
		if (came & ~mask ||
		    (before == READ_ONCE(cpu_moves) && !(before & 1) && came != (mask & online)))
			wrong(w, "CPUs %lx of %lx answered, %lx asked", came, online, mask);
		wander(w);
		if (i % 8 == 0)
			msleep(1);
	}
	return 0;
}

/* ---- one address space, two CPUs ------------------------------------------------------------- */

static struct mm *shared_mm;
static u64 published; /* what the page says, or one less; ~0 = the end */

/* The page is another one each time: who remembers the old one reads too little. */
static int mapper(void *data)
{
	struct worker *w = data;
	u64 i, pa;

	for (i = 1; i <= 10 * w->steps; i++) {
		pa = alloc_page();
		if (!pa) {
			wrong(w, "no memory for a page");
			break;
		}
		*(u64 *)__va(pa) = i;
		if (i > 1 && mm_unmap(shared_mm, USER_VA))
			wrong(w, "mm_unmap");
		if (mm_map(shared_mm, USER_VA, pa, i & 1 ? RW_NX : _PAGE_NX))
			wrong(w, "mm_map");
		WRITE_ONCE(published, i);
		if (i % 16 == 0) {
			wander(w);
			msleep(1);
		}
	}
	WRITE_ONCE(published, ~0UL);
	return 0;
}

static int reader(void *data)
{
	struct worker *w = data;
	u64 least, got, reads = 0;

	kthread_use_mm(shared_mm);
	while ((least = READ_ONCE(published)) != ~0UL) {
		if (least && !get_user(&got, (const u64 *)USER_VA)) {
			reads++;
			/* The page is there before it is published; a freed one holds other things.
			 */
			if (got < least || got - 1 > READ_ONCE(published))
				wrong(w, "CPU %u reads %lx where %lx has been", smp_processor_id(),
				      got, least);
		}
		if (reads % READS == 0) { /* long enough to remember a page that goes */
			wander(w);
			msleep(draw(w) % 2);
		}
	}
	kthread_use_mm(NULL);
	return 0;
}

/* ---- wake-ups -------------------------------------------------------------------------------- */

static int player(void *data)
{
	struct worker *w = data;
	u64 i;

	for (i = 0; i < w->steps; i++) {
		if (!wait_for_completion_timeout(&w->ball, 2 * PATIENCE)) {
			wrong(w, "a wake-up was lost after %lu", i);
			break;
		}
		wander(w);
		complete(&w->other->ball);
	}
	return 0;
}

/* ---- programs -------------------------------------------------------------------------------- */

static int programmer(void *data)
{
	static const u64 what[] = { PROG_SYSCALLS, PROG_REGISTERS, PROG_TIME, PROG_SEGMENTS,
				    PROG_SPIN };
	struct worker *w = data;
	u64 i, which, n;

	for (i = 0; i < w->steps; i += 8) {
		struct user *u = user_create(user_prog, user_prog_end - user_prog);

		if (!u) {
			wrong(w, "no memory for a program");
			break;
		}
		which = what[draw(w) % ARRAY_SIZE(what)];
		u->regs.di = which;
		u->regs.si = n = draw(w) % 100 + 1;
		u->ticks = which == PROG_SPIN ? 2 : 0;
		u->quiet = true;
		user_run(u);
		if (which == PROG_SPIN ? u->end != USER_KILLED
				       : u->end != USER_EXITED ||
						 u->status != (which == PROG_SYSCALLS ? n : 0))
			wrong(w, "program %lu: end %d, status %lx, %s", which, u->end, u->status,
			      u->why);
		user_destroy(u);
		wander(w);
	}
	return 0;
}

/* ---- all ------------------------------------------------------------------------------------- */

static const struct {
	int (*fn)(void *);
	const char *name;
	u32 nr;
} kinds[] = {
	{ locker, "locker", LOCKERS },	 { caller, "caller", CALLERS },
	{ player, "player", PLAYERS },	 { sleeper, "sleeper", 1 },
	{ mapper, "mapper", 1 },	 { reader, "reader", 1 },
	{ programmer, "programmer", 1 },
};

static bool all_dead(struct task_struct **threads)
{
	u32 i;

	for (i = 0; i < WORKERS; i++)
		if (READ_ONCE(threads[i]->state) != TASK_DEAD)
			return false;
	return true;
}

/* A CPU goes down and comes back, again and again, until all have ended. How often. */
static u64 hotplug(struct test *t, struct worker *w, struct task_struct **threads)
{
	u64 times = 0;
	u32 cpu;

	while (!all_dead(threads) && num_online_cpus() > 1) {
		do
			cpu = 1 + draw(w) % (nr_cpu_ids - 1);
		while (!cpu_online(cpu));
		CHECK(t, !cpu_down(cpu), "CPU %u does not go down", cpu);
		msleep(draw(w) % 4);
		CHECK(t, !cpu_up(cpu), "CPU %u does not come back", cpu);
		msleep(draw(w) % 4 + 1);
		times++;
	}
	return times;
}

static void start(struct task_struct **threads)
{
	u32 kind, i, n = 0;

	for (kind = 0; kind < ARRAY_SIZE(kinds); kind++)
		for (i = 0; i < kinds[kind].nr; i++, n++) {
			workers[n] = (struct worker){ .steps = cmdline.rounds ?: ROUNDS };
			workers[n].state = seed(n);
			init_completion(&workers[n].ball);
			if (kinds[kind].fn == player)
				workers[n].other = &workers[i ? n - 1 : n + 1];
		}
	for (kind = 0, n = 0; kind < ARRAY_SIZE(kinds); kind++)
		for (i = 0; i < kinds[kind].nr; i++, n++) {
			threads[n] = kthread_run(kinds[kind].fn, &workers[n], kinds[kind].name, -1);
			if (!threads[n])
				panic("stress: no memory for thread %u", n);
		}
	complete(&workers[LOCKERS + CALLERS].ball);
}

void stress(struct test *t)
{
	struct task_struct *threads[WORKERS];
	struct worker me = { .state = cmdline.seed | 1UL << 40 };
	u64 migrations = 0, times;
	u32 i;

	count_a = count_b = timer_count = sum_a = sum_b = published = 0;
	shared_mm = mm_create();
	if (!shared_mm)
		return test_fail(t, "no memory for an address space");
	arch_local_irq_enable();
	start(threads);
	times = hotplug(t, &me, threads);
	for (i = 0; i < WORKERS; i++) {
		migrations += threads[i]->nr_migrations;
		kthread_join(threads[i]);
		CHECK(t, !workers[i].why[0], "thread %u: %s", i, workers[i].why);
	}
	arch_local_irq_disable();
	mm_destroy(shared_mm);
	CHECK(t, count_a == sum_a + timer_count && count_b == sum_b,
	      "under the locks %lu and %lu were counted, expected %lu and %lu", count_a, count_b,
	      sum_a + timer_count, sum_b);
	printk("stress: seed=%lu, %u threads, %lu migrations, CPUs down and up %lu times\n",
	       cmdline.seed, WORKERS, migrations, times);
}

SELFTEST(stress, all_at_once)
{
	run_twice(t, stress);
}
