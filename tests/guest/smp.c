/* SPDX-License-Identifier: MIT */
/*
 * Many CPUs, seen by what each of them does: calls counted where they run, translations that
 * another CPU remembers, CPUs that go down and come back, the LOCK prefixes with the second one.
 * The calls carry the tests, so they hold for every way to send one.
 */
#include "mm_test.h"
#include <cmdline.h>
#include <page_alloc.h>
#include <sched.h>
#include <smp.h>
#include <string.h>
#include <time.h>
#include <asm/apic.h>
#include <asm/bitops.h>
#include <asm/msr-index.h>
#include <asm/paravirt.h>

#define ROUNDS 20

static DEFINE_PER_CPU(u64, calls);
static u64 seen; /* CPUs on which something held */

static bool one_cpu(struct test *t)
{
	if (num_online_cpus() == 1)
		test_skip(t, "one CPU");
	return t->skipped;
}

static u64 others(void)
{
	return cpu_online_mask & ~BIT(0);
}

SELFTEST(smp, all_are_up)
{
	if (!one_cpu(t))
		CHECK(t, (cpu_online_mask | cpu_absent_mask) == (~0UL >> (64 - nr_cpu_ids)),
		      "CPUs %lx are up, %lx said to be absent, of %u", cpu_online_mask,
		      cpu_absent_mask, nr_cpu_ids);
	if (cpu_absent_mask)
		test_skip(t, "CPUs %lx are named by firmware and do not come", cpu_absent_mask);
}

static void count_call(void *arg)
{
	this_cpu_inc(calls);
	if (smp_processor_id() == per_cpu(cpu_number, smp_processor_id()) &&
	    arch_irqs_disabled_flags(arch_local_save_flags()))
		set_bit(smp_processor_id(), arg);
}

SELFTEST(smp, calls_run_once_on_each)
{
	u64 before[NR_CPUS];
	u32 cpu, round;

	if (one_cpu(t))
		return;
	for_each_cpu(cpu, cpu_online_mask) before[cpu] = per_cpu(calls, cpu);
	for (round = 0; round < ROUNDS; round++) {
		seen = 0;
		smp_call_function_many(cpu_online_mask, count_call, &seen);
		CHECK(t, seen == cpu_online_mask, "CPUs %lx ran it, expected %lx", seen,
		      cpu_online_mask);
	}
	for_each_cpu(cpu, others())
	{
		seen = 0;
		smp_call_function_single(cpu, count_call, &seen);
		CHECK(t, seen == BIT(cpu), "CPUs %lx ran it, expected CPU %u", seen, cpu);
	}
	for_each_cpu(cpu, cpu_online_mask)
		CHECK(t, per_cpu(calls, cpu) - before[cpu] == ROUNDS + !!cpu,
		      "CPU %u ran %lu calls, expected %u", cpu, per_cpu(calls, cpu) - before[cpu],
		      ROUNDS + !!cpu);
}

static void call_back(void *arg)
{
	smp_call_function_single(0, count_call, arg);
}

/* CPU 0 waits with interrupts off, and serves the call that comes back meanwhile. */
SELFTEST(smp, two_call_each_other)
{
	u32 cpu;

	if (one_cpu(t))
		return;
	for_each_cpu(cpu, others())
	{
		seen = 0;
		smp_call_function_single(cpu, call_back, &seen);
		CHECK(t, seen == 1, "CPU %u's call of CPU 0 did not run", cpu);
	}
}

static void look_at_gs(void *arg)
{
	u32 cpu = smp_processor_id();

	if (rdmsr(MSR_GS_BASE) == __per_cpu_offset[cpu] && (s64)__per_cpu_offset[cpu] < 0 &&
	    per_cpu_ptr(&calls, cpu) == this_cpu_ptr(&calls))
		set_bit(cpu, arg);
}

SELFTEST(smp, each_has_its_area)
{
	seen = 0;
	smp_call_function_many(cpu_online_mask, look_at_gs, &seen);
	CHECK(t, seen == cpu_online_mask, "CPUs %lx have their GS base, expected %lx", seen,
	      cpu_online_mask);
}

static DEFINE_PER_CPU(u64, nmis);

static noinstr void count_nmi(struct pt_regs *regs)
{
	(void)regs;
	this_cpu_inc(nmis);
}

/* Interrupts are off here, and on in the idle others: an NMI comes anyway, to the one it is for. */
SELFTEST(smp, nmi_to_each)
{
	u64 before[NR_CPUS], start;
	u32 cpu, other;

	paranoid_hook = count_nmi;
	for_each_cpu(cpu, cpu_online_mask)
	{
		for_each_cpu(other, cpu_online_mask) before[other] = per_cpu(nmis, other);
		before[cpu]++;
		send_IPI(cpu, NMI_VECTOR);
		for (start = sched_clock(); READ_ONCE(per_cpu(nmis, cpu)) != before[cpu] &&
					    sched_clock() - start < NSEC_PER_SEC;)
			cpu_relax();
		for_each_cpu(other, cpu_online_mask)
			CHECK(t, per_cpu(nmis, other) == before[other],
			      "an NMI to CPU %u: CPU %u took %ld more "
			      "than it should",
			      cpu, other, per_cpu(nmis, other) - before[other]);
	}
	paranoid_hook = NULL;
}

