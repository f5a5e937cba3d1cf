/* SPDX-License-Identifier: MIT */
/* xenstore, where this domain has one: what is written is read, by another way too. */
#include <printk.h>
#include <sched.h>
#include <selftest.h>
#include <smp.h>
#include <string.h>
#include <time.h>
#include <xen/xenstore.h>

#define PATIENCE (10 * NSEC_PER_SEC)

static bool unfit(struct test *t)
{
	if (!xenstore_connected())
		test_skip(t, "no xenstore");
	return t->skipped;
}

SELFTEST(xenstore, write_read_list_remove)
{
	char buf[64];
	int got;

	if (unfit(t))
		return;
	CHECK(t, !xenstore_write("data/anole/test/a", "1st"), "it can't be written");
	CHECK(t, !xenstore_write("data/anole/test/b", ""), "nothing can't be written");
	got = xenstore_read("data/anole/test/a", buf, sizeof(buf));
	CHECK(t, got == 3 && !strcmp(buf, "1st"), "it reads as %d bytes, '%s'", got, buf);
	got = xenstore_read("data/anole/test/b", buf, sizeof(buf));
	CHECK(t, !got && !*buf, "nothing reads as %d bytes", got);
	got = xenstore_list("data/anole/test", buf, sizeof(buf));
	CHECK(t, got == 4 && !memcmp(buf, "a\0b", 4), "the list is %d bytes, '%s'", got, buf);
	got = xenstore_read("data/anole/test/a", buf, 3);
	CHECK(t, got == -E2BIG, "into a buffer that is too short: %d", got);
	CHECK(t, !xenstore_rm("data/anole/test"), "it can't be removed");
	got = xenstore_read("data/anole/test/a", buf, sizeof(buf));
	CHECK(t, got == -ENOENT && !strcmp(xenstore_error(got), "ENOENT"), "removed, it reads: %d",
	      got);
}

SELFTEST(xenstore, refusals_have_names)
{
	static char wide[1100];
	char buf[64];
	int got;

	if (unfit(t))
		return;
	got = xenstore_write("/local/domain/0/name", "us");
	CHECK(t, got == -EACCES, "dom0's name: %s", xenstore_error(got));
	got = xenstore_read("no//path", buf, sizeof(buf));
	CHECK(t, got == -EINVAL, "a path that is none: %s", xenstore_error(got));
	memset(wide, 'x', sizeof(wide) - 1);
	got = xenstore_write("data/anole/test", wide);
	CHECK(t, got == -E2BIG, "more than the ring holds: %d", got);
}

/* The ring goes round many times; an answer is of its own question. */
SELFTEST(xenstore, many)
{
	char node[40], value[120], buf[128];
	u32 i;

	if (unfit(t))
		return;
	for (i = 0; i < 40; i++) {
		snprintf(node, sizeof(node), "data/anole/test/%u", i);
		snprintf(value, sizeof(value), "%0*u", 1 + (int)i * 2, i);
		CHECK(t, !xenstore_write(node, value), "write %u", i);
		CHECK(t,
		      xenstore_read(node, buf, sizeof(buf)) == (int)strlen(value) &&
			      !strcmp(buf, value),
		      "%u reads as '%s'", i, buf);
	}
	CHECK(t, !xenstore_rm("data/anole/test"), "they can't be removed");
}

static u32 calls;

static void on_change(const char *path)
{
	(void)path;
	calls++;
}

static bool called(u32 n)
{
	u64 start = sched_clock();

	while (READ_ONCE(calls) < n && sched_clock() - start < PATIENCE)
		msleep(1);
	return READ_ONCE(calls) >= n;
}

SELFTEST(xenstore, watches)
{
	u32 n;

	if (unfit(t))
		return;
	calls = 0;
	CHECK(t, !xenstore_watch("data/anole/watched", on_change), "it can't be watched");
	CHECK(t, called(1), "a watch is not called at once");
	n = calls;
	CHECK(t, !xenstore_write("data/anole/watched/below", "1"), "it can't be written");
	CHECK(t, called(n + 1), "what changes is not told");
	CHECK(t, !xenstore_unwatch("data/anole/watched"), "it can't be left alone");
	n = calls;
	CHECK(t, !xenstore_write("data/anole/watched/below", "2"), "it can't be written");
	msleep(20);
	CHECK(t, calls == n, "after unwatch %u calls came", calls - n);
	CHECK(t, !xenstore_rm("data/anole/watched"), "it can't be removed");
}

SELFTEST(xenstore, memory_target)
{
	char kib[32];
	int got;

	if (unfit(t))
		return;
	got = xenstore_read("memory/target", kib, sizeof(kib));
	CHECK(t, got > 0, "memory/target: %s", xenstore_error(got));
}

SELFTEST(vcpu, as_dom0_says)
{
	char node[40], what[16];
	u32 cpu;

	if (unfit(t))
		return;
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		snprintf(node, sizeof(node), "cpu/%u/availability", cpu);
		CHECK(t, xenstore_read(node, what, sizeof(what)) > 0, "%s can't be read", node);
		CHECK(t, !strcmp(what, "online") == cpu_online(cpu), "CPU %u is said to be %s", cpu,
		      what);
	}
}
