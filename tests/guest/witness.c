/* SPDX-License-Identifier: MIT */
/*
 * The witness itself: that it counts what the guest does, all of it and nothing else, and that
 * what it is asked to do comes to pass. Other tests build on that.
 */
#include <selftest.h>
#include <smp.h>
#include <string.h>
#include <time.h>
#include <kvm/witness.h>
#include <asm/cpufeature.h>
#include <asm/io.h>
#include <asm/msr-index.h>
#include <asm/page.h>
#include <asm/paravirt.h>
#include <asm/traps.h>

#define ROUNDS	   1000
#define EMPTY_PORT 0x5a8

static bool no_witness(struct test *t)
{
	if (witness_present())
		return false;
	test_skip(t, boot_cpu_has(X86_FEATURE_KVM) ? "this VMM is not tools/vmm: no witness"
						   : "no KVM, so no witness");
	return true;
}

/* True: the test ends here, skipped or failed. */
static bool no_counter(struct test *t, int counter)
{
	if (counter == -ENOENT || counter == -EACCES)
		test_skip(t, "the host keeps its tracepoints to itself: error %d", counter);
	else if (counter < 0)
		test_fail(t, "a counter could not be opened: error %d", counter);
	return counter < 0;
}

SELFTEST(witness, counts_exits)
{
	u64 exits, io, all;
	int i;

	if (no_witness(t))
		return;
	exits = witness_stat(0, WITNESS_STAT_EXITS);
	io = witness_stat(0, WITNESS_STAT_IO_EXITS);
	for (i = 0; i < ROUNDS; i++)
		inb(EMPTY_PORT);
	all = witness_stat(0, WITNESS_STAT_IO_EXITS) - io;
	exits = witness_stat(0, WITNESS_STAT_EXITS) - exits;
	/* One more is the question itself. */
	CHECK(t, all == ROUNDS + 1, "%lu port exits for %d port reads and a question", all, ROUNDS);
	CHECK(t, exits > ROUNDS && exits < 3 * ROUNDS, "%lu exits for %d port reads", exits,
	      ROUNDS);
}

/* Once for a name that the filter lets through, once for one that it does not. */
SELFTEST(witness, counts_events)
{
	u64 reads, writes, other;
	int counters[3], i;

	if (no_witness(t))
		return;
	counters[0] = witness_counter_open(0, WITNESS_EVENT_MSR_READ, MSR_IA32_APICBASE);
	if (no_counter(t, counters[0]))
		return;
	counters[1] =
		witness_counter_open(WITNESS_CPU_ALL, WITNESS_EVENT_MSR_WRITE, MSR_IA32_APICBASE);
	counters[2] = witness_counter_open(0, WITNESS_EVENT_PIO, EMPTY_PORT);
	for (i = 0; i < ROUNDS; i++)
		wrmsr(MSR_IA32_APICBASE, rdmsr(MSR_IA32_APICBASE));
	rdmsr(MSR_IA32_APICBASE);
	inb(EMPTY_PORT);
	inb(EMPTY_PORT + 1);
	reads = witness_counter_read(counters[0]);
	writes = witness_counter_read(counters[1]);
	other = witness_counter_read(counters[2]);
	CHECK(t, reads == ROUNDS + 1, "%lu MSR reads, expected %d", reads, ROUNDS + 1);
	CHECK(t, writes == ROUNDS, "%lu MSR writes, expected %d", writes, ROUNDS);
	CHECK(t, other == 1, "%lu reads of port %x, expected 1", other, EMPTY_PORT);
	for (i = 0; i < 3; i++)
		witness_counter_close(counters[i]);
	CHECK(t, witness_counter_read(counters[0]) == WITNESS_ERROR, "a closed counter counts");
	CHECK(t, witness_counter_open(0, WITNESS_EVENTS, 0) == -EINVAL, "an unknown event counts");
}

/* 20 ms by the host's clocks, seen from both sides: not shorter inside than out, or longer. */
SELFTEST(witness, tells_the_time)
{
	struct witness_clocks first, last;
	u64 before, after, inner, outer;

	if (no_witness(t))
		return;
	before = sched_clock();
	witness_read_clocks(&first);
	inner = sched_clock();
	while (sched_clock() - inner < 20 * NSEC_PER_MSEC)
		;
	inner = sched_clock() - inner;
	witness_read_clocks(&last);
	outer = sched_clock() - before;
	after = last.monotonic - first.monotonic;
	/* The guest's clock is calibrated to a few in a thousand. */
	CHECK(t, after >= inner - inner / 64 && after <= outer + outer / 64,
	      "%lu ns by the host's clock, from %lu to %lu by ours", after, inner, outer);
	after = last.kvm - first.kvm;
	CHECK(t, after >= inner - inner / 64 && after <= outer + outer / 64,
	      "%lu ns by KVM's clock, from %lu to %lu by ours", after, inner, outer);
	CHECK(t, last.realtime > first.realtime, "the time of day is %lu after %lu", last.realtime,
	      first.realtime);
}

