/* SPDX-License-Identifier: MIT */
/*
 * KVM's features as one CPU sees them: what we claim, beside what the host counted. Each is tried
 * with and without within one run, by what is behind its op; the words that turn one off at boot
 * are tests/boot/kvm-features.t's. vmcall, Intel's hypercall, has no machine here: tools/whatif
 * shows its bytes.
 */
#include "kvm_test.h"
#include <cmdline.h>
#include <string.h>
#include <asm/alt_sites.h>
#include <asm/apic.h>
#include <asm/traps.h>

#define ROUNDS 100

SELFTEST(kvm, hypercalls)
{
	u64 before, rbx = 0x1111, rcx = 0x2222, rdx = 0x3333, rsi = 0x4444, i;
	s64 result;

	if (!has(t, X86_FEATURE_KVM))
		return;
	result = kvm_hypercall(~0u, 0, 0, 0, 0);
	CHECK(t, result == -KVM_ENOSYS, "an unknown hypercall gives %ld", result);
	/* KICK_CPU of nobody: there is no APIC of that number. */
	asm volatile("call *kvm_hypercall_fn(%%rip)"
		     : "=a"(result), "+b"(rbx), "+c"(rcx), "+d"(rdx), "+S"(rsi)
		     : "a"(KVM_HC_KICK_CPU)
		     : "memory");
	CHECK(t,
	      (!result || !boot_cpu_has(X86_FEATURE_KVM_PV_UNHALT)) && rbx == 0x1111 &&
		      rcx == 0x2222 && rdx == 0x3333 && rsi == 0x4444,
	      "result %ld, registers %lx %lx %lx %lx", result, rbx, rcx, rdx, rsi);
	if (!witness(t))
		return;
	before = witness_stat(0, WITNESS_STAT_HYPERCALLS);
	for (i = 0; i < ROUNDS; i++)
		kvm_hypercall(~0u, 0, 0, 0, 0);
	before = witness_stat(0, WITNESS_STAT_HYPERCALLS) - before;
	CHECK(t, before == ROUNDS, "KVM counted %lu hypercalls, expected %d", before, ROUNDS);
}

/* The instruction of this CPU's maker stands there, and did before anybody called. */
SELFTEST(kvm, hypercall_sites)
{
	const u8 *want = boot_cpu_has(X86_FEATURE_VMMCALL) ? (const u8 *)"\x0f\x01\xd9"
							   : (const u8 *)"\x0f\x01\xc1";
	u32 nr, i, at, found = 0;
	const struct alt_site *s = alt_sites(&nr);

	if (!has(t, X86_FEATURE_KVM))
		return;
	for (i = 0; i < nr; i++, s++) {
		const u8 *p = (const u8 *)s->address;

		if (__alt_instructions[s->record].cpuid != X86_FEATURE_KVM)
			continue;
		found++;
		if (cmdline.nopatch) {
			CHECK(t, p[0] == 0xff && p[1] == 0x15, "%pS: %02x %02x", p, p[0], p[1]);
			continue;
		}
		for (at = 0; at + 3 < s->len && memcmp(p + at, want, 3);)
			at++;
		CHECK(t, !memcmp(p + at, want, 3), "%pS: %02x %02x %02x %02x", p, p[0], p[1], p[2],
		      p[3]);
	}
	CHECK(t, found, "there is no hypercall in text");
	CHECK(t, !memcmp(kvm_hypercall_fn, want, 3), "the unpatched way is another");
}

/* ---- end of interrupt ------------------------------------------------------------------------ */

static volatile u32 arrived;

static void on_ipi(struct pt_regs *regs)
{
	(void)regs;
	arrived++;
	apic_eoi();
}

