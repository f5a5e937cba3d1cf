/* SPDX-License-Identifier: MIT */
/*
 * The self-test runner: TAP 13 on the console, the newest that Debian 12's prove takes. The plan
 * comes first, so that a run that ends early can't look whole; the verdict counts its own lines.
 */
#include <printk.h>
#include <selftest.h>
#include <smp.h>
#include <string.h>
#include <asm/apic.h>
#include <asm/paravirt.h>
#include <asm/traps.h>

u32 selftest_not_passed;
static bool nothing_ran;
static irq_handler_t schedulers; /* while a test has put another one in its place */
extern const struct selftest __selftests_start[], __selftests_end[];

static void say(char *why, size_t size, const char *fmt, va_list args)
{
	if (!*why)
		vsnprintf(why, size, fmt, args);
}

void test_fail(struct test *t, const char *fmt, ...)
{
	va_list args;

	if (!t->failed)
		t->why[0] = 0;
	t->failed = true;
	va_start(args, fmt);
	say(t->why, sizeof(t->why), fmt, args);
	va_end(args);
}

void test_skip(struct test *t, const char *fmt, ...)
{
	va_list args;

	t->skipped = true;
	va_start(args, fmt);
	say(t->why, sizeof(t->why), fmt, args);
	va_end(args);
}

/* What waits for the boot CPU has its turn between tests. */
static void let_others_in(void)
{
	arch_local_irq_enable();
	cpu_relax();
	arch_local_irq_disable();
}

static bool picked(const struct selftest *s, const char *pattern)
{
	size_t len = strlen(s->group);
	char name[80];

	snprintf(name, sizeof(name), "%s/%s", s->group, s->name);
	if (s->hidden && (strncmp(pattern, s->group, len) || pattern[len] != '/'))
		return false;
	return glob_match(pattern, name);
}

void test_handle_ipi(irq_handler_t handler)
{
	irq_handler_t old = set_irq_handler(RESCHEDULE_VECTOR, handler);

	if (!schedulers)
		schedulers = old;
}

static void run(const struct selftest *s, unsigned int nr, struct test *t)
{
	s->run(t);
	mce_report();
	if (!arch_irqs_disabled_flags(arch_local_save_flags())) {
		arch_local_irq_disable();
		test_fail(t, "it left interrupts on");
	}
	if (schedulers)
		set_irq_handler(RESCHEDULE_VECTOR, schedulers);
	schedulers = NULL;
	if (t->unreported)
		return;
	if (t->failed)
		tap_printk("not ok %u - %s/%s\n# %s\n", nr, s->group, s->name, t->why);
	else if (t->skipped)
		tap_printk("ok %u - %s/%s # SKIP %s\n", nr, s->group, s->name, t->why);
	else
		tap_printk("ok %u - %s/%s\n", nr, s->group, s->name);
}

enum exit_code selftest_run(const char *pattern)
{
	unsigned int planned = 0, reported = 0, failed = 0, skipped = 0;
	const struct selftest *s;
	u64 down = 0; /* CPUs that have to come up again */

	tap_printk("TAP version 13\n");
	if (!strcmp(pattern, "none")) {
		tap_printk("1..0 # SKIP test=none\n");
		nothing_ran = true;
		return EXIT_PASS;
	}
	for (s = __selftests_start; s < __selftests_end; s++)
		planned += picked(s, pattern);
	if (!planned) {
		printk("command line: no self-test's group/name matches test=%s\n", pattern);
		return EXIT_USAGE;
	}
	tap_printk("1..%u\n", planned);
	selftest_not_passed = planned;
	for (s = __selftests_start; s < __selftests_end; s++) {
		struct test t = { 0 };

		if (!picked(s, pattern))
			continue;
		if (s->alone)
			down |= smp_quiesce();
		else
			smp_resume(down), down = 0;
		run(s, reported + 1, &t);
		let_others_in();
		reported += !t.unreported;
		failed += t.failed;
		selftest_not_passed -= !t.unreported && !t.failed;
		skipped += t.skipped && !t.failed;
	}
	printk("%u of %u self-tests ran: %u failed, %u skipped\n", reported, planned, failed,
	       skipped);
	if (reported != planned) {
		printk("plan: %u tests were planned, but %u reported a result\n", planned,
		       reported);
		return EXIT_FAIL;
	}
	return failed ? EXIT_FAIL : EXIT_PASS;
}

void verdict(enum exit_code code)
{
	printk_flush();
	switch (code) {
	case EXIT_PASS:
		printk("verdict: %s\n", nothing_ran ? "none" : "passed");
		break;
	case EXIT_FAIL:
		printk("verdict: failed %u\n", selftest_not_passed);
		break;
	case EXIT_USAGE:
		printk("verdict: refused\n");
		break;
	case EXIT_PANIC:
		printk("verdict: panic\n");
	}
}