struct look {
	struct mm *mm;
	u64 va, cr3;
	u8 value;
};

static void load_and_read(void *arg)
{
	struct look *l = arg;

	switch_mm(l->mm);
	l->cr3 = read_cr3() & PTE_PFN_MASK;
	user_access_begin();
	l->value = READ_ONCE(*(u8 *)l->va);
	user_access_end();
}

static void read_again(void *arg)
{
	struct look *l = arg;

	user_access_begin();
	l->value = READ_ONCE(*(u8 *)l->va);
	user_access_end();
}

static void leave(void *arg)
{
	(void)arg;
	switch_mm(&kernel_mm);
}

static u64 page_of(u8 value)
{
	u64 pa = alloc_page();

	memset(__va(pa), value, PAGE_SIZE);
	return pa;
}

/* It remembers the old page, unless somebody makes it forget; one page's flush, and many's. */
static void remap(struct test *t, struct mm *mm, u32 cpu, u64 nr)
{
	struct look l = { .mm = mm, .va = USER_VA };
	u64 i;

	for (i = 0; i < nr; i++)
		CHECK(t, !mm_map(mm, USER_VA + i * PAGE_SIZE, page_of(0x11), RW_NX), "mm_map");
	smp_call_function_single(cpu, load_and_read, &l);
	CHECK(t, l.value == 0x11, "CPU %u reads %x", cpu, l.value);
	CHECK(t, l.cr3 == mm->pgd && (read_cr3() & PTE_PFN_MASK) == kernel_mm.pgd,
	      "CR3 is %lx there, %lx here", l.cr3, read_cr3());
	CHECK(t, mm->cpumask >> cpu & 1, "the mm does not know that CPU %u has it", cpu);
	CHECK(t, !mm_unmap_range(mm, USER_VA, nr), "mm_unmap_range");
	CHECK(t, !mm_map(mm, USER_VA, page_of(0x22), RW_NX), "mm_map");
	smp_call_function_single(cpu, read_again, &l);
	CHECK(t, l.value == 0x22, "CPU %u still reads %x of a page that is gone", cpu, l.value);
	CHECK(t, !mm_unmap(mm, USER_VA), "mm_unmap");
	smp_call_function_single(cpu, leave, NULL);
	CHECK(t, !mm->cpumask, "CPUs %lx have it loaded", mm->cpumask);
}

SELFTEST(smp, others_forget_translations)
{
	u64 free = nr_free_pages();
	struct mm *mm;
	u32 cpu;

	if (one_cpu(t))
		return;
	mm = mm_create();
	if (!mm)
		return test_fail(t, "no memory for an address space");
	for_each_cpu(cpu, others())
	{
		remap(t, mm, cpu, 1);
		remap(t, mm, cpu, 3);
	}
	mm_destroy(mm);
	CHECK(t, nr_free_pages() == free, "%lu pages free, expected %lu", nr_free_pages(), free);
}

static u8 remembered[PAGE_SIZE] __aligned(PAGE_SIZE) __section(".bss..page_aligned");

static void read_remembered(void *arg)
{
	*(u8 *)arg = READ_ONCE(remembered[0]);
}

/* What changes while a CPU is down nobody tells it: it forgets all when it comes back. */
SELFTEST(smp, comes_back_without_translations)
{
	u64 *ptep = lookup_address((u64)remembered), old, pa;
	u8 value = 0;

	if (one_cpu(t))
		return;
	pa = page_of(0x22);
	old = *ptep;
	remembered[0] = 0x11;
	smp_call_function_single(1, read_remembered, &value);
	CHECK(t, value == 0x11, "CPU 1 reads %x", value);
	CHECK(t, !cpu_down(1), "CPU 1 does not go down");
	set_pte(ptep, make_pte((pte_val(old) & ~PTE_PFN_MASK) | pa));
	flush_tlb_one_user((u64)remembered);
	CHECK(t, !cpu_up(1), "CPU 1 does not come up");
	smp_call_function_single(1, read_remembered, &value);
	CHECK(t, value == 0x22, "CPU 1 still reads %x of a page that went while it was down",
	      value);
	set_pte(ptep, old);
	flush_tlb_kernel();
	CHECK(t, !cpu_down(1) && !cpu_up(1), "CPU 1 does not go down and come up");
	free_page(pa);
}

extern const s32 __smp_locks[], __smp_locks_end[];

/* How many of the LOCK prefixes are there. */
static u64 lock_prefixes(void)
{
	const s32 *lock;
	u64 nr = 0;

	for (lock = __smp_locks; lock < __smp_locks_end; lock++)
		nr += *((const u8 *)lock + *lock) == 0xf0;
	return nr;
}

