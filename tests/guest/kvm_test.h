/* SPDX-License-Identifier: MIT */
/* For the tests of KVM's features: what each needs, and what the host counted of it. */
#ifndef TESTS_KVM_TEST_H
#define TESTS_KVM_TEST_H

#include <printk.h>
#include <selftest.h>
#include <smp.h>
#include <time.h>
#include <kvm/witness.h>
#include <asm/cpufeature.h>
#include <asm/paravirt.h>
#include "../../arch/x86/pv/kvm/kvm.h"

#define TEST_VECTOR 0xf1
#define PATIENCE    NSEC_PER_SEC /* a limit, not an expectation */

/* False: the test is skipped, and says why. */
static inline bool has(struct test *t, unsigned int feature)
{
	if (!boot_cpu_has(X86_FEATURE_KVM))
		test_skip(t, "no KVM");
	else if (is_twin)
		test_skip(t, "the twin has no op that could be KVM's");
	else if (!boot_cpu_has(feature))
		test_skip(t, "KVM does not offer it, or it is turned off");
	return !t->skipped;
}

static inline bool cpus(struct test *t, unsigned int nr)
{
	if (num_online_cpus() < nr)
		test_skip(t, "it needs %u CPUs, %u are up", nr, num_online_cpus());
	return !t->skipped;
}

static inline bool witness(struct test *t)
{
	if (!witness_present())
		test_skip(t, "this VMM is not tools/vmm: no witness");
	return !t->skipped;
}

/* An event's counter, from 0; -1 and a skip or a failure. The one who opens it closes it. */
static inline int counter(struct test *t, unsigned int cpu, enum witness_event event, u64 filter)
{
	int c = witness_counter_open(cpu, event, filter);

	if (c == -2 || c == -13)
		test_skip(t, "the host keeps its tracepoints to itself: error %d", c);
	else if (c < 0)
		test_fail(t, "a counter could not be opened: error %d", c);
	return c < 0 ? -1 : c;
}

static inline u64 take_counter(int c)
{
	u64 count = witness_counter_read(c);

	witness_counter_close(c);
	return count;
}

/* Our account, between two looks at the host's: it may add to it whenever it runs. */
struct steal {
	u64 host_before, ours, host_after;
};

static inline struct steal look_at_steal(u32 cpu)
{
	struct steal s;

	s.host_before = witness_steal(cpu);
	s.ours = steal_clock(cpu);
	s.host_after = witness_steal(cpu);
	return s;
}

static inline void check_steal(struct test *t, u32 cpu, const struct steal *first,
			       const struct steal *last)
{
	u64 ours = last->ours - first->ours, most = last->host_after - first->host_before;
	u64 least = last->host_before - min(last->host_before, first->host_after);

	CHECK(t, ours + NSEC_PER_MSEC >= least && ours <= most + NSEC_PER_MSEC,
	      "CPU %u: %lu ns were stolen, by the host's account %lu to %lu", cpu, ours, least,
	      most);
}

#endif
