/* SPDX-License-Identifier: MIT */
/*
 * Grants, where Xen gives us a table: this domain is both sides, since it may map what it granted
 * to itself. tools/dom0/scenarios-grants.sh has dom0 and a second domain as the other side.
 */
#include "../../arch/x86/pv/xen/xen.h"
#include "mm_test.h"
#include <page_alloc.h>
#include <sched.h>
#include <smp.h>
#include <string.h>
#include <time.h>
#include <xen/grant_table.h>
#include <xen/xenstore.h>

#define PATIENCE (10 * NSEC_PER_SEC)

static s32 own_id = -1;

static bool unfit(struct test *t)
{
	char buf[16];
	const char *s = buf;

	if (!on_xen()) {
		test_skip(t, "grants are Xen's");
		return true;
	}
	if (own_id >= 0)
		return false;
	if (xen_start_info->flags & SIF_INITDOMAIN) {
		own_id = 0;
	} else if (xenstore_read("domid", buf, sizeof(buf)) > 0) {
		for (own_id = 0; *s; s++)
			own_id = own_id * 10 + *s - '0';
	} else {
		test_fail(t, "xenstore does not say who we are");
	}
	return own_id < 0;
}

/* A page of ours with a word in it, granted to ourselves; 0 = no. */
static u64 granted(struct test *t, bool readonly, u32 *ref)
{
	u64 pa = alloc_page();
	int got;

	*(u64 *)__va(pa) = 0x6772616e74; /* "grant" */
	got = gnttab_grant_foreign_access(own_id, pa, readonly);
	CHECK(t, got >= GNTTAB_NR_RESERVED_ENTRIES, "no reference for a page: %d", got);
	*ref = got;
	return got >= GNTTAB_NR_RESERVED_ENTRIES ? pa : 0;
}

static bool mapped(struct test *t, u32 ref, bool readonly, struct gnttab_mapping *m)
{
	int status = gnttab_map(own_id, ref, readonly, m);

	CHECK(t, !status, "our own grant can't be mapped: %s", gnttab_error(status));
	return !status;
}

struct look {
	u64 *va, seen;
};

static void look(void *arg)
{
	struct look *l = arg;

	l->seen = READ_ONCE(*l->va);
}

/* On each CPU, none of which may know the page that was there before. */
static void all_see(struct test *t, void *va, u64 expected, const char *when)
{
	struct look l = { .va = va };
	u32 cpu;

	for_each_cpu(cpu, cpu_online_mask)
	{
		l.seen = ~expected;
		if (cpu == smp_processor_id())
			look(&l);
		else
			smp_call_function_single(cpu, look, &l);
		CHECK(t, l.seen == expected, "CPU %u sees %lx %s, expected %lx", cpu, l.seen, when,
		      expected);
	}
}

SELFTEST(grant, a_page_is_shared)
{
	u64 pa, free = nr_free_pages();
	struct gnttab_mapping m;
	u32 ref;

	if (unfit(t))
		return;
	pa = granted(t, false, &ref);
	if (!pa || !mapped(t, ref, false, &m))
		return;
	CHECK(t, m.va != __va(pa), "it is mapped where it was");
	CHECK(t, gnttab_query_foreign_access(ref), "mapped, and not in use");
	all_see(t, m.va, 0x6772616e74, "in the mapping");
	WRITE_ONCE(*(u64 *)m.va, 1);
	all_see(t, __va(pa), 1, "in the page after a write to the mapping");
	WRITE_ONCE(*(u64 *)__va(pa), 2);
	all_see(t, m.va, 2, "in the mapping after a write to the page");
	CHECK(t, !gnttab_unmap(&m), "it can't be unmapped");
	/* The page that was there before is there again, and was freed last. */
	CHECK(t, alloc_page() == m.page, "the page below is not free");
	WRITE_ONCE(*(u64 *)m.va, 6);
	all_see(t, m.va, 6, "where it was mapped");
	all_see(t, __va(pa), 2, "in the page after that");
	free_page(m.page);
	CHECK(t, !gnttab_query_foreign_access(ref), "unmapped, and still in use");
	CHECK(t, gnttab_try_end_foreign_access(ref), "unmapped, and not ours alone again");
	free_page(pa);
	CHECK(t, nr_free_pages() == free, "%lu pages free, expected %lu", nr_free_pages(), free);
}

