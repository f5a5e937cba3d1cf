/* SPDX-License-Identifier: MIT */
/*
 * Save, restore and checkpoint, as the domain sees them. Dom0 does them:
 * tools/dom0/scenarios-suspend.sh runs the hidden tests, rounds=N of them, and looks itself. What a
 * domain was before it stopped it has to be afterwards, on every CPU.
 */
#include "../../arch/x86/pv/xen/xen.h"
#include "sched_test.h"
#include <page_alloc.h>
#include <user.h>
#include <asm/cpufeature.h>
#include <asm/walk.h>
#include <xen/suspend.h>
#include <xen/xenstore.h>

#define SLACK	 NSEC_PER_MSEC /* between two clocks that are read one after the other */
#define AWAY	 (60 * NSEC_PER_SEC)
#define PER_PAGE (PAGE_SIZE / sizeof(u64))

extern const u8 user_prog[], user_prog_end[];

static u32 nr_suspends(void)
{
	return READ_ONCE(xen_nr_suspends[SUSPEND_RESTORED]) +
	       READ_ONCE(xen_nr_suspends[SUSPEND_CANCELLED]);
}

/* ---- where the tools of dom0 find our frames ------------------------------------------------- */

/* What lies in the frame that an entry of the tree names. */
static const u64 *level_below(struct test *t, u64 mfn)
{
	u64 pfn = xen_mfn_to_pfn(mfn);

	if (pfn < xen_start_info->nr_pages && xen_pfn_to_mfn(pfn) == mfn)
		return __va(pfn << PAGE_SHIFT);
	test_fail(t, "machine frame %lx, which the tree names, is not ours", mfn);
	return NULL;
}

static void frames_are_named(struct test *t)
{
	const u64 *upper = level_below(t, xen_shared_info.pfn_to_mfn_frame_list_list), *list, *leaf;
	u64 pfn, nr = xen_start_info->nr_pages;

	CHECK(t, xen_shared_info.max_pfn == nr && !xen_shared_info.p2m_cr3,
	      "%lu frames are told, expected %lu, and p2m_cr3 %lx", xen_shared_info.max_pfn, nr,
	      xen_shared_info.p2m_cr3);
	for (pfn = 0; pfn < nr && !t->failed; pfn++) {
		list = level_below(t, upper[pfn / PER_PAGE / PER_PAGE]);
		leaf = list ? level_below(t, list[pfn / PER_PAGE % PER_PAGE]) : NULL;
		CHECK(t, leaf && xen_mfn_to_pfn(leaf[pfn % PER_PAGE]) == pfn,
		      "frame %lx is another one in the tree", pfn);
	}
}

SELFTEST(suspend, xen_frames_are_named)
{
	if (!boot_cpu_has(X86_FEATURE_XENPV))
		return test_skip(t, "only Xen has frames of other numbers");
	frames_are_named(t);
}

/* ---- what has to be the same, and what has to go on ------------------------------------------ */

struct seen {
	u64 wall, text, online, free, clock;
	u64 steal[NR_CPUS];
	char domid[8];
};

static void look(struct seen *s)
{
	u32 cpu;

	s->wall = get_wallclock();
	s->clock = sched_clock();
	s->text = text_hash();
	s->online = cpu_online_mask;
	s->free = nr_free_pages();
	for_each_cpu(cpu, s->online) s->steal[cpu] = steal_clock(cpu);
	if (xenstore_read("domid", s->domid, sizeof(s->domid)) < 0)
		strlcpy(s->domid, "none", sizeof(s->domid));
}

static void read_clock(void *clock)
{
	*(u64 *)clock = sched_clock();
}

static u32 fired_on;

static void fired(struct hrtimer *timer)
{
	(void)timer;
	WRITE_ONCE(fired_on, smp_processor_id());
}

