/* SPDX-License-Identifier: MIT */
/*
 * CPUs up and down. How they are started and stopped is the platform's: start_cpus() ends in
 * start_secondary(), on each CPU. Many come up at a time, and are waited for together.
 *
 *   OFFLINE --cpu_up--> STARTING --start_secondary--> ALIVE --> ONLINE --cpu_down--> DYING --> DEAD
 *      ^---given up-----' ^---------------------------cpu_up-----------------------its idle---'
 */
#include <cmdline.h>
#include <kstack.h>
#include <page_alloc.h>
#include <platform.h>
#include <printk.h>
#include <sched.h>
#include <smp.h>
#include <time.h>
#include <user.h>
#include <asm/alternative.h>
#include <asm/bitops.h>
#include <asm/desc.h>
#include <asm/paravirt.h>
#include <asm/pgtable.h>
#include <asm/special_insns.h>
#include <asm/traps.h>
#include "smp.h"

#define PATIENCE (20 * NSEC_PER_SEC)   /* a limit: hosts are busy */
#define SILENCE	 (2 * NSEC_PER_SEC)    /* no CPU has shown a sign of life */
#define QUIET	 (100 * NSEC_PER_MSEC) /* since the last one did */
#define NUDGE	 (10 * NSEC_PER_MSEC)
#define STALL	 NSEC_PER_MSEC /* more than this between two looks is the host's, not the CPUs' */
#define LOOKS	 100

enum cpu_state { CPU_OFFLINE, CPU_STARTING, CPU_ALIVE, CPU_ONLINE, CPU_DYING, CPU_DEAD };
static DEFINE_PER_CPU(u32, cpu_state);
static DEFINE_PER_CPU(u64, idle_stack); /* top */

u32 nr_cpu_ids = 1;
u64 __cpu_online_mask = 1;
u64 cpu_absent_mask, cpu_late_mask;
u64 cpu_moves;
static u64 callin_mask; /* have shown a sign of life since they were started */

/*
 * Where CPUs are emulated a pause may take a lock that they all share: when they pause at every
 * look on a busy host, the one that they wait for may not get it for seconds.
 */
void cpu_relax(void)
{
	int looks;

	if (platform->yield)
		platform->yield();
	else
		for (looks = 0; looks < LOOKS; looks++)
			barrier();
	asm volatile("pause");
}

u64 secondary_stack(u32 cpu)
{
	return per_cpu(idle_stack, cpu);
}

static bool wait_for(u32 cpu, enum cpu_state state)
{
	u64 start = sched_clock();

	while (READ_ONCE(per_cpu(cpu_state, cpu)) != state) {
		if (sched_clock() - start > PATIENCE)
			return false;
		ipi_serve();
		cpu_relax();
	}
	return true;
}

static void set_lock_prefixes(bool smp)
{
	u64 flags;

	if (cmdline.nopatch) /* they never left */
		return;
	flags = arch_local_irq_save();
	text_open();
	if (smp)
		alternatives_smp_lock();
	else
		alternatives_smp_unlock();
	text_seal();
	arch_local_irq_restore(flags);
}

/* What a CPU has for good, once it was up. */
static int prepare(u32 cpu)
{
	int error = percpu_alloc(cpu);

	if (!error)
		error = cpu_alloc(cpu);
	if (!error && !per_cpu(idle_stack, cpu))
		per_cpu(idle_stack, cpu) = kstack_alloc(KSTACK_PAGES);
	return error ? error : per_cpu(idle_stack, cpu) ? 0 : -ENOMEM;
}

/* False: it has come after all. Either we or the CPU itself takes it out of STARTING. */
static bool give_up(u32 cpu)
{
	if (cmpxchg(per_cpu_ptr(&cpu_state, cpu), CPU_STARTING, CPU_OFFLINE) == CPU_STARTING)
		return true;
	if (!wait_for(cpu, CPU_ONLINE))
		panic("CPU %u is alive, but does not come to its idle loop", cpu);
	return false;
}

/* How far the CPUs have come, all steps of all together. */
static u32 signs_of_life(u64 mask)
{
	u32 cpu, signs = 0;

	for_each_cpu(cpu, mask) signs +=
		(READ_ONCE(callin_mask) >> cpu & 1) + READ_ONCE(per_cpu(cpu_state, cpu));
	return signs;
}

/*
 * Until all are there, or no more come: 100 ms after the last sign of life, 2 s where there was
 * none. Time in which the host kept us from looking is hardly counted: it keeps others as well.
 */
static void wait_for_signs(u64 mask)
{
	u64 last = sched_clock(), quiet = 0, now, m;
	u32 nr = 0, seen = 0, signs;
	bool nudged = !platform->nudge_cpus;

	for (m = mask; m; m &= m - 1)
		nr++;
	while (seen != nr * (1 + CPU_ONLINE) &&
	       quiet < (seen <= nr * CPU_STARTING ? SILENCE : QUIET)) {
		ipi_serve();
		cpu_relax();
		now = sched_clock();
		signs = signs_of_life(mask);
		quiet = signs == seen ? quiet + min(now - last, STALL) : 0;
		seen = signs;
		last = now;
		if (!nudged && quiet > NUDGE) {
			nudged = true;
			platform->nudge_cpus(mask & ~READ_ONCE(callin_mask));
		}
	}
}

