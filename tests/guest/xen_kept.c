/* SPDX-License-Identifier: MIT */
/*
 * What Xen keeps for us, or about us, while we look elsewhere: a kick that came in the middle of a
 * wait, the bits that a CPU sets in an entry, the timer of a CPU that is down, an entry put off.
 */
#include "../../arch/x86/pv/xen/xen.h"
#include "mm_test.h"
#include <page_alloc.h>
#include <sched.h>
#include <smp.h>
#include <string.h>
#include <time.h>
#include <asm/paravirt.h>
#include <asm/sync_bitops.h>
#include <xen/events.h>

#define WORDS 64 /* of event channels */

static u64 before[WORDS];

static void remember_pending(void)
{
	memcpy(before, xen_shared_info.evtchn_pending, sizeof(before));
}

/* The first channel that is pending and was not; 0 = none. */
static u32 newly_pending(void)
{
	u32 port;

	for (port = 1; port < WORDS * 64; port++)
		if (evtchn_pending(port) && !(before[port / 64] >> port % 64 & 1))
			return port;
	return 0;
}

/* ---- a wait in an interrupt of another wait -------------------------------------------------- */

static struct {
	u8 outer, inner;
	u32 port;
	bool ran, kept;
	struct hrtimer timer, end;
} wait;

static void nothing(struct hrtimer *timer)
{
	(void)timer;
}

/* The outer wait's kick comes, and then its CPU waits for another lock. */
static void wait_inside(struct hrtimer *timer)
{
	(void)timer;
	wait.ran = true;
	pv_kick(0);
	hrtimer_start(&wait.end, 5 * NSEC_PER_MSEC); /* if that wait sleeps */
	pv_wait(&wait.inner, 1);
	wait.kept = evtchn_pending(wait.port);
}

SELFTEST(lock, xen_kick_of_an_outer_wait)
{
	if (!on_xen() || !boot_cpu_has(X86_FEATURE_PVUNLOCK))
		return test_skip(t, "for Xen's wait and kick");
	wait.outer = wait.inner = 1;
	wait.ran = wait.kept = false;
	wait.timer.function = wait_inside;
	wait.end.function = nothing;
	pv_wait(&wait.outer, 0); /* which it is not: a kick of before is gone */
	remember_pending();
	pv_kick(0);
	wait.port = newly_pending();
	CHECK(t, wait.port, "a kick of ourselves leaves no channel pending");
	arch_local_irq_enable();
	hrtimer_start(&wait.timer, NSEC_PER_MSEC);
	pv_wait(&wait.outer, 1);
	hrtimer_cancel(&wait.timer);
	hrtimer_cancel(&wait.end);
	arch_local_irq_disable();
	CHECK(t, wait.ran, "the wait ended before its interrupt");
	CHECK(t, wait.kept, "a wait in an interrupt took the kick that is another's");
	sync_test_and_clear_bit(wait.port % 64, &xen_shared_info.evtchn_pending[wait.port / 64]);
}

/* ---- what a CPU sets between start and commit ------------------------------------------------ */

SELFTEST(mm, xen_protection_keeps_dirty)
{
	struct mm *mm;
	u64 *ptep, old;

	if (!on_xen())
		return test_skip(t, "on the bare machine the entry is not there in between");
	mm = enter_mm(t);
	if (!mm)
		return;
	CHECK(t, !mm_map_range(mm, USER_VA, 1, RW_NX), "mm_map_range failed");
	ptep = lookup_address(USER_VA);
	CHECK(t, works(read_user, USER_VA) && !(*ptep & _PAGE_DIRTY), "entry %lx after a read",
	      *ptep);
	old = ptep_modify_prot_start(USER_VA, ptep);
	CHECK(t, works(write_user, USER_VA), "the page can't be written in between");
	ptep_modify_prot_commit(USER_VA, ptep, old & ~(u64)_PAGE_RW);
	CHECK(t, *ptep & _PAGE_DIRTY && !(*ptep & _PAGE_RW), "entry %lx, was %lx", *ptep, old);
	flush_tlb_one_user(USER_VA);
	leave_mm(mm);
}

/* ---- the timer of a CPU that is down --------------------------------------------------------- */

static struct hrtimer far;

static void start_far(void *arg)
{
	hrtimer_start(&far, (u64)arg);
}

