/* SPDX-License-Identifier: MIT */
/*
 * The guest's part of sharing a page: tools/dom0/scenarios-grants.sh says in xenstore who is to
 * have it, and who has it to give. The page's first half is the lender's to write, the second the
 * borrower's.
 */
#include <page_alloc.h>
#include <printk.h>
#include <sched.h>
#include <selftest.h>
#include <string.h>
#include <time.h>
#include <asm/page.h>
#include <xen/grant_table.h>
#include <xen/xenstore.h>

#define PATIENCE (300 * NSEC_PER_SEC)
#define HALF	 (PAGE_SIZE / 2)

/* A node that somebody is to write: numbers, with spaces between them. */
static bool told(const char *node, u32 *numbers, u32 nr)
{
	u64 start = sched_clock();
	char buf[40] = "";
	const char *s = buf;

	while (xenstore_read(node, buf, sizeof(buf)) <= 0)
		if (sched_clock() - start > PATIENCE)
			return false;
		else
			msleep(20);
	for (; nr--; numbers++) {
		for (*numbers = 0; *s >= '0' && *s <= '9'; s++)
			*numbers = *numbers * 10 + *s - '0';
		s += *s == ' ';
	}
	return true;
}

static bool wait_for_change(bool (*fn)(u32), u32 arg)
{
	u64 start = sched_clock();

	while (!fn(arg) && sched_clock() - start < PATIENCE)
		msleep(20);
	return fn(arg);
}

static bool nothing_deferred(u32 ref)
{
	(void)ref;
	return !gnttab_nr_deferred();
}

/* To data/anole/borrower, until it does not use it any more. */
SELFTEST_HIDDEN(scenario, lend)
{
	u64 pa = alloc_page(), free;
	char *page = __va(pa), text[16];
	u32 who;
	int ref;

	printk("scenario: waits\n");
	if (!told("data/anole/borrower", &who, 1))
		return test_fail(t, "nobody says who is to have the page");
	snprintf(page, HALF, "a page lent to domain %u", who);
	ref = gnttab_grant_foreign_access(who, pa, false);
	if (ref < 0)
		return test_fail(t, "no grant: error %d", ref);
	snprintf(text, sizeof(text), "%d", ref);
	CHECK(t, !xenstore_write("data/anole/grant", text), "it can't be told");
	CHECK(t, wait_for_change(gnttab_query_foreign_access, ref), "nobody maps it");
	CHECK(t, !gnttab_try_end_foreign_access(ref), "it was ended, mapped");
	gnttab_end_foreign_access(ref);
	free = nr_free_pages();
	printk("scenario: %u grants are still in use\n", gnttab_nr_deferred());
	CHECK(t, wait_for_change(nothing_deferred, 0), "it is not given back");
	printk("scenario: the other wrote: %s\n", page + HALF);
	CHECK(t, nr_free_pages() == free + 1, "the page is not free again");
	printk("scenario: taken back\n");
}

/* As data/anole/lender says: domain and reference; until data/anole/enough; once more at
 * data/anole/again. */
SELFTEST_HIDDEN(scenario, borrow)
{
	struct gnttab_mapping m;
	u32 from[2], enough;
	int status;

	printk("scenario: waits\n");
	if (!told("data/anole/lender", from, 2))
		return test_fail(t, "nobody says who has a page to give");
	status = gnttab_map(from[0], from[1], false, &m);
	if (status)
		return test_fail(t, "grant %u of domain %u: %s", from[1], from[0],
				 gnttab_error(status));
	printk("scenario: reads: %s\n", (char *)m.va);
	strlcpy((char *)m.va + HALF, "a domU was here", HALF);
	CHECK(t, told("data/anole/enough", &enough, 1), "nobody says that it is enough");
	CHECK(t, !gnttab_unmap(&m), "it can't be given back");
	printk("scenario: given back\n");
	CHECK(t, told("data/anole/again", &enough, 1), "nobody says that it is taken back");
	status = gnttab_map(from[0], from[1], false, &m);
	printk("scenario: once more: %s\n", gnttab_error(status));
}