SELFTEST(smp, down_and_up)
{
	u64 all = __smp_locks_end - __smp_locks, mask = others(), free = nr_free_pages(), down;
	u32 cpu;

	if (one_cpu(t))
		return;
	CHECK(t, lock_prefixes() == all, "%lu LOCK prefixes of %lu", lock_prefixes(), all);
	CHECK(t, cpu_down(0) == -EINVAL, "the boot CPU went down");
	for_each_cpu(cpu, mask)
	{
		CHECK(t, !cpu_down(cpu) && !cpu_online(cpu), "CPU %u does not go down", cpu);
		CHECK(t, cpu_down(cpu) == -EINVAL, "CPU %u goes down twice", cpu);
		seen = 0;
		smp_call_function_many(~0UL, count_call, &seen);
		CHECK(t, seen == cpu_online_mask && !(seen >> cpu & 1),
		      "with CPU %u down %lx answer", cpu, seen);
		down = num_online_cpus() == 1 && !cmdline.nopatch ? 0 : all;
		CHECK(t, lock_prefixes() == down, "%u CPUs run with %lu LOCK prefixes of %lu",
		      num_online_cpus(), lock_prefixes(), all);
		CHECK(t, !cpu_up(cpu) && cpu_up(cpu) == -EINVAL, "CPU %u does not come back", cpu);
	}
	CHECK(t, nr_free_pages() == free, "they have all their memory, and took %ld pages more",
	      free - nr_free_pages());
	down = smp_quiesce();
	CHECK(t, down == mask && num_online_cpus() == 1, "%u CPUs are up", num_online_cpus());
	CHECK(t, lock_prefixes() == (cmdline.nopatch ? all : 0), "%lu LOCK prefixes with one CPU",
	      lock_prefixes());
	smp_resume(down);
	seen = 0;
	smp_call_function_many(cpu_online_mask, count_call, &seen);
	CHECK(t, others() == mask && seen == cpu_online_mask, "%lx are back, %lx answer",
	      cpu_online_mask, seen);
	CHECK(t, lock_prefixes() == all, "%lu LOCK prefixes of %lu", lock_prefixes(), all);
}

SELFTEST(smp, no_such_cpu)
{
	CHECK(t,
	      cpu_up(nr_cpu_ids) == -EINVAL && cpu_up(NR_CPUS) == -EINVAL && cpu_up(0) == -EINVAL,
	      "a CPU that is not there came up");
	CHECK(t, cpu_down(nr_cpu_ids) == -EINVAL && cpu_down(NR_CPUS) == -EINVAL, "or went down");
}

/* As one that needs longer than cpu_up() waits: it finds that, and goes back to sleep. */
SELFTEST(smp, comes_too_late)
{
	u64 mask = cpu_online_mask, start;
	u32 cpu = 63 - __builtin_clzl(mask);

	if (one_cpu(t))
		return;
	arch_local_irq_enable();
	CHECK(t, !cpu_down(cpu), "CPU %u does not go down", cpu);
	CHECK(t, !platform->start_cpus(BIT(cpu)), "CPU %u can't be started", cpu);
	for (start = sched_clock();
	     !(READ_ONCE(cpu_late_mask) >> cpu & 1) && sched_clock() - start < 10 * NSEC_PER_SEC;)
		msleep(1);
	CHECK(t, cpu_late_mask == BIT(cpu), "CPUs %lx say that they came late", cpu_late_mask);
	CHECK(t, cpu_online_mask == (mask & ~BIT(cpu)), "CPUs %lx are online, expected %lx",
	      cpu_online_mask, mask & ~BIT(cpu));
	CHECK(t, !cpu_up(cpu) && cpu_online_mask == mask && !cpu_late_mask,
	      "CPU %u does not come back", cpu);
	arch_local_irq_disable();
}

/* ---- where a CPU is that is down ------------------------------------------------------------- */

extern char __noinstr_text_start[], __noinstr_text_end[];
static volatile u64 dead_ip;

static noinstr void look_at_dead(struct pt_regs *regs)
{
	dead_ip = regs->ip;
}

/* The patcher writes sites then: by NMI, a CPU that is down is in text that has none. */
SELFTEST(smp, a_cpu_that_is_down_is_in_no_site)
{
	u64 start = sched_clock();
	bool there = false;

	if (num_online_cpus() == 1)
		return test_skip(t, "one CPU");
	if (boot_cpu_has(X86_FEATURE_XENPV))
		return test_skip(t, "Xen gives a virtual CPU that is down no NMI");
	CHECK(t, !cpu_down(1), "CPU 1 does not go down");
	dead_ip = 0;
	paranoid_hook = look_at_dead;
	while (!there && sched_clock() - start < NSEC_PER_SEC) { /* it may be on its way there */
		send_IPI(1, NMI_VECTOR);
		cpu_relax();
		there = dead_ip >= (u64)__noinstr_text_start && dead_ip < (u64)__noinstr_text_end;
	}
	paranoid_hook = NULL;
	CHECK(t, there, "the last NMI found it at %pS", (void *)dead_ip);
	CHECK(t, !cpu_up(1), "CPU 1 does not come up");
}