SELFTEST(smp, xen_timer_of_a_cpu_that_is_down)
{
	u64 wait_for = 30 * NSEC_PER_MSEC, start;

	if (!on_xen() || num_online_cpus() == 1)
		return test_skip(t, "for Xen and two CPUs");
	far.function = nothing;
	smp_call_function_single(1, start_far, (void *)wait_for);
	CHECK(t, !cpu_down(1), "CPU 1 does not go down");
	remember_pending();
	arch_local_irq_enable(); /* ours are taken as they come */
	for (start = sched_clock(); sched_clock() - start < 2 * wait_for;)
		cpu_relax();
	hrtimer_cancel(&far);
	arch_local_irq_disable();
	CHECK(t, !newly_pending(), "channel %u is pending, of a CPU that is down", newly_pending());
	CHECK(t, !cpu_up(1), "CPU 1 does not come up");
}

/* ---- who loads an address space while an entry of it is put off ------------------------------ */

static struct {
	struct mm *mm;
	u32 stops;
	bool go, looked, gone, over, before, stale;
} late;

static bool wait_until(const bool *what)
{
	u64 start = sched_clock();

	while (!READ_ONCE(*what) && sched_clock() - start < NSEC_PER_SEC)
		cpu_relax();
	return READ_ONCE(*what);
}

static int load_it(void *unused)
{
	(void)unused;
	wait_until(&late.go);
	preempt_disable();
	switch_mm(late.mm);
	late.before = works(read_user, USER_VA);
	WRITE_ONCE(late.looked, true);
	wait_until(&late.gone);
	late.stale = works(read_user, USER_VA);
	WRITE_ONCE(late.over, true);
	switch_mm(&kernel_mm);
	preempt_enable();
	return 0;
}

static noinline void set_breakpoint(const void *at)
{
	asm volatile("mov %0, %%dr0; mov %1, %%dr7" : : "r"(at), "r"(at ? 1UL : 0UL));
}

/* At the flush that writes the entry: CPU 1 loads the address space, and reads the page. */
static void let_it_load(struct pt_regs *regs)
{
	(void)regs;
	set_breakpoint(NULL);
	late.stops++;
	WRITE_ONCE(late.go, true);
	wait_until(&late.looked);
}

/* The entry is written before anybody looks who has the address space: else CPU 1 is not told. */
SELFTEST(mm, xen_flush_comes_before_the_look)
{
	struct task_struct *thread;

	if (!on_xen() || num_online_cpus() == 1)
		return test_skip(t, "for Xen and two CPUs");
	memset(&late, 0, sizeof(late));
	late.mm = mm_create();
	thread = late.mm ? kthread_run(load_it, NULL, "loader", 1) : NULL;
	if (!thread || mm_map_range(late.mm, USER_VA, 1, RW_NX))
		return test_fail(t, "no memory");
	set_irq_handler(X86_TRAP_DB, let_it_load);
	set_breakpoint(xen_flush_lazy_mmu_mode);
	CHECK(t, !mm_unmap_range(late.mm, USER_VA, 1), "the page was not mapped");
	set_breakpoint(NULL);
	set_irq_handler(X86_TRAP_DB, NULL);
	WRITE_ONCE(late.gone, true);
	WRITE_ONCE(late.go, true);
	kthread_join(thread);
	mm_destroy(late.mm);
	CHECK(t, late.stops == 1 && late.before, "%u stops, the page was there: %d", late.stops,
	      late.before);
	CHECK(t, !late.stale, "CPU 1 still reads a page that is gone");
}

/* At the page's end: by now CPU 1 has to have forgotten it. */
static void let_it_look(struct pt_regs *regs)
{
	(void)regs;
	set_breakpoint(NULL);
	late.stops++;
	WRITE_ONCE(late.gone, true);
	wait_until(&late.over);
}

SELFTEST(mm, a_page_is_forgotten_before_it_is_free)
{
	struct task_struct *thread;

	if (num_online_cpus() == 1)
		return test_skip(t, "one CPU");
	memset(&late, 0, sizeof(late));
	late.mm = mm_create();
	thread = late.mm ? kthread_run(load_it, NULL, "loader", 1) : NULL;
	if (!thread || mm_map_range(late.mm, USER_VA, 1, RW_NX))
		return test_fail(t, "no memory");
	WRITE_ONCE(late.go, true);
	wait_until(&late.looked);
	set_irq_handler(X86_TRAP_DB, let_it_look);
	set_breakpoint(free_page);
	CHECK(t, !mm_unmap_range(late.mm, USER_VA, 1), "the page was not mapped");
	set_breakpoint(NULL);
	set_irq_handler(X86_TRAP_DB, NULL);
	WRITE_ONCE(late.gone, true);
	kthread_join(thread);
	mm_destroy(late.mm);
	CHECK(t, late.stops == 1 && late.before, "%u stops, the page was there: %d", late.stops,
	      late.before);
	CHECK(t, !late.stale, "CPU 1 still reads a page that is being freed");
}
