/* SPDX-License-Identifier: MIT */
/*
 * KVM's features that take two virtual CPUs: one time for all, interrupts for others, flushes.
 * Figures are the host's. Waiting for a kick is in kvm_spin.c.
 */
#include "kvm_job.h"
#include "mm_test.h"
#include "../../arch/x86/pv/native/native.h"
#include <asm/tsc.h>

#define ROUNDS 10

/* ---- time ------------------------------------------------------------------------------------ */

struct behind {
	u64 others;   /* what another CPU was told */
	u64 unstable; /* what we are told, while our clock is far behind, */
	u64 stable;   /* and if KVM says that it can't be */
};

/* Nobody else looks at this CPU's clock meanwhile. */
static void fall_behind(void *arg)
{
	struct pvclock_vcpu_time_info *clock = this_cpu_ptr(&kvm_clock);
	struct behind *b = arg;

	kvm_clock_off();
	clock->system_time -= b->others / 2;
	clock->flags = 0;
	b->unstable = kvm_sched_clock();
	clock->flags = PVCLOCK_TSC_STABLE_BIT;
	b->stable = kvm_sched_clock();
	kvm_clock_on();
}

/* Clocks that differ, which two CPUs on one real CPU hardly ever see. */
SELFTEST(kvm, clock_of_a_cpu_that_is_behind)
{
	struct behind b = { 0 };

	if (!has(t, X86_FEATURE_KVM_CLOCKSOURCE2) || !cpus(t, 2))
		return;
	b.others = kvm_sched_clock_unstable();
	smp_call_function_single(1, fall_behind, &b);
	CHECK(t, b.unstable >= b.others, "%lu ns on CPU 1 after %lu on CPU 0", b.unstable,
	      b.others);
	CHECK(t, b.stable < b.unstable, "a stable clock of %lu ns was held at %lu", b.stable,
	      b.unstable);
	b.stable = kvm_sched_clock_unstable();
	CHECK(t, b.stable >= b.unstable, "%lu ns on CPU 0 after %lu on CPU 1", b.stable,
	      b.unstable);
}

/* Not a measured one, which is some kHz beside it. */
SELFTEST(kvm, the_tsc_has_the_rate_that_kvm_tells)
{
	u32 told;

	if (!has(t, X86_FEATURE_KVM_CLOCKSOURCE2))
		return;
	told = pvclock_tsc_khz(this_cpu_ptr(&kvm_clock));
	CHECK(t, tsc_khz == told, "%u kHz, KVM tells %u", tsc_khz, told);
}

static u64 latest, backwards;

/* What somebody else has read lies behind what we read after that. */
static void look_at_the_clock(void)
{
	u64 begin = sched_clock(), last, now;

	do {
		last = READ_ONCE(latest);
		now = sched_clock();
		if (now < last)
			backwards = max(backwards, last - now);
		WRITE_ONCE(latest, now);
	} while (now - begin < 100 * NSEC_PER_MSEC);
}

SELFTEST(kvm, clock_never_goes_back)
{
	if (!has(t, X86_FEATURE_KVM_CLOCKSOURCE2) || !cpus(t, 2))
		return;
	backwards = latest = 0;
	start(look_at_the_clock);
	look_at_the_clock();
	end(t);
	CHECK(t, !backwards, "one CPU was %lu ns behind another", backwards);
}

/* The boot CPU's own account can be compared: KVM brings it up to date when it runs again. */
SELFTEST(kvm, steal_of_two)
{
	struct steal first, last;
	u64 other, i;

	if (!has(t, X86_FEATURE_KVM_STEAL_TIME) || !compete(t))
		return;
	other = steal_clock(1);
	start(spin_until_told);
	last = first = look_at_steal(0);
	for (i = 0; last.ours - first.ours < 20 * NSEC_PER_MSEC && i < 10000000; i++)
		if (!(i % 1000))
			last = look_at_steal(0);
	end(t);
	other = steal_clock(1) - other;
	witness_pin(WITNESS_CPU_ALL);
	printk("kvm: two CPUs on one: steal %lu and %lu ns\n", last.ours - first.ours, other);
	CHECK(t, last.ours - first.ours >= 20 * NSEC_PER_MSEC && other,
	      "%lu and %lu ns were stolen", last.ours - first.ours, other);
	check_steal(t, 0, &first, &last);
}

/* ---- interrupts for others ------------------------------------------------------------------- */

/* How CPU 0 sent: hypercalls, and writes of the APIC's command register. */
struct sent {
	int calls, writes;
};

