/* SPDX-License-Identifier: MIT */
/*
 * Self-tests: SELFTEST(group, name) { ... } anywhere in the image registers one. They run one
 * after another on the boot CPU when the boot is done, with interrupts off, and report in TAP.
 */
#ifndef SELFTEST_H
#define SELFTEST_H

#include <platform.h>
#include <types.h>

/* One test's run: the worst of what it said counts. Success < skip < failure. */
struct test {
	bool skipped, failed;
	bool unreported; /* broken/plan: leaves its line out */
	char why[160];	 /* of the skip, or the first failure */
};

struct pt_regs;
struct selftest {
	const char *group, *name;
	void (*run)(struct test *t);
	bool hidden; /* runs only when the pattern names its group: tests that break something */
	bool alone;  /* other CPUs are down meanwhile: it writes text */
};

#define SELFTEST_(group_, name_, ...)                                                           \
	static void group_##_##name_(struct test *t);                                           \
	static const struct selftest selftest_##group_##_##name_ __used __aligned(8) __section( \
		".selftests." #group_) = { #group_, #name_, group_##_##name_, __VA_ARGS__ };    \
	static void group_##_##name_(struct test *t)

#define SELFTEST(group, name)	     SELFTEST_(group, name, .hidden = false)
#define SELFTEST_ALONE(group, name)  SELFTEST_(group, name, .alone = true)
#define SELFTEST_HIDDEN(group, name) SELFTEST_(group, name, .hidden = true)

/* The first failure's words are kept; the test goes on unless it returns. */
void test_fail(struct test *t, const char *fmt, ...) __printf(2, 3);
void test_skip(struct test *t, const char *fmt, ...) __printf(2, 3);

/* This handler for an IPI until the test ends: the scheduler's is back for the next. */
void test_handle_ipi(void (*handler)(struct pt_regs *regs));

#define CHECK(t, cond, ...)                        \
	do {                                       \
		if (!(cond))                       \
			test_fail(t, __VA_ARGS__); \
	} while (0)

/* Of all text, to see that it is as it was: tests/guest/patch_back.c. */
u64 text_hash(void);
extern u64 boot_text_hash; /* after the boot patch, of one CPU's text */

/* Of those that were picked; from selftest_run() on. */
extern u32 selftest_not_passed;

/* Runs what the pattern picks and says what the machine shall end with. */
enum exit_code selftest_run(const char *pattern);

/*
 * The last line of every console, by which a run is judged where the machine's end carries no
 * result: "# verdict: passed", "failed N", "panic", "refused" (the command line), "none"
 * (test=none).
 */
void verdict(enum exit_code code);

#endif
