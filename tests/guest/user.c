/* SPDX-License-Identifier: MIT */
/* User mode: the embedded program's ways in and out, and what it may not do. */
#include <page_alloc.h>
#include <sched.h>
#include <selftest.h>
#include <smp.h>
#include <string.h>
#include <user.h>
#include <asm/paravirt.h>

extern const u8 user_prog[], user_prog_end[];

/* Run the program; a copy of what came of it, since the memory is given back. */
static struct user run(struct test *t, u64 what, u64 arg, u64 ticks)
{
	u64 free = nr_free_pages();
	struct user *u = user_create(user_prog, user_prog_end - user_prog), copy;

	if (!u) {
		test_fail(t, "no memory for a user program");
		return (struct user){ 0 };
	}
	u->regs.di = what;
	u->regs.si = arg;
	u->ticks = ticks;
	u->quiet = what != PROG_HELLO;
	user_run(u);
	copy = *u;
	user_destroy(u);
	CHECK(t, nr_free_pages() == free, "%lu pages were free before, %lu after", free,
	      nr_free_pages());
	return copy;
}

SELFTEST(user, hello)
{
	struct user u = run(t, PROG_HELLO, 0, 0);

	CHECK(t, u.end == USER_EXITED && u.status == 42, "end %d, status %lu, %s", u.end, u.status,
	      u.why);
	CHECK(t, u.written == 18, "%lu bytes written", u.written);
}

SELFTEST(user, returns_by_sysret_and_by_iret)
{
	struct user u = run(t, PROG_SYSCALLS, 1000, 0);

	CHECK(t, u.end == USER_EXITED && u.status == 1000, "end %d, status %lu, %s", u.end,
	      u.status, u.why);
	CHECK(t, u.yields == 1000 && u.syscalls == 1001, "%lu yields, %lu system calls", u.yields,
	      u.syscalls);
	CHECK(t, u.sysrets == 1000, "%lu of 1000 returned by sysret", u.sysrets);
	u = run(t, PROG_BY_IRET, 0, 0);
	CHECK(t, u.end == USER_EXITED && u.status == 0, "by iret: end %d, status %lx, %s", u.end,
	      u.status, u.why);
	CHECK(t, u.irets == 1, "%lu returned by iret", u.irets);
}

SELFTEST(user, registers_are_kept)
{
	struct user u = run(t, PROG_REGISTERS, 0, 0);

	CHECK(t, u.end == USER_EXITED && !u.status, "end %d, lost %lx, %s", u.end, u.status, u.why);
}

static bool disturbing;

/* Whoever yields to it has an event that waits, on its way out. */
static int disturb(void *cpu)
{
	while (READ_ONCE(disturbing)) {
		arch_local_irq_disable();
		smp_send_reschedule(*(u32 *)cpu);
		schedule();
		arch_local_irq_enable();
	}
	return 0;
}

/* On Xen what interrupts the return is shown what registers the return itself was made with. */
SELFTEST(user, registers_are_kept_where_an_event_waits)
{
	u32 cpu = smp_processor_id();
	struct task_struct *thread;
	struct user u;

	disturbing = true;
	thread = kthread_run(disturb, &cpu, "disturb", (int)cpu);
	if (!thread)
		return test_fail(t, "no memory for a thread");
	u = run(t, PROG_REGISTERS, 200, 0);
	WRITE_ONCE(disturbing, false);
	kthread_join(thread);
	CHECK(t, u.end == USER_EXITED && !u.status, "end %d, lost %lx, %s", u.end, u.status, u.why);
}

SELFTEST(user, bad_pointers_are_refused)
{
	struct user u = run(t, PROG_BAD_WRITE, 0, 0);

	CHECK(t, u.end == USER_EXITED && !u.status, "end %d, wrong ones %lx, %s", u.end, u.status,
	      u.why);
}

SELFTEST(user, time_goes_forward)
{
	struct user u = run(t, PROG_TIME, 1000, 0);

	CHECK(t, u.end == USER_EXITED && !u.status, "end %d, status %lu, %s", u.end, u.status,
	      u.why);
}

SELFTEST(user, preempted_by_the_timer)
{
	struct user u = run(t, PROG_SPIN, 0, 5);

	CHECK(t, u.end == USER_KILLED && u.preemptions == 5, "end %d, %lu preemptions, %s", u.end,
	      u.preemptions, u.why);
}

/* A program that is in the kernel most of the time is preempted all the same. */
SELFTEST(user, system_calls_do_not_hold_off_the_timer)
{
	struct user u = run(t, PROG_SYSCALLS, -1UL, 5);

	CHECK(t, u.end == USER_KILLED && u.preemptions == 5, "end %d, %lu preemptions, %s", u.end,
	      u.preemptions, u.why);
}

/* Twice: that the first one tried must not open it for the second. */
SELFTEST(user, the_fpu_is_nobodys)
{
	struct user u;
	int i;

	for (i = 0; i < 2; i++) {
		u = run(t, PROG_FPU, 0, 0);
		CHECK(t, u.end == USER_KILLED && !strncmp(u.why, "it used the FPU", 15),
		      "program %d: end %d, %s", i, u.end, u.why);
	}
}