static bool begin_count(struct test *t, struct sent *s)
{
	s->calls = counter(t, 0, WITNESS_EVENT_HYPERCALL, KVM_HC_SEND_IPI);
	s->writes = s->calls < 0 ? -1 : counter(t, 0, WITNESS_EVENT_APIC_WRITE, APIC_ICR);
	return s->writes >= 0;
}

static void end_count(const struct sent *s, u64 *calls, u64 *writes)
{
	*calls = take_counter(s->calls);
	*writes = take_counter(s->writes);
}

static DEFINE_PER_CPU(u32, arrived);

static void on_ipi(struct pt_regs *regs)
{
	(void)regs;
	this_cpu_inc(arrived);
	apic_eoi();
}

static void send_to_all(struct test *t, void (*send)(u64, u32), u64 *calls, u64 *writes)
{
	u64 others = cpu_online_mask & ~BIT(0), begin = sched_clock();
	struct sent s;
	u32 i, cpu;

	*calls = *writes = 0;
	if (!begin_count(t, &s))
		return;
	for_each_cpu(cpu, others) per_cpu(arrived, cpu) = 0;
	for (i = 1; i <= ROUNDS; i++) {
		send(others, TEST_VECTOR);
		for_each_cpu(cpu, others) while (READ_ONCE(per_cpu(arrived, cpu)) < i &&
						 sched_clock() - begin < 5 * PATIENCE);
	}
	for_each_cpu(cpu, others)
		CHECK(t, per_cpu(arrived, cpu) == ROUNDS, "%u of %d IPIs came to CPU %u",
		      per_cpu(arrived, cpu), ROUNDS, cpu);
	end_count(&s, calls, writes);
}

SELFTEST(kvm, send_ipi)
{
	u64 calls, writes, native_calls, native_writes, each = num_online_cpus() - 1;

	if (!has(t, X86_FEATURE_KVM_PV_SEND_IPI) || !cpus(t, 2) || !witness(t))
		return;
	set_irq_handler(TEST_VECTOR, on_ipi);
	send_to_all(t, kvm_ipi_ops.send_IPI_mask, &calls, &writes);
	send_to_all(t, native_send_IPI_mask, &native_calls, &native_writes);
	if (t->skipped)
		return;
	printk("kvm: %d times an IPI to %lu CPUs: %lu hypercalls and %lu writes; "
	       "natively %lu and %lu\n",
	       ROUNDS, each, calls, writes, native_calls, native_writes);
	CHECK(t, calls == ROUNDS && !writes, "%lu hypercalls, %lu writes", calls, writes);
	CHECK(t, !native_calls && native_writes == ROUNDS * each,
	      "natively %lu hypercalls, %lu writes", native_calls, native_writes);
}

static u64 answered;

static void answer(void *unused)
{
	(void)unused;
	WRITE_ONCE(answered, sched_clock());
}

static void on_question(struct pt_regs *regs)
{
	(void)regs;
	apic_eoi();
	answer(NULL);
}

/* After how long a busy CPU answers, in ns: a call, or an interrupt and a wait. */
static u64 ask(bool call)
{
	u64 begin = sched_clock();

	answered = 0;
	if (call)
		smp_call_function_single(1, answer, NULL);
	else
		(kvm_ipi_ops.send_IPI_mask)(BIT(1), TEST_VECTOR + 1);
	while (!READ_ONCE(answered) && sched_clock() - begin < 5 * PATIENCE)
		;
	return answered - begin;
}

/* A call of a CPU that waits for ours: we give it away. */
SELFTEST(kvm, sched_yield)
{
	u64 yields, attempted, took[2] = { 0 };
	int c, i;

	if (!has(t, X86_FEATURE_KVM_PV_SCHED_YIELD) || !compete(t))
		return;
	c = counter(t, 0, WITNESS_EVENT_HYPERCALL, KVM_HC_SCHED_YIELD);
	if (c < 0)
		return;
	set_irq_handler(TEST_VECTOR + 1, on_question);
	start(spin_until_told);
	attempted = witness_stat(0, WITNESS_STAT_DIRECTED_YIELD_ATTEMPTED);
	for (i = 0; i < 2 * ROUNDS && until_preempted(t); i++)
		took[i % 2] += ask(i % 2);
	attempted = witness_stat(0, WITNESS_STAT_DIRECTED_YIELD_ATTEMPTED) - attempted;
	end(t);
	yields = take_counter(c);
	witness_pin(WITNESS_CPU_ALL);
	printk("kvm: %d calls of a busy CPU: %lu yields, KVM tried %lu; answered after %lu ns, "
	       "without yield %lu\n",
	       ROUNDS, yields, attempted, took[1] / ROUNDS, took[0] / ROUNDS);
	CHECK(t, yields && yields <= ROUNDS, "%lu yields for %d calls", yields, ROUNDS);
	CHECK(t, attempted, "KVM made none of them");
}

