/* SPDX-License-Identifier: MIT */
/* Pages that the host has to fetch: without async page faults we stand still meanwhile. */
#include "kvm_test.h"
#include <string.h>
#include <asm/page.h>
#include <asm/traps.h>

#define ABSENT_MS 50

static volatile u64 page[PAGE_SIZE / 8] __aligned(PAGE_SIZE);
static u64 ticks;

static void on_tick(struct pt_regs *regs)
{
	(void)regs;
	ticks++;
	set_oneshot_timer(NSEC_PER_MSEC);
}

/* An access to the page while a timer of 1 ms runs: how long it took, and how many came. */
static bool touch(struct test *t, bool interrupts, u64 *ns)
{
	int error = witness_absent(__pa((void *)page), 1, ABSENT_MS);

	if (error == -13)
		test_skip(t, "the host lets nobody but root have a userfaultfd");
	else if (error)
		test_fail(t, "the page could not be made absent: error %d", error);
	if (error)
		return false;
	set_timer_handler(on_tick);
	set_oneshot_timer(NSEC_PER_MSEC);
	if (interrupts)
		arch_local_irq_enable();
	ticks = 0;
	*ns = sched_clock();
	page[5]++;
	*ns = sched_clock() - *ns;
	arch_local_irq_disable();
	set_timer_handler(NULL);
	CHECK(t, witness_release() == 1 && page[5], "the page was not used");
	CHECK(t, *ns >= (ABSENT_MS - 1) * NSEC_PER_MSEC, "it was back after %lu ns", *ns);
	return true;
}

/*
 * Without them KVM halts us until the page is there: interrupts come all the same, and each makes
 * the access again, but nothing else of ours runs.
 */
SELFTEST(kvm, async_page_faults)
{
	u64 with, without, off, waits[2], ready[2];
	int c = -1, i;

	if (!has(t, X86_FEATURE_KVM_ASYNC_PF) || !witness(t))
		return;
	page[5] = 1;
	for (i = 0; i < 2; i++) {
		c = counter(t, 0, WITNESS_EVENT_MSR_WRITE, MSR_KVM_ASYNC_PF_ACK);
		if (c < 0 || !touch(t, true, &waits[i]))
			return;
		ready[i] = take_counter(c);
		if (i)
			break;
		with = ticks;
		touch(t, false, &off);
		CHECK(t, !ticks, "%lu ticks with interrupts off", ticks);
		kvm_async_pf_off();
	}
	without = ticks;
	kvm_async_pf_on();
	CHECK(t, page[5] == 4, "three additions to 1 gave %lu", page[5]);
	printk("kvm: a page away for %lu ns: %lu ticks meanwhile, %lu acknowledged; "
	       "without async page faults %lu ticks, %lu acknowledged in %lu ns\n",
	       waits[0], with, ready[0], without, ready[1], waits[1]);
	CHECK(t, ready[0] == 1 && !ready[1], "%lu pages were acknowledged, and without %lu",
	      ready[0], ready[1]);
	CHECK(t, with >= ABSENT_MS / 5, "%lu ticks in %lu ns", with, waits[0]);
}