/* Gives those that did not come, of which *error says why the first did not. */
static u64 bring_up(u64 mask, int *error)
{
	u64 wanted = 0, absent = 0;
	u32 cpu;

	*error = 0;
	for_each_cpu(cpu, mask)
	{
		int e = prepare(cpu);

		if (e)
			*error = *error ? *error : e;
		else
			wanted |= BIT(cpu);
	}
	if (!wanted)
		return mask;
	WRITE_ONCE(cpu_moves, cpu_moves + 1);
	if (num_online_cpus() == 1)
		set_lock_prefixes(true);
	for_each_cpu(cpu, wanted)
	{
		clear_bit(cpu, &callin_mask);
		clear_bit(cpu, &cpu_late_mask);
		per_cpu(cpu_state, cpu) = CPU_STARTING;
	}
	wanted &= ~platform->start_cpus(wanted);
	wait_for_signs(wanted);
	for_each_cpu(cpu, mask) if (!cpu_online(cpu) && (!(wanted >> cpu & 1) || give_up(cpu)))
		absent |= BIT(cpu);
	if (absent & wanted && platform->forget_cpus)
		platform->forget_cpus(absent & wanted);
	if (absent && !*error)
		*error = -EIO;
	if (absent && num_online_cpus() == 1)
		set_lock_prefixes(false);
	cpu_absent_mask = (cpu_absent_mask & ~mask) | absent;
	WRITE_ONCE(cpu_moves, cpu_moves + 1);
	return absent;
}

int cpu_up(u32 cpu)
{
	int error;

	if (!cpu || cpu >= nr_cpu_ids || cpu_online(cpu))
		return -EINVAL;
	preempt_disable(); /* threads of the boot CPU that do this take turns */
	bring_up(BIT(cpu), &error);
	preempt_enable();
	return error;
}

static int take_down(u32 cpu)
{
	WRITE_ONCE(cpu_moves, cpu_moves + 1);
	sched_cpu_deactivate(cpu);
	WRITE_ONCE(per_cpu(cpu_state, cpu), CPU_DYING);
	smp_send_reschedule(cpu);
	if (!wait_for(cpu, CPU_DEAD))
		return -EIO;
	hrtimers_adopt(cpu);
	if (num_online_cpus() == 1)
		set_lock_prefixes(false);
	WRITE_ONCE(cpu_moves, cpu_moves + 1);
	return 0;
}

int cpu_down(u32 cpu)
{
	int error;

	if (!cpu || !cpu_online(cpu))
		return -EINVAL;
	preempt_disable();
	error = take_down(cpu);
	preempt_enable();
	return error;
}

/* Of an idle CPU, interrupts off. Nothing of ours is touched behind CPU_DEAD. */
static __noreturn void die(void)
{
	sched_cpu_dying();
	clear_bit(smp_processor_id(), &__cpu_online_mask);
	ipi_close();
	if (platform->exit_cpu)
		platform->exit_cpu(false);
	this_cpu_write(cpu_state, CPU_DEAD);
	platform->play_dead();
	panic("CPU %u goes on after its end", smp_processor_id());
}

void cpu_idle(void)
{
	for (;;) {
		arch_local_irq_disable();
		if (this_cpu_read(cpu_state) == CPU_DYING)
			die();
		sched_idle();
	}
}

void start_secondary(u32 cpu)
{
	set_bit(cpu, &callin_mask);
	cpu_init_secondary(cpu);
	if (cmpxchg(this_cpu_ptr(&cpu_state), CPU_STARTING, CPU_ALIVE) != CPU_STARTING) {
		set_bit(cpu, &cpu_late_mask); /* nobody waits for it any more */
		platform->play_dead();
	}
	platform->init_secondary();
	user_init_cpu();
	ipi_open();
	set_bit(cpu, &__cpu_online_mask);
	sched_cpu_up();
	this_cpu_write(cpu_state, CPU_ONLINE);
	cpu_idle();
}

u64 smp_quiesce(void)
{
	u64 mask = cpu_online_mask & ~BIT(0);
	u32 cpu;

	for_each_cpu(cpu, mask) if (cpu_down(cpu)) panic("CPU %u does not go down", cpu);
	return mask;
}

/* "1 to 3, 7": of a mask. */
static void print_cpus(u64 mask)
{
	u32 cpu, last;

	for (cpu = 0; mask >> cpu; cpu = last + 1) {
		cpu += __builtin_ctzl(mask >> cpu);
		for (last = cpu; last < 63 && mask >> (last + 1) & 1; last++)
			;
		printk(" %u", cpu);
		if (last != cpu)
			printk(" to %u", last);
		if (last == 63)
			break;
		if (mask >> (last + 1))
			printk(",");
	}
}

void smp_resume(u64 mask)
{
	int error;

	if (!mask)
		return;
	mask = bring_up(mask, &error);
	if (!mask)
		return;
	printk("CPUs left out, since they show no sign of life or can't be started (error %d):",
	       error);
	print_cpus(mask);
	if (platform->print_cpu_ids)
		platform->print_cpu_ids(mask);
	printk("\n");
}

void smp_report(void)
{
	if (!cpu_late_mask)
		return;
	printk("CPUs that came after they were given up, and sleep:");
	print_cpus(cpu_late_mask);
	printk("\n");
}

void smp_init(void)
{
	u64 free = nr_free_pages(), start = rdtsc();

	ipi_init();
	nr_cpu_ids = platform->smp_prepare();
	if (nr_cpu_ids > NR_CPUS) {
		printk("%u of %u CPUs are used: NR_CPUS\n", NR_CPUS, nr_cpu_ids);
		nr_cpu_ids = NR_CPUS;
	}
	smp_resume((nr_cpu_ids == 64 ? ~0UL : BIT(nr_cpu_ids) - 1) & ~BIT(0));
	printk("%u of %u CPUs are up: %lu KiB of memory, %lu TSC ticks\n", num_online_cpus(),
	       nr_cpu_ids, (free - nr_free_pages()) * PAGE_SIZE >> 10, rdtsc() - start);
}