/* A timer of this CPU's goes off here, and wakes us, none of them early; a program runs. */
static int try_cpu(void *data)
{
	struct hrtimer timer = { .function = fired };
	struct user *u = user_create(user_prog, user_prog_end - user_prog);
	u64 start = sched_clock();
	struct test *t = data;
	u32 cpu = smp_processor_id(), suspends = nr_suspends();

	fired_on = ~0U;
	hrtimer_start(&timer, NSEC_PER_MSEC);
	msleep(2);
	CHECK(t, sched_clock() - start >= 2 * NSEC_PER_MSEC, "CPU %u: a sleep was short", cpu);
	while (READ_ONCE(fired_on) == ~0U && sched_clock() - start < PATIENCE)
		msleep(1);
	/* A CPU that goes down for a suspend leaves its timers to another. */
	CHECK(t, fired_on == cpu || (fired_on != ~0U && nr_suspends() != suspends),
	      "CPU %u: its timer went off on CPU %d", cpu, (int)fired_on);
	hrtimer_cancel(&timer);
	if (!u) {
		test_fail(t, "no memory for a program");
		return 0;
	}
	u->regs.di = PROG_SYSCALLS;
	u->regs.si = 10;
	user_run(u);
	CHECK(t, u->end == USER_EXITED && u->status == 10, "CPU %u: the program ended by %s", cpu,
	      u->why);
	user_destroy(u);
	return 0;
}

/* Calls reach every CPU, whose clock is not behind the last one's; and all the rest. */
static void try_all(struct test *t, u64 clock)
{
	u32 cpu;

	for_each_cpu(cpu, cpu_online_mask)
	{
		u64 before = clock;

		clock = 0;
		smp_call_function_single(cpu, read_clock, &clock);
		CHECK(t, clock >= before, "CPU %u: the clock is %lu, and was %lu", cpu, clock,
		      before);
		kthread_join(run_thread(try_cpu, t, "try", cpu));
	}
	check_page_tables();
	frames_are_named(t);
}

static void compare(struct test *t, const struct seen *was, const struct seen *is, bool restored)
{
	u32 cpu;

	CHECK(t, is->clock >= was->clock, "the clock goes back from %lu to %lu", was->clock,
	      is->clock);
	/* Our clock stands still while the domain is away, for more than that. */
	CHECK(t, is->wall - was->wall > is->clock - was->clock + 5 * SLACK,
	      "the wall clock went on by %ld ns, the other one by %lu", is->wall - was->wall,
	      is->clock - was->clock);
	CHECK(t, is->text == was->text, "text is not what it was");
	CHECK(t, is->online == was->online, "CPUs %lx were up, now %lx", was->online, is->online);
	CHECK(t, is->free == was->free, "%lu pages were free, now %lu", was->free, is->free);
	for_each_cpu(cpu, is->online) CHECK(t, is->steal[cpu] >= was->steal[cpu],
					    "CPU %u: steal goes back from %lu to %lu", cpu,
					    was->steal[cpu], is->steal[cpu]);
	CHECK(t, restored != !strcmp(was->domid, is->domid), "domain %s is domain %s", was->domid,
	      is->domid);
}

/* ---- dom0's turn ----------------------------------------------------------------------------- */

/* Stopped and gone on, so many times; the console tells dom0 when it is its turn. */
SELFTEST_HIDDEN(suspend, rounds)
{
	static struct seen was, is;
	u64 i, rounds = cmdline.rounds ?: 1, start;
	u32 nr, restored;

	for (i = 0; i < rounds && !t->failed; i++) {
		nr = nr_suspends();
		restored = xen_nr_suspends[SUSPEND_RESTORED];
		look(&was);
		printk("scenario: waits for round %lu\n", i + 1);
		start = sched_clock();
		while (nr_suspends() == nr && sched_clock() - start < AWAY)
			msleep(1);
		if (nr_suspends() == nr)
			return test_fail(t, "nobody has suspended the domain in %lu s",
					 AWAY / NSEC_PER_SEC);
		look(&is);
		compare(t, &was, &is, xen_nr_suspends[SUSPEND_RESTORED] != restored);
		try_all(t, is.clock);
	}
}

/* The stress (stress.c), again and again, until so many came. */
SELFTEST_HIDDEN(suspend, stress)
{
	u64 rounds = cmdline.rounds ?: 1, start = sched_clock();
	u32 last = nr_suspends();

	printk("scenario: waits while all runs\n");
	while (nr_suspends() < rounds && sched_clock() - start < AWAY && !t->failed) {
		stress(t);
		if (nr_suspends() != last)
			start = sched_clock();
		last = nr_suspends();
		try_all(t, 0);
	}
	CHECK(t, nr_suspends() >= rounds, "the domain was suspended %u times, expected %lu",
	      nr_suspends(), rounds);
}