SELFTEST(grant, one_in_use_is_not_ended)
{
	struct gnttab_mapping m, second;
	u32 ref, again;
	u64 pa;

	if (unfit(t))
		return;
	pa = granted(t, false, &ref);
	if (!pa || !mapped(t, ref, true, &m) || !mapped(t, ref, false, &second))
		return;
	CHECK(t, !gnttab_try_end_foreign_access(ref), "it was ended, mapped twice");
	WRITE_ONCE(*(u64 *)second.va, 3);
	CHECK(t, *(u64 *)__va(pa) == 3, "what is written is not there");
	CHECK(t, !gnttab_unmap(&second), "it can't be unmapped");
	CHECK(t, !gnttab_try_end_foreign_access(ref), "it was ended, mapped for reading");
	CHECK(t, !gnttab_unmap(&m), "it can't be unmapped");
	CHECK(t, gnttab_try_end_foreign_access(ref), "it can't be ended");
	CHECK(t, gnttab_map(own_id, ref, true, &m) == GNTST_general_error, "ended, it is mapped");
	/* The reference is free again. */
	again = gnttab_grant_foreign_access(own_id, pa, true);
	CHECK(t, again == ref, "reference %u is not used again, but %u", ref, again);
	CHECK(t, gnttab_try_end_foreign_access(again), "it can't be ended");
	free_page(pa);
}

SELFTEST(grant, kept_until_it_is_unmapped)
{
	u64 pa, free = nr_free_pages(), start;
	struct gnttab_mapping m;
	u32 ref;

	if (unfit(t))
		return;
	pa = granted(t, false, &ref);
	if (!pa || !mapped(t, ref, false, &m))
		return;
	gnttab_end_foreign_access(ref);
	CHECK(t, gnttab_nr_deferred() == 1, "%u ends are put off", gnttab_nr_deferred());
	msleep(100); /* in which it is tried */
	CHECK(t, gnttab_nr_deferred() == 1, "%u ends are put off later", gnttab_nr_deferred());
	WRITE_ONCE(*(u64 *)m.va, 4);
	CHECK(t, *(u64 *)__va(pa) == 4, "the page is another");
	CHECK(t, !gnttab_unmap(&m), "it can't be unmapped");
	for (start = sched_clock(); gnttab_nr_deferred() && sched_clock() - start < PATIENCE;)
		msleep(1);
	CHECK(t, !gnttab_nr_deferred(), "unmapped, it is not ended in %lu s",
	      PATIENCE / NSEC_PER_SEC);
	while (nr_free_pages() < free && sched_clock() - start < PATIENCE)
		msleep(1);
	/* The thread that tries has a stack of its own, which stays. */
	CHECK(t, gnttab_map(own_id, ref, true, &m) == GNTST_general_error, "ended, it is mapped");
	if (!granted(t, false, &ref))
		return;
	gnttab_end_foreign_access(ref);
	CHECK(t, !gnttab_nr_deferred(), "in no use, it is put off");
}

SELFTEST(grant, reading_only)
{
	struct gnttab_mapping m;
	int status;
	u32 ref;
	u64 pa;

	if (unfit(t))
		return;
	pa = granted(t, true, &ref);
	if (!pa)
		return;
	status = gnttab_map(own_id, ref, false, &m);
	CHECK(t, status == GNTST_general_error, "mapped to write: %s", gnttab_error(status));
	if (!mapped(t, ref, true, &m))
		return;
	CHECK(t, faults(write_plainly, (u64)m.va, X86_PF_PROT | X86_PF_WRITE),
	      "the mapping can be written");
	CHECK(t, READ_ONCE(*(u64 *)m.va) == 0x6772616e74, "it reads as %lx", *(u64 *)m.va);
	CHECK(t, !gnttab_unmap(&m), "it can't be unmapped");
	CHECK(t, gnttab_try_end_foreign_access(ref), "it can't be ended");
	free_page(pa);
}