/* So many interrupts, one after another; how many EOIs came to the APIC. */
static u64 eois(struct test *t, u32 nr)
{
	int c = counter(t, 0, WITNESS_EVENT_APIC_WRITE, APIC_EOI);
	u64 start = sched_clock();
	u32 i;

	if (c < 0)
		return 0;
	arch_local_irq_enable();
	for (i = 1; i <= nr; i++) {
		send_IPI(0, TEST_VECTOR);
		while (arrived < i && sched_clock() - start < PATIENCE)
			;
	}
	arch_local_irq_disable();
	CHECK(t, arrived == nr, "%u interrupts came, %u were sent", arrived, nr);
	arrived = 0;
	return take_counter(c);
}

SELFTEST(kvm, eoi)
{
	u64 with, without;

	if (!has(t, X86_FEATURE_KVM_PV_EOI) || !witness(t))
		return;
	set_irq_handler(TEST_VECTOR, on_ipi);
	with = eois(t, ROUNDS);
	kvm_eoi_off();
	without = eois(t, ROUNDS);
	kvm_eoi_on();
	if (t->skipped)
		return;
	printk("kvm: %d interrupts: %lu EOIs written to the APIC, %lu without PV EOI\n", ROUNDS,
	       with, without);
	CHECK(t, without == ROUNDS, "without PV EOI %lu EOIs for %d interrupts", without, ROUNDS);
	CHECK(t, with <= ROUNDS / 10, "with PV EOI %lu EOIs for %d interrupts", with, ROUNDS);
}

/* ---- time ------------------------------------------------------------------------------------ */

/* At one moment of a call that both of our looks enclose. */
SELFTEST(kvm, clock_is_the_hosts)
{
	struct witness_clocks c[2];
	u64 before, after, wall, late = 0, ahead, i;

	if (!has(t, X86_FEATURE_KVM_CLOCKSOURCE2) || !witness(t))
		return;
	for (i = 0; i < ROUNDS; i++) {
		before = sched_clock();
		witness_read_clocks(&c[0]);
		after = sched_clock();
		/* Not stable: the other CPU's clock may be ahead, and ours waits for it. */
		ahead = c[0].stable ? 0 : 200 * NSEC_PER_MSEC;
		CHECK(t, before <= c[0].kvm + ahead && c[0].kvm <= after,
		      "%lu ns by the host's kvmclock, from %lu to %lu by ours, %s", c[0].kvm,
		      before, after, c[0].stable ? "stable" : "not stable");
		late = max(late, after - before);
	}
	witness_read_clocks(&c[0]);
	wall = get_wallclock();
	witness_read_clocks(&c[1]);
	/* KVM's own notion of when the machine began is some us off, and is rounded. */
	CHECK(t,
	      wall + NSEC_PER_MSEC >= c[0].realtime &&
		      wall <= c[1].realtime + NSEC_PER_MSEC + ahead,
	      "the time of day is %lu, by the host's clock from %lu to %lu", wall, c[0].realtime,
	      c[1].realtime);
	printk("kvm: the host's clock lies between two of ours, at most %lu ns apart, %s; "
	       "time of day %lu ns after the host's\n",
	       late, c[0].stable ? "stable" : "not stable", wall - c[0].realtime);
}

static void spin(u64 ns)
{
	u64 start = sched_clock();

	while (sched_clock() - start < ns)
		;
}

/* Until the host says that somebody else had the CPU for 20 ms: its account, and ours. */
SELFTEST(kvm, steal_grows)
{
	struct steal first, last;
	int hogs = 0;

	if (!has(t, X86_FEATURE_KVM_STEAL_TIME) || !witness(t))
		return;
	if (witness_pin(0))
		return test_skip(t, "the VMM may not run on host CPU 0");
	last = first = look_at_steal(0);
	for (; last.ours - first.ours < 20 * NSEC_PER_MSEC && hogs < 20; hogs++) {
		CHECK(t, !witness_hog(40), "no competitor");
		spin(40 * NSEC_PER_MSEC);
		last = look_at_steal(0);
	}
	witness_pin(WITNESS_CPU_ALL);
	check_steal(t, 0, &first, &last);
	printk("kvm: with %d competitors of 40 ms %lu ns were stolen, by the host's account %lu\n",
	       hogs, last.ours - first.ours, last.host_before - first.host_before);
	CHECK(t, hogs < 20, "the host let nobody else run");
}

