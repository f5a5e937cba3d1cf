/* SPDX-License-Identifier: MIT */
/* A page that is sealed while other CPUs know it as one to write: they forget that. */
#include "mm_test.h"
#include <page_alloc.h>
#include <sched.h>
#include <smp.h>
#include <asm/desc.h>
#include <asm/walk.h>

static struct {
	u8 *page;
	u32 step; /* 1: it was written; 2: it was sealed */
	bool wrote, faulted;
} seal;

static void write_seal(void *page)
{
	WRITE_ONCE(*(u8 *)page, 1);
}

/* Interrupts on, for the flush; and no other thread, whose coming would make the CPU forget. */
static int write_before_and_after(void *unused)
{
	struct fault f;

	(void)unused;
	preempt_disable();
	seal.wrote = !catch_fault(write_seal, seal.page, &f);
	WRITE_ONCE(seal.step, 1);
	while (READ_ONCE(seal.step) == 1)
		cpu_relax();
	seal.faulted = catch_fault(write_seal, seal.page, &f) && f.vector == X86_TRAP_PF &&
		       f.address == (u64)seal.page;
	preempt_enable();
	return 0;
}

/* The page stays sealed for good. */
SELFTEST(mm, a_seal_reaches_all_cpus)
{
	struct task_struct *thread;
	u64 pa = alloc_page();
	int error;

	if (num_online_cpus() == 1)
		return test_skip(t, "there is one CPU");
	if (!pa)
		return test_fail(t, "no memory");
	seal.page = __va(pa);
	seal.step = 0;
	thread = kthread_run(write_before_and_after, NULL, "seal", 1);
	if (!thread) {
		free_page(pa);
		return test_fail(t, "no memory for a thread");
	}
	while (!READ_ONCE(seal.step))
		schedule();
	error = seal_page(pa);
	WRITE_ONCE(seal.step, 2);
	kthread_join(thread);
	CHECK(t, !error, "error %d", error);
	CHECK(t, seal.wrote, "it could not be written before");
	CHECK(t, error || seal.faulted, "CPU 1 could write it when it was sealed");
}
