/* SPDX-License-Identifier: MIT */
/*
 * The guest's part of what somebody outside does to it: tools/dom0/scenarios.sh. They tell what
 * they see by lines that start with "scenario:", and end by themselves when nobody comes.
 */
#include <printk.h>
#include <sched.h>
#include <selftest.h>
#include <smp.h>
#include <time.h>
#include <asm/paravirt.h>
#include <asm/traps.h>

#define PATIENCE (300 * NSEC_PER_SEC)

static bool wait_until(bool (*fn)(void))
{
	u64 start = sched_clock();

	while (!fn() && sched_clock() - start < PATIENCE)
		msleep(1);
	return fn();
}

static bool never(void)
{
	return false;
}

static bool one_cpu(void)
{
	return num_online_cpus() == 1;
}

static bool all_cpus(void)
{
	return num_online_cpus() == nr_cpu_ids;
}

static bool an_nmi(void)
{
	return READ_ONCE(nmi_count);
}

SELFTEST_HIDDEN(scenario, wait)
{
	printk("scenario: waits\n");
	wait_until(never);
	test_fail(t, "nobody ended it in %lu s", PATIENCE / NSEC_PER_SEC);
}

SELFTEST_HIDDEN(scenario, cpus)
{
	printk("scenario: waits\n");
	CHECK(t, wait_until(one_cpu), "%u CPUs are up, and should go", num_online_cpus());
	printk("scenario: one CPU\n");
	CHECK(t, wait_until(all_cpus), "%u CPUs of %u have come back", num_online_cpus(),
	      nr_cpu_ids);
}

SELFTEST_HIDDEN(scenario, nmi)
{
	printk("scenario: waits\n");
	CHECK(t, wait_until(an_nmi), "no NMI came");
}

/* Time in which the host has kept us from running is stolen. */
SELFTEST_HIDDEN(scenario, pause)
{
	u64 before = steal_clock(0), start = sched_clock();

	printk("scenario: waits\n");
	while (steal_clock(0) - before < NSEC_PER_SEC / 4 && sched_clock() - start < PATIENCE)
		cpu_relax();
	CHECK(t, steal_clock(0) - before >= NSEC_PER_SEC / 4, "%lu ms were stolen",
	      (steal_clock(0) - before) / NSEC_PER_MSEC);
}

/* Works until an NMI comes, beside others who want the CPU as well: what of its time they got. */
SELFTEST_HIDDEN(scenario, spin)
{
	u64 stolen = steal_clock(0), start = sched_clock(), last = start, now, away = 0;

	printk("scenario: waits\n");
	while (!an_nmi() && last - start < PATIENCE) {
		now = sched_clock();
		if (now - last > NSEC_PER_MSEC / 10)
			away += now - last;
		last = now;
	}
	stolen = steal_clock(0) - stolen;
	CHECK(t, an_nmi(), "no NMI came");
	CHECK(t, stolen <= away + (last - start) / 8, "%lu ms were stolen, it was away for %lu ms",
	      stolen / NSEC_PER_MSEC, away / NSEC_PER_MSEC);
	printk("scenario: stolen %lu of 100\n", stolen * 100 / (last - start + 1));
}
