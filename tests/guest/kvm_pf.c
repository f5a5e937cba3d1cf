/* SPDX-License-Identifier: MIT */
/*
 * Pages that the host has to fetch. With asynchronous page faults the thread that needs one sleeps,
 * and the CPU is others'. Without them KVM halts the CPU until the page is there: an interrupt may
 * wake it up to try again, and a thread runs that this interrupt has woken or whose turn it is, but
 * when its slice is over the CPU halts again.
 */
#include "kvm_test.h"
#include <mm.h>
#include <sched.h>
#include <string.h>
#include <user.h>
#include <asm/page.h>
#include <asm/pgtable.h>

#define ABSENT_MS 50

extern const u8 user_prog[], user_prog_end[];

static volatile u64 page[PAGE_SIZE / 8] __aligned(PAGE_SIZE);
static bool stop;

static int run_until_stopped(void *data)
{
	(void)data;
	while (!READ_ONCE(stop))
		barrier();
	return 0;
}

struct touch {
	u64 ns;	      /* how long the access took */
	u64 other_ns; /* and of that, how long another thread of this CPU ran */
	u64 acks;     /* pages that KVM was told of, by its own count */
};

/* Not ours, which may stand still for a while where the host's TSC is not stable. */
static u64 host_clock(void)
{
	struct witness_clocks c = { 0 };

	witness_read_clocks(&c);
	return c.monotonic;
}

/* What needs the page at pa, beside a thread that always wants to run. */
static bool touch(struct test *t, u64 pa, void (*access)(void), bool interrupts,
		  struct touch *result)
{
	struct task_struct *other;
	int error, acks = counter(t, 0, WITNESS_EVENT_MSR_WRITE, MSR_KVM_ASYNC_PF_ACK);

	if (acks < 0)
		return false;
	stop = false;
	other = kthread_run(run_until_stopped, NULL, "other", 0);
	error = witness_absent(pa, 1, ABSENT_MS);
	if (error == -13)
		test_skip(t, "the host lets nobody but root have a userfaultfd");
	else if (error || !other)
		test_fail(t, "the page could not be made absent: error %d", error);
	if (!error && other) {
		result->other_ns = other->sum_exec_runtime;
		if (interrupts)
			arch_local_irq_enable();
		result->ns = host_clock();
		access();
		result->ns = host_clock() - result->ns;
		arch_local_irq_disable();
		result->other_ns = other->sum_exec_runtime - result->other_ns;
		CHECK(t, witness_release() == 1, "the page was not used");
		CHECK(t, result->ns >= (ABSENT_MS - 1) * NSEC_PER_MSEC, "it was back after %lu ns",
		      result->ns);
	}
	stop = true;
	if (other)
		kthread_join(other);
	result->acks = take_counter(acks);
	return !error && other;
}

static void add(void)
{
	page[5]++;
}

SELFTEST(kvm, async_page_faults)
{
	u64 pa = __pa((void *)page);
	struct touch with, without = { 0 }, off;

	if (!has(t, X86_FEATURE_KVM_ASYNC_PF) || !witness(t))
		return;
	page[5] = 1;
	if (!touch(t, pa, add, true, &with) || !touch(t, pa, add, false, &off))
		return;
	kvm_async_pf_off(true);
	touch(t, pa, add, true, &without);
	kvm_async_pf_on();
	CHECK(t, page[5] == 4, "three additions to 1 gave %lu", page[5]);
	printk("kvm: a page away for %lu ns: another thread ran for %lu of them, %lu told; "
	       "without async page faults for %lu of %lu, %lu told\n",
	       with.ns, with.other_ns, with.acks, without.other_ns, without.ns, without.acks);
	/* A page may be wanted again before KVM has mapped it. */
	CHECK(t, with.acks && !without.acks, "KVM told us of %lu pages, and unasked of %lu",
	      with.acks, without.acks);
	/* On a quiet host 47 of 50 ms. Where its reader halts, 6 ms, behind the page's return. */
	CHECK(t, with.other_ns > ABSENT_MS * NSEC_PER_MSEC / 2,
	      "in %lu ns another thread ran for %lu", with.ns, with.other_ns);
	CHECK(t, !off.other_ns && !off.acks, "with interrupts off it ran for %lu ns, %lu told",
	      off.other_ns, off.acks);
}

static struct user *program;

static void run_program(void)
{
	user_run(program);
}

/* Its code is away when it begins: it sleeps at its first instruction, and knows nothing of that.
 */
SELFTEST(kvm, async_page_fault_of_a_program)
{
	struct touch with;

	if (!has(t, X86_FEATURE_KVM_ASYNC_PF) || !witness(t))
		return;
	program = user_create(user_prog, user_prog_end - user_prog);
	if (!program)
		return test_fail(t, "no memory for a program");
	program->regs.di = PROG_TIME;
	program->regs.si = 10;
	if (touch(t, pte_val(*lookup_address_in(program->mm->pgd, USER_CODE)) & PTE_PFN_MASK,
		  run_program, true, &with)) {
		CHECK(t, program->end == USER_EXITED && !program->status,
		      "its end is %d, with status %lx: %s", program->end, program->status,
		      program->why);
		CHECK(t, with.acks && with.other_ns > ABSENT_MS * NSEC_PER_MSEC / 2,
		      "in %lu ns another thread ran for %lu, KVM told us of %lu pages", with.ns,
		      with.other_ns, with.acks);
	}
	user_destroy(program);
}
