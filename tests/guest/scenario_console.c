/* SPDX-License-Identifier: MIT */
/*
 * The guest's part of talking over its console: it says what is typed, and does what
 * data/anole/do asks for, since that does not go by the console: tools/dom0/scenarios-console.sh.
 */
#include <printk.h>
#include <sched.h>
#include <selftest.h>
#include <string.h>
#include <time.h>
#include <xen/console.h>
#include <xen/xenstore.h>

#define PATIENCE (300 * NSEC_PER_SEC)
#define LINES	 200 /* ten times what the ring holds */

static void flood(void)
{
	u32 i;

	for (i = 1; i <= LINES; i++)
		printk("flood %u %0*u\n", i, 80, i * 7919);
	printk("scenario: flooded\n");
}

/* Lines as they are typed, in pieces perhaps. True: it is enough. */
static bool listen(void)
{
	static char line[80];
	static size_t len;
	bool end = false;
	char buf[16];
	size_t n, i;

	n = xencons_read(buf, sizeof(buf), 50 * NSEC_PER_MSEC);
	for (i = 0; i < n; i++) {
		if (buf[i] == '\n' || buf[i] == '\r') {
			line[len] = 0;
			printk("scenario: typed: %s\n", line);
			end |= !strcmp(line, "end");
			len = 0;
		} else if (len < sizeof(line) - 1) {
			line[len++] = buf[i];
		}
	}
	return end;
}

SELFTEST_HIDDEN(scenario, console)
{
	u64 start = sched_clock();
	char what[16];

	printk("scenario: waits\n");
	while (sched_clock() - start < PATIENCE) {
		if (listen())
			return;
		if (xenstore_read("data/anole/do", what, sizeof(what)) <= 0)
			continue;
		xenstore_rm("data/anole/do");
		if (!strcmp(what, "panic"))
			panic("dom0 wants a panic");
		if (!strcmp(what, "flood"))
			flood();
	}
	test_fail(t, "nobody ended it in %lu s", PATIENCE / NSEC_PER_SEC);
}