/* ---- polling --------------------------------------------------------------------------------- */

static void nothing(struct hrtimer *timer)
{
	(void)timer;
}

/* The host polls for a CPU whose last waits were short, of some 10 us to 200 us. */
static u64 polls(void)
{
	struct hrtimer timer = { .function = nothing };
	u64 before = witness_stat(0, WITNESS_STAT_HALT_ATTEMPTED_POLL), i;

	for (i = 0; i < 2 * ROUNDS; i++) {
		hrtimer_start(&timer, (50 + i / 20 * 20) * NSEC_PER_USEC);
		default_idle();
		arch_local_irq_disable();
	}
	hrtimer_cancel(&timer);
	return witness_stat(0, WITNESS_STAT_HALT_ATTEMPTED_POLL) - before;
}

SELFTEST(kvm, poll_control)
{
	u64 with, without;

	if (!has(t, X86_FEATURE_KVM_POLL_CONTROL) || !witness(t))
		return;
	CHECK(t, rdmsr(MSR_KVM_POLL_CONTROL) == !cmdline.nohostpoll, "the host polls: %lu",
	      rdmsr(MSR_KVM_POLL_CONTROL));
	wrmsr(MSR_KVM_POLL_CONTROL, 1);
	with = polls();
	wrmsr(MSR_KVM_POLL_CONTROL, 0);
	without = polls();
	wrmsr(MSR_KVM_POLL_CONTROL, !cmdline.nohostpoll);
	printk("kvm: %d halts: the host polled in %lu, when told not to in %lu\n", 2 * ROUNDS, with,
	       without);
	CHECK(t, !without, "told not to, the host polled %lu times", without);
	if (!with)
		test_skip(t, "told to, this host did not poll in any of %d halts", 2 * ROUNDS);
}

/* ---- off and on ------------------------------------------------------------------------------ */

static const struct {
	unsigned int feature;
	u32 msr;
} areas[] = {
	{ X86_FEATURE_KVM_CLOCKSOURCE2, MSR_KVM_SYSTEM_TIME_NEW },
	{ X86_FEATURE_KVM_STEAL_TIME, MSR_KVM_STEAL_TIME },
	{ X86_FEATURE_KVM_PV_EOI, MSR_KVM_PV_EOI_EN },
	{ X86_FEATURE_KVM_ASYNC_PF, MSR_KVM_ASYNC_PF_EN },
};

static u32 on_msrs(void)
{
	u32 i, on = 0;

	for (i = 0; i < ARRAY_SIZE(areas); i++)
		if (boot_cpu_has(areas[i].feature) && rdmsr(areas[i].msr) & KVM_MSR_ENABLED)
			on |= BIT(i);
	return on;
}

/* As if this CPU went down and came back. What each CPU found, a byte each. */
static void off_and_on(void *arg)
{
	u8 *found = (u8 *)arg + 3 * smp_processor_id();

	found[0] = on_msrs();
	platform->exit_cpu(false);
	found[1] = on_msrs();
	kvm_clock_on();
	kvm_steal_on();
	kvm_eoi_on();
	kvm_async_pf_on();
	found[2] = on_msrs();
}

SELFTEST(kvm, each_cpu_turns_them_off)
{
	static u8 found[NR_CPUS][3];
	u32 want = 0, i, cpu;

	if (!has(t, X86_FEATURE_KVM))
		return;
	for (i = 0; i < ARRAY_SIZE(areas); i++)
		want |= boot_cpu_has(areas[i].feature) << i;
	smp_call_function_many(cpu_online_mask, off_and_on, found);
	for_each_cpu(cpu, cpu_online_mask)
		CHECK(t, found[cpu][0] == want && !found[cpu][1] && found[cpu][2] == want,
		      "CPU %u: areas %x, off %x, on again %x, expected %x", cpu, found[cpu][0],
		      found[cpu][1], found[cpu][2], want);
}