SELFTEST(grant, refusals_have_names)
{
	struct gnttab_mapping m = { .va = __va(alloc_page()), .handle = 12345 };
	u64 pa = alloc_page(), free = nr_free_pages();
	int status, ref;
	size_t i;
	/* Of an entry that is there Xen says no more than that it is wrong. */
	struct {
		u16 domid;
		u32 ref;
		int status;
		const char *name;
	} refused[] = {
		{ own_id, 100, GNTST_general_error, "GNTST_general_error" },
		{ own_id, 1 << 20, GNTST_bad_gntref, "GNTST_bad_gntref" },
		{ 32000, 8, GNTST_bad_domain, "GNTST_bad_domain" },
		{ own_id, 0, GNTST_general_error, "GNTST_general_error" }, /* another's: below */
	};

	if (unfit(t))
		return;
	ref = gnttab_grant_foreign_access(own_id + 1, pa, false);
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		refused[i].domid = refused[i].domid == 32000 ? 32000 : own_id;
		if (!refused[i].ref)
			refused[i].ref = ref;
		status = gnttab_map(refused[i].domid, refused[i].ref, true, &m);
		CHECK(t,
		      status == refused[i].status && !strcmp(gnttab_error(status), refused[i].name),
		      "reference %u of domain %u: %s, expected %s", refused[i].ref,
		      refused[i].domid, gnttab_error(status), refused[i].name);
	}
	CHECK(t, nr_free_pages() == free, "%lu pages free after refusals, expected %lu",
	      nr_free_pages(), free);
	status = gnttab_unmap(&m);
	CHECK(t, status == GNTST_bad_handle, "a handle that is none: %s", gnttab_error(status));
	CHECK(t, gnttab_try_end_foreign_access(ref), "it can't be ended");
	free_page(pa);
	free_page(__pa(m.va));
}

/* More than a frame holds. */
SELFTEST(grant, the_table_grows)
{
	static u16 refs[1200];
	struct gnttab_mapping m;
	u64 pa[2], i;
	int ref;

	if (unfit(t))
		return;
	pa[0] = alloc_page();
	pa[1] = alloc_page();
	*(u64 *)__va(pa[1]) = 5;
	for (i = 0; i < ARRAY_SIZE(refs); i++) {
		ref = gnttab_grant_foreign_access(own_id, pa[i == ARRAY_SIZE(refs) - 1], true);
		if (ref < GNTTAB_NR_RESERVED_ENTRIES)
			return test_fail(t, "no reference for the %luth page: %d", i, ref);
		refs[i] = ref;
	}
	CHECK(t, ref > 1024, "reference %d lies in the table's first two frames", ref);
	if (mapped(t, ref, true, &m)) {
		CHECK(t, *(u64 *)m.va == 5, "it is another page");
		CHECK(t, !gnttab_unmap(&m), "it can't be unmapped");
	}
	for (i = 0; i < ARRAY_SIZE(refs); i++)
		CHECK(t, gnttab_try_end_foreign_access(refs[i]), "grant %u can't be ended",
		      refs[i]);
	free_page(pa[0]);
	free_page(pa[1]);
}

/* The table goes and comes back as around a suspend; in the same domain a grant stays as it was. */
SELFTEST(grant, the_table_comes_back)
{
	struct gnttab_mapping m;
	int error;
	u32 ref;
	u64 pa;

	if (unfit(t))
		return;
	pa = granted(t, false, &ref);
	if (!pa || !mapped(t, ref, false, &m))
		return;
	CHECK(t, gnttab_suspend() == -EBUSY, "it goes while a page of another domain is mapped");
	CHECK(t, gnttab_query_foreign_access(ref), "refused, it has gone");
	CHECK(t, !gnttab_unmap(&m), "it can't be unmapped");
	error = gnttab_suspend();
	CHECK(t, !error, "it does not go: error %d", error);
	gnttab_resume();
	CHECK(t, !gnttab_query_foreign_access(ref), "the grant is in use");
	if (!mapped(t, ref, false, &m))
		return;
	CHECK(t, *(u64 *)m.va == 0x6772616e74, "it reads as %lx", *(u64 *)m.va);
	CHECK(t, gnttab_query_foreign_access(ref), "mapped, and not in use");
	CHECK(t, !gnttab_unmap(&m) && gnttab_try_end_foreign_access(ref), "it can't be ended");
	free_page(pa);
}
