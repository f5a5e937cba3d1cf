/* SPDX-License-Identifier: MIT */
/*
 * What KVM's features are for, as KVM itself counts it: exits, hypercalls and writes of the APIC
 * while something is done often. Once with and once without a feature, whose word turns it off, is
 * tools/bench's part. One line for each thing done, of sums, all CPUs taken together:
 *
 *   bench: kvm  what  CPUs  times  exits  hypercalls  APIC writes (-1: not to be had)  TSC ticks
 */
#include <printk.h>
#include <selftest.h>
#include <smp.h>
#include <spinlock.h>
#include <time.h>
#include <kvm/witness.h>
#include <asm/apic.h>
#include <asm/cpufeature.h>
#include <asm/page.h>
#include <asm/paravirt.h>
#include <asm/special_insns.h>
#include <asm/tlb.h>
#include <asm/traps.h>

#define BUSY_VECTOR  0xf1
#define COUNT_VECTOR 0xf2
#define PATIENCE     (10 * NSEC_PER_SEC)
#define CONTEND	     (200 * NSEC_PER_MSEC)
#define HELD	     (20 * NSEC_PER_USEC) /* and as long without */

/* ---- CPUs that have something to do ---------------------------------------------------------- */

static DEFINE_PER_CPU(bool, busy);
static DEFINE_PER_CPU(u64, count);
static bool told;

static void on_busy(struct pt_regs *regs)
{
	u64 begin = sched_clock();

	(void)regs;
	apic_eoi();
	arch_local_irq_enable();
	this_cpu_write(busy, true);
	while (!READ_ONCE(told) && sched_clock() - begin < 3 * PATIENCE)
		;
	arch_local_irq_disable();
	this_cpu_write(busy, false);
}

static void on_count(struct pt_regs *regs)
{
	(void)regs;
	this_cpu_inc(count);
	apic_eoi();
}

static u64 others(void)
{
	return cpu_online_mask & ~BIT(0);
}

/* Until all others are busy, or none. */
static bool until_busy(bool want)
{
	u64 begin = sched_clock();
	u32 cpu;

	for_each_cpu(cpu, others()) while (READ_ONCE(per_cpu(busy, cpu)) != want)
	{
		if (sched_clock() - begin > PATIENCE)
			return false;
		cpu_relax();
	}
	return true;
}

/* ---- what is done: how often it was ---------------------------------------------------------- */

static u32 read_clock(u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		sched_clock();
	return n;
}

static u32 read_time_of_day(u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		get_wallclock();
	return n;
}

/* One after the other, each until all of these CPUs have it. */
static u32 interrupt(u64 mask, u32 n)
{
	u64 begin = sched_clock();
	u32 i, cpu;

	for_each_cpu(cpu, mask) per_cpu(count, cpu) = 0;
	for (i = 0; i < n; i++) {
		if (mask == BIT(0))
			send_IPI(0, COUNT_VECTOR);
		else
			send_IPI_mask(mask, COUNT_VECTOR);
		for_each_cpu(cpu, mask) while (READ_ONCE(per_cpu(count, cpu)) <= i)
		{
			if (sched_clock() - begin > PATIENCE)
				return i;
			cpu_relax();
		}
	}
	return n;
}

static u32 interrupt_itself(u32 n)
{
	return interrupt(BIT(0), n);
}

static u32 interrupt_others(u32 n)
{
	return interrupt(others(), n);
}

static u32 flush(u32 n)
{
	struct flush_tlb_info info = { 0, PAGE_SIZE };
	u32 i;

	for (i = 0; i < n; i++)
		flush_tlb_multi(others(), &info);
	return n;
}

static void nothing(void *unused)
{
	(void)unused;
}

static u32 call_one(u32 n)
{
	u32 i;

	for (i = 0; i < n; i++)
		smp_call_function_single(1, nothing, NULL);
	return n;
}

static DEFINE_SPINLOCK(lock);
static u64 deadline;

static void spin(u64 ns)
{
	u64 begin = sched_clock();

	while (sched_clock() - begin < ns)
		;
}

static void contend(void *unused)
{
	(void)unused;
	this_cpu_write(count, 0);
	while (sched_clock() < deadline) {
		spin_lock(&lock);
		spin(HELD);
		spin_unlock(&lock);
		this_cpu_inc(count);
		spin(HELD);
	}
}

static u32 contend_for_lock(u32 n)
{
	u64 mask = cpu_online_mask;
	u32 cpu;

	deadline = sched_clock() + CONTEND;
	smp_call_function_many(mask, contend, NULL);
	n = 0;
	for_each_cpu(cpu, mask) n += per_cpu(count, cpu);
	return n;
}

/* ---- and what KVM saw of it ------------------------------------------------------------------ */

static u64 sum(enum witness_stat stat)
{
	u64 all = 0;
	u32 cpu;

	for_each_cpu(cpu, cpu_online_mask) all += witness_stat(cpu, stat);
	return all;
}

static void measure(const char *what, u32 (*work)(u32), u32 n)
{
	int c = witness_counter_open(WITNESS_CPU_ALL, WITNESS_EVENT_APIC_WRITE, WITNESS_ALL);
	u64 calls = sum(WITNESS_STAT_HYPERCALLS), exits = sum(WITNESS_STAT_EXITS), ticks;

	ticks = rdtsc();
	n = work(n);
	ticks = rdtsc() - ticks;
	/* The questions were exits too: at the first all but the first, at the last the first. */
	exits = sum(WITNESS_STAT_EXITS) - exits - num_online_cpus();
	calls = sum(WITNESS_STAT_HYPERCALLS) - calls;
	printk("bench: kvm\t%s\t%u\t%u\t%lu\t%lu\t%ld\t%lu\n", what, num_online_cpus(), n, exits,
	       calls, c < 0 ? -1L : (long)witness_counter_read(c), ticks);
	if (c >= 0)
		witness_counter_close(c);
}

SELFTEST_HIDDEN(bench, kvm)
{
	if (!witness_present() || num_online_cpus() < 2 || witness_pin(0))
		return test_skip(t, "it needs tools/vmm as its VMM, two CPUs, the host's CPU 0");
	set_irq_handler(BUSY_VECTOR, on_busy);
	set_irq_handler(COUNT_VECTOR, on_count);
	arch_local_irq_enable();
	measure("clock read", read_clock, 10000);
	measure("time of day", read_time_of_day, 1000);
	measure("interrupt and EOI", interrupt_itself, 1000);
	measure("IPI to idle CPUs", interrupt_others, 200);
	told = false;
	send_IPI_mask(others(), BUSY_VECTOR);
	if (until_busy(true)) {
		measure("flush of busy CPUs", flush, 20);
		measure("call of a busy CPU", call_one, 20);
	}
	WRITE_ONCE(told, true);
	if (!until_busy(false))
		test_fail(t, "other CPUs are still busy");
	measure("contended lock", contend_for_lock, 0);
	arch_local_irq_disable();
	witness_pin(WITNESS_CPU_ALL);
}