/* ---- TLB flushes ----------------------------------------------------------------------------- */

static u64 ipis_of(struct test *t, void (*flush)(u64, const struct flush_tlb_info *), u64 *ns)
{
	struct flush_tlb_info info = { USER_VA, USER_VA + PAGE_SIZE };
	u64 calls, writes, took = 0, begin;
	struct sent s;
	int i;

	if (!begin_count(t, &s))
		return 0;
	for (i = 0; i < ROUNDS && until_preempted(t); i++) {
		begin = sched_clock();
		flush(BIT(1), &info);
		took += sched_clock() - begin;
	}
	end_count(&s, &calls, &writes);
	*ns = took / ROUNDS;
	return calls + writes;
}

SELFTEST(kvm, flush_of_preempted)
{
	u64 with, without, ns[2] = { 0 }, asked;
	int c;

	if (!has(t, X86_FEATURE_KVM_PV_TLB_FLUSH) || !compete(t))
		return;
	c = counter(t, 1, WITNESS_EVENT_PV_TLB_FLUSH, 1);
	if (c < 0)
		return;
	start(spin_until_told);
	with = ipis_of(t, kvm_flush_ops.flush_tlb_multi, &ns[0]);
	without = ipis_of(t, native_flush_tlb_multi, &ns[1]);
	end(t);
	asked = take_counter(c);
	witness_pin(WITNESS_CPU_ALL);
	printk("kvm: %d flushes of a preempted CPU: %lu IPIs, %lu ns each; natively %lu, %lu ns; "
	       "KVM flushed %lu times\n",
	       ROUNDS, with, ns[0], without, ns[1], asked);
	CHECK(t, with < ROUNDS / 2 && without == ROUNDS, "%lu IPIs with, %lu without", with,
	      without);
	CHECK(t, asked, "KVM was not asked to flush");
}

static struct mm *seen_mm;
static bool loaded, faulted;

static void read_on(void *va)
{
	u64 begin = sched_clock();

	do {
		read_user(va);
		WRITE_ONCE(loaded, true);
	} while (sched_clock() - begin < PATIENCE);
}

static void read_until_it_faults(void)
{
	arch_local_irq_disable();
	switch_mm(seen_mm);
	arch_local_irq_enable();
	faulted = faults(read_on, USER_VA, 0);
	arch_local_irq_disable();
	switch_mm(&kernel_mm);
	arch_local_irq_enable();
}

/* CPU 1 reads a page all the time. When it is unmapped, it must not find it again. */
/* KVM says that a CPU has no real one when it takes that away: until then our word stands. */
SELFTEST(kvm, flush_of_one_that_runs)
{
	struct flush_tlb_info info = { USER_VA, USER_VA + PAGE_SIZE };
	u64 calls, writes;
	struct sent s;
	int i;

	if (!has(t, X86_FEATURE_KVM_PV_TLB_FLUSH) || !cpus(t, 2) || !begin_count(t, &s))
		return;
	for (i = 0; i < ROUNDS; i++) {
		WRITE_ONCE(per_cpu(kvm_steal, 1).preempted, 0);
		(kvm_flush_ops.flush_tlb_multi)(BIT(1), &info);
	}
	end_count(&s, &calls, &writes);
	CHECK(t, calls + writes, "a CPU that runs is not told to forget translations");
}

SELFTEST(kvm, flush_is_one)
{
	int i;

	if (!has(t, X86_FEATURE_KVM_PV_TLB_FLUSH) || !compete(t))
		return;
	seen_mm = mm_create();
	if (!seen_mm)
		return test_fail(t, "no memory for an address space");
	for (i = 0; i < ROUNDS / 4; i++) {
		CHECK(t, !mm_map_range(seen_mm, USER_VA, 1, RW_NX), "mm_map_range");
		loaded = false;
		start(read_until_it_faults);
		CHECK(t, until(&loaded) && until_preempted(t), "CPU 1 does not read");
		CHECK(t, !mm_unmap_range(seen_mm, USER_VA, 1), "mm_unmap_range");
		end(t);
		CHECK(t, faulted, "CPU 1 went on reading a page that is gone");
	}
	witness_pin(WITNESS_CPU_ALL);
	mm_destroy(seen_mm);
}