/* Spins for 60 ms, and says how long this CPU waited and ran meanwhile, by the host's account. */
static void spin(struct test *t, bool competitor, u64 *waited, u64 *ran)
{
	u64 start;

	*waited = witness_steal(0);
	*ran = witness_ran(0);
	CHECK(t, !competitor || !witness_hog(60), "no competitor");
	for (start = sched_clock(); sched_clock() - start < 60 * NSEC_PER_MSEC;)
		;
	*waited = witness_steal(0) - *waited;
	*ran = witness_ran(0) - *ran;
}

/*
 * Whether the host's timer comes through while this CPU runs with interrupts off. In Bochs it does
 * not: an entry into a guest that leaves IF as it was, off, leaves what the host had masked.
 */
static bool host_is_interrupted(void)
{
	u64 start = sched_clock(), exits = witness_stat(0, WITNESS_STAT_IRQ_EXITS);

	while (sched_clock() - start < 40 * NSEC_PER_MSEC)
		;
	return witness_stat(0, WITNESS_STAT_IRQ_EXITS) != exits;
}

/*
 * Alone and with a competitor: what is not ours we wait. Up to five times, as the host itself may
 * be kept from running just then.
 */
SELFTEST(witness, lets_us_wait)
{
	u64 waited[2], ran[2];
	int error, tries = 0;

	if (no_witness(t))
		return;
	error = witness_pin(0);
	if (error)
		return test_skip(t, "the VMM may not run on host CPU 0: error %d", error);
	if (!host_is_interrupted()) {
		witness_pin(WITNESS_CPU_ALL);
		return test_skip(t, "the host is not interrupted while we run with interrupts off: "
				    "nobody competes");
	}
	do {
		spin(t, false, &waited[0], &ran[0]);
		spin(t, true, &waited[1], &ran[1]);
	} while ((waited[1] < waited[0] + 10 * NSEC_PER_MSEC ||
		  ran[1] + 10 * NSEC_PER_MSEC > ran[0]) &&
		 ++tries < 5);
	witness_pin(WITNESS_CPU_ALL);
	CHECK(t, tries < 5 && ran[1],
	      "alone it waited %lu ns and ran %lu, with a competitor %lu and %lu", waited[0],
	      ran[0], waited[1], ran[1]);
}

/* Two pages go. One comes back by itself, in its time; one because we want it to. */
SELFTEST(witness, takes_pages_away)
{
	static volatile u64 page[2 * PAGE_SIZE / 8] __aligned(PAGE_SIZE);
	u64 start, took, used, pa = __pa((void *)page), i;
	int error;

	if (no_witness(t))
		return;
	for (i = 0; i < 2 * PAGE_SIZE / 8; i++)
		page[i] = i ^ pa;
	error = witness_absent(pa, 2, 200);
	if (error == -EACCES)
		return test_skip(t, "the host lets nobody but root have a userfaultfd");
	if (error)
		return test_fail(t, "the pages could not be made absent: error %d", error);
	start = sched_clock();
	page[3] ^= 0;
	took = sched_clock() - start;
	CHECK(t, witness_absent(pa, 1, 1) == -EBUSY, "two areas at once");
	used = witness_release();
	page[PAGE_SIZE / 8] ^= 0;
	CHECK(t, took >= 199 * NSEC_PER_MSEC, "the page was back after %lu ns, expected 200 ms",
	      took);
	CHECK(t, used == 1, "%lu pages were used, expected 1", used);
	for (i = 0; i < ARRAY_SIZE(page) && page[i] == (i ^ pa); i++)
		;
	CHECK(t, i == ARRAY_SIZE(page), "word %lu did not come back as it was", i);
}

static bool comes(volatile u64 *count, u64 from)
{
	u64 start = sched_clock();

	while (*count == from && sched_clock() - start < NSEC_PER_SEC)
		;
	return *count == from + 1;
}

/*
 * To this CPU, running, and to the last, idle. Two each, as the first may make KVM map what the
 * entry needs, and inject it again each time.
 */
SELFTEST(witness, sends_nmi)
{
	u64 before, injected = 0;
	u32 cpu;
	int i;

	if (no_witness(t))
		return;
	for (i = 0; i < 4; i++) {
		cpu = i < 2 ? 0 : nr_cpu_ids - 1;
		before = nmi_count;
		injected = witness_stat(cpu, WITNESS_STAT_NMI_INJECTIONS);
		CHECK(t, !witness_nmi(cpu), "no NMI could be sent to CPU %u", cpu);
		CHECK(t, comes(&nmi_count, before), "%lu NMIs came, expected 1",
		      nmi_count - before);
		injected = witness_stat(cpu, WITNESS_STAT_NMI_INJECTIONS) - injected;
		CHECK(t, injected >= 1 && (injected <= 3 || i % 2 == 0),
		      "KVM injected %lu NMIs into CPU %u, expected 1", injected, cpu);
	}
}

/* Valid, uncorrected, enabled; restart is possible, a machine check is in progress. */
SELFTEST(witness, sends_machine_check)
{
	u64 before = mce_count;

	if (no_witness(t))
		return;
	if (!boot_cpu_has(X86_FEATURE_MCE))
		return test_skip(t, "KVM shows no machine checks");
	CHECK(t, !witness_mce(0, 1, BIT(63) | BIT(61) | BIT(60) | 0x135, BIT(0) | BIT(2)),
	      "no machine check could be sent");
	CHECK(t, comes(&mce_count, before), "%lu machine checks came, expected 1",
	      mce_count - before);
}
