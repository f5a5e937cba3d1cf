/* SPDX-License-Identifier: MIT */
/*
 * One address space, changed by threads on all CPUs at a time: their pages lie side by side, in
 * tables that none of them has made yet.
 */
#include "mm_test.h"
#include <page_alloc.h>
#include <sched.h>
#include <smp.h>
#include <time.h>
#include <asm/atomic.h>
#include <asm/bitops.h>
#include <asm/paravirt.h>

/* As many, but for no longer: on a busy host a lock's holder may not run for long. */
#define ROUNDS 60
#define LOADS  300
#define LIMIT  (2 * NSEC_PER_SEC)
#define OVER   ~0UL
#define PLACES 6 /* each in a table of its own, and every second one below a table of its own */

static struct {
	struct mm *mm;
	u64 ready, wrong; /* CPUs */
} shared;

static u64 place(u32 cpu, u64 i)
{
	return USER_VA + (i / 2 << 39) + i * PUD_SIZE + cpu * 3 * PAGE_SIZE;
}

static int map_beside_others(void *data)
{
	u32 cpu = smp_processor_id();
	u64 i, bad = 0;

	set_bit(cpu, &shared.ready);
	while (READ_ONCE(shared.ready) != (u64)data)
		cpu_relax();
	for (i = 0; i < PLACES; i++) {
		bad |= mm_map_range(shared.mm, place(cpu, i), 2, RW_NX);
		bad |= mm_map(shared.mm, place(cpu, i) + 2 * PAGE_SIZE, alloc_page(), _PAGE_NX);
	}
	for (i = 0; i < PLACES; i++) {
		u64 *ptep = lookup_address_in(shared.mm->pgd, place(cpu, i) + 2 * PAGE_SIZE);

		bad |= !ptep || (*ptep & (_PAGE_PRESENT | _PAGE_RW)) != _PAGE_PRESENT;
		bad |= mm_protect_range(shared.mm, place(cpu, i), 3, _PAGE_NX);
		bad |= mm_unmap_range(shared.mm, place(cpu, i), i & 1 ? 3 : 2);
	}
	if (bad)
		set_bit(cpu, &shared.wrong);
	return 0;
}

SELFTEST(mm, threads_map_side_by_side)
{
	struct task_struct *threads[NR_CPUS];
	u64 mask = cpu_online_mask & 0xf, free = 0;
	u64 start = sched_clock();
	u32 cpu, round;

	if (num_online_cpus() == 1)
		return test_skip(t, "one CPU");
	for (round = 0; round < ROUNDS && (round < 3 || sched_clock() - start < LIMIT); round++) {
		if (round == 1) /* stacks of threads stay */
			free = nr_free_pages();
		shared.mm = mm_create();
		shared.ready = shared.wrong = 0;
		if (!shared.mm)
			return test_fail(t, "no memory for an address space");
		for_each_cpu(cpu, mask) threads[cpu] =
			kthread_run(map_beside_others, (void *)mask, "mapper", cpu);
		for_each_cpu(cpu, mask) kthread_join(threads[cpu]);
		CHECK(t, !shared.wrong, "round %u: wrong on CPUs %lx", round, shared.wrong);
		mm_destroy(shared.mm);
	}
	CHECK(t, nr_free_pages() == free, "%lu pages free, expected %lu", nr_free_pages(), free);
}

/* ---- who loads an address space while a page goes -------------------------------------------- */

static struct {
	struct mm *mm;
	u64 round, loaded, gone, left; /* counts of rounds */
	u64 stale;
} late;

/* For each round: read the page if it is still there, and once more when it is gone: by then it
 * must be. */
static int load_and_look(void *unused)
{
	u64 round, now;

	(void)unused;
	for (round = 1;; round++) {
		while ((now = READ_ONCE(late.round)) < round)
			cpu_relax();
		if (now == OVER)
			return 0;
		preempt_disable();
		switch_mm(late.mm);
		if (works(read_user, USER_VA)) {
			late.loaded++;
			while (READ_ONCE(late.gone) != round)
				cpu_relax();
			late.stale += works(read_user, USER_VA);
		}
		switch_mm(&kernel_mm);
		preempt_enable();
		WRITE_ONCE(late.left, round);
	}
}

/* A CPU that loads it just then either sees the new entry or is told to forget the old one. */
SELFTEST(mm, a_page_goes_while_another_cpu_loads_it)
{
	struct task_struct *thread;
	u64 start = sched_clock(), round, pause;
	bool bad = false;

	if (num_online_cpus() == 1)
		return test_skip(t, "one CPU");
	late = (typeof(late)){ .mm = mm_create() };
	thread = late.mm ? kthread_run(load_and_look, NULL, "loader", 1) : NULL;
	if (!thread)
		return test_fail(t, "no memory");
	for (round = 1; round <= LOADS && sched_clock() - start < LIMIT; round++) {
		bad |= mm_map_range(late.mm, USER_VA, 1, RW_NX);
		WRITE_ONCE(late.round, round);
		for (pause = round * 37 % 300; pause; pause--)
			barrier();
		bad |= mm_unmap_range(late.mm, USER_VA, 1);
		WRITE_ONCE(late.gone, round);
		while (READ_ONCE(late.left) != round)
			cpu_relax();
	}
	WRITE_ONCE(late.round, OVER);
	kthread_join(thread);
	CHECK(t, !bad, "a page was not mapped or unmapped");
	CHECK(t, !late.stale, "%lu of %lu times a page that was gone could be read", late.stale,
	      late.loaded);
	mm_destroy(late.mm);
}

static void load_mm(void *mm)
{
	switch_mm(mm);
}

/* Who has it loaded is told of each change: also who loads what he has. */
SELFTEST(mm, who_has_it_loaded_stands_in_its_mask)
{
	u32 cpu = smp_processor_id(), other = cpu_online_mask & BIT(1) ? 1 : 0;
	struct mm *mm = enter_mm(t);

	if (!mm)
		return;
	CHECK(t, mm->cpumask == BIT(cpu), "loaded: CPUs %lx", mm->cpumask);
	switch_mm(mm);
	CHECK(t, mm->cpumask == BIT(cpu), "loaded twice: CPUs %lx", mm->cpumask);
	smp_call_function_single(other, load_mm, mm);
	CHECK(t, mm->cpumask == (BIT(cpu) | BIT(other)), "loaded by %u too: CPUs %lx", other,
	      mm->cpumask);
	switch_mm(&kernel_mm);
	CHECK(t, mm->cpumask == (other == cpu ? 0 : BIT(other)), "left here: CPUs %lx",
	      mm->cpumask);
	smp_call_function_single(other, load_mm, &kernel_mm);
	CHECK(t, !mm->cpumask && !kernel_mm.cpumask, "left: CPUs %lx, %lx", mm->cpumask,
	      kernel_mm.cpumask);
	mm_destroy(mm);
}
