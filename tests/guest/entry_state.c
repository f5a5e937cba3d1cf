/* SPDX-License-Identifier: MIT */
/*
 * What the kernel begins with when it is entered, whatever a program has set: flags, stacks, whose
 * GS; and what a program begins with. On each CPU, since each was set up by itself.
 */
#include <kstack.h>
#include <page_alloc.h>
#include <sched.h>
#include <selftest.h>
#include <smp.h>
#include <string.h>
#include <user.h>
#include <asm/cpufeature.h>
#include <asm/msr-index.h>
#include <asm/paravirt.h>
#include <asm/pgtable.h>
#include <asm/segment.h>
#include <asm/traps.h>

#define X86_EFLAGS_TF	 BIT(8)
#define X86_EFLAGS_DF	 BIT(10)
#define X86_EFLAGS_NT	 BIT(14)
#define X86_EFLAGS_AC	 BIT(18)
#define X86_EFLAGS_ARITH 0x8d5 /* CF PF AF ZF SF OF */

extern const u8 user_prog[], user_prog_end[];
void do_syscall(struct pt_regs *regs);

/* A program on a CPU; what came of it. */
static struct attempt {
	u64 what, arg;
	u64 bad_cs, bad_ss; /* 0 = the good ones */
	struct user end;
	u32 cpu;
} attempt;

static int run_program(void *data)
{
	struct user *u = user_create(user_prog, user_prog_end - user_prog);

	(void)data;
	if (!u)
		return -ENOMEM;
	u->regs.di = attempt.what;
	u->regs.si = attempt.arg;
	if (attempt.bad_cs)
		u->regs.cs = attempt.bad_cs;
	if (attempt.bad_ss)
		u->regs.ss = attempt.bad_ss;
	u->quiet = true;
	attempt.cpu = smp_processor_id();
	user_run(u);
	attempt.end = *u;
	user_destroy(u);
	return 0;
}

static const struct user *run_on(struct test *t, u32 cpu, int (*fn)(void *), struct attempt a)
{
	struct task_struct *thread;

	attempt = a;
	thread = kthread_run(fn, NULL, "entry", cpu);
	if (!thread || kthread_join(thread))
		test_fail(t, "no memory for a program");
	else
		CHECK(t, attempt.cpu == cpu, "it ran on CPU %u, not on %u", attempt.cpu, cpu);
	return &attempt.end;
}

/* ---- flags ----------------------------------------------------------------------------------- */

static struct {
	u64 syscall, trap, paranoid; /* the kernel's own flags there */
	u32 syscalls, traps, paranoids, strays, late;
} seen;

static noinline u64 own_flags(void)
{
	u64 flags;

	asm volatile("pushfq; popq %0" : "=r"(flags));
	return flags;
}

static noinline void set_breakpoint(const void *at)
{
	asm volatile("mov %0, %%dr0; mov %1, %%dr7" : : "r"(at), "r"(at ? 1UL : 0UL));
}

static void on_int3(struct pt_regs *regs)
{
	(void)regs;
	seen.trap |= own_flags();
	seen.traps++;
}

extern char entry_SYSCALL_64[];

/*
 * The breakpoint at do_syscall(): what a system call left. Else a program's own, or a mistake. A
 * CPU looks at TF when SYSCALL is done, and FMASK has cleared it by then (KVM's emulator as well:
 * see its ctxt->tf). Bochs looks before, and traps at the kernel's first instruction, where the
 * stack and GS are the user's.
 */
static void on_debug(struct pt_regs *regs)
{
	u64 flags = own_flags();

	if (regs->ip == (u64)do_syscall) {
		seen.syscall |= regs->flags;
		seen.syscalls++;
		set_breakpoint(NULL);
	} else if (!boot_cpu_has(X86_FEATURE_XENPV) && regs->ip == (u64)entry_SYSCALL_64) {
		seen.paranoid |= flags;
		seen.late++;
	} else if (user_mode(regs)) {
		seen.paranoid |= flags;
		seen.paranoids++;
	} else {
		seen.strays++;
		regs->flags &= ~X86_EFLAGS_TF;
	}
}

static int run_with_breakpoint(void *data)
{
	int error;

	set_breakpoint(do_syscall);
	error = run_program(data);
	set_breakpoint(NULL);
	return error;
}

static void check_flags(struct test *t, u32 cpu, u64 flags)
{
	/* In ring 3, where Xen has a PV kernel, AC opens nothing. */
	u64 none = X86_EFLAGS_TF | X86_EFLAGS_DF | X86_EFLAGS_NT;
	const struct user *u;

	if (!boot_cpu_has(X86_FEATURE_XENPV))
		none |= X86_EFLAGS_AC;
	memset(&seen, 0, sizeof(seen));
	u = run_on(t, cpu, run_with_breakpoint,
		   (struct attempt){ .what = PROG_FLAGS, .arg = flags });
	CHECK(t, u->end == USER_EXITED && !u->status, "CPU %u, flags %lx: end %d, lost %lx, %s",
	      cpu, flags, u->end, u->status, u->why);
	CHECK(t, seen.syscalls && seen.traps == 1 && seen.paranoids,
	      "CPU %u, flags %lx: %u system calls, %u breakpoints, %u debug exceptions", cpu, flags,
	      seen.syscalls, seen.traps, seen.paranoids);
	CHECK(t, !seen.strays, "CPU %u, flags %lx: %u debug exceptions in the kernel", cpu, flags,
	      seen.strays);
	CHECK(t, !seen.late || flags & X86_EFLAGS_TF, "CPU %u, flags %lx: a step over SYSCALL", cpu,
	      flags);
	/* The breakpoint itself comes before TF would. */
	CHECK(t, !(seen.syscall & none), "CPU %u, flags %lx: a system call begins with %lx", cpu,
	      flags, seen.syscall);
	none &= boot_cpu_has(X86_FEATURE_SMAP) ? ~0UL : ~X86_EFLAGS_AC;
	CHECK(t, !(seen.trap & none), "CPU %u, flags %lx: int3 begins with %lx", cpu, flags,
	      seen.trap);
	CHECK(t, !(seen.paranoid & none), "CPU %u, flags %lx: #DB begins with %lx", cpu, flags,
	      seen.paranoid);
}

SELFTEST(entry, a_programs_flags_stay_outside)
{
	static const u64 flags[] = { 0,
				     X86_EFLAGS_AC,
				     X86_EFLAGS_DF,
				     X86_EFLAGS_NT,
				     X86_EFLAGS_TF,
				     X86_EFLAGS_AC | X86_EFLAGS_DF | X86_EFLAGS_NT |
					     X86_EFLAGS_TF };
	u32 cpu;
	size_t i;

	set_irq_handler(X86_TRAP_BP, on_int3);
	set_irq_handler(X86_TRAP_DB, on_debug);
	for_each_cpu(cpu, cpu_online_mask) for (i = 0; i < ARRAY_SIZE(flags); i++)
		check_flags(t, cpu, flags[i]);
	set_irq_handler(X86_TRAP_BP, NULL);
	set_irq_handler(X86_TRAP_DB, NULL);
}

/* A single step over SYSCALL is the program's end and nobody else's. */
SELFTEST(entry, a_step_into_the_kernel)
{
	const struct user *u;
	u32 cpu;

	for_each_cpu(cpu, cpu_online_mask)
	{
		u = run_on(t, cpu, run_program,
			   (struct attempt){ .what = PROG_FLAGS, .arg = X86_EFLAGS_TF });
		CHECK(t, u->end == USER_KILLED, "CPU %u: end %d, %s", cpu, u->end, u->why);
	}
}

/* ---- a return that iret refuses -------------------------------------------------------------- */

/* Selectors beyond the GDT: iret itself faults, with GS the user's already; Xen tells the program.
 */
SELFTEST(entry, iret_refuses_a_bad_segment)
{
	static const struct attempt bad[] = { { .bad_cs = 0x1053 }, { .bad_ss = 0x1053 } };
	const char *why = boot_cpu_has(X86_FEATURE_XENPV) ? "general*" : "it would go on at*";
	const struct user *u;
	u32 cpu;
	size_t i;

	for_each_cpu(cpu, cpu_online_mask) for (i = 0; i < ARRAY_SIZE(bad); i++)
	{
		u = run_on(t, cpu, run_program, bad[i]);
		CHECK(t, u->end == USER_KILLED && glob_match(why, u->why),
		      "CPU %u, case %lu: end %d, %s", cpu, i, u->end, u->why);
	}
}

/* Each program begins without selectors, also behind one that left some. */
SELFTEST(entry, a_program_begins_without_segments)
{
	const struct user *u;
	u32 cpu;

	for_each_cpu(cpu, cpu_online_mask)
	{
		u = run_on(t, cpu, run_program,
			   (struct attempt){ .what = PROG_SEGMENTS, .arg = 1 });
		CHECK(t, u->end == USER_EXITED && !u->status, "end %d, %lx", u->end, u->status);
		u = run_on(t, cpu, run_program,
			   (struct attempt){ .what = PROG_SEGMENTS, .arg = 0 });
		CHECK(t, u->end == USER_EXITED && !u->status, "end %d, %lx", u->end, u->status);
		u = run_on(t, cpu, run_program, (struct attempt){ .what = PROG_NO_SEGMENTS });
		CHECK(t, u->end == USER_EXITED && !u->status, "CPU %u: selectors %lx, %s", cpu,
		      u->status, u->why);
	}
}

/* ---- stacks and GS of what can come at any instruction --------------------------------------- */

static const struct pt_regs *frame;

static noinstr void look_at_frame(struct pt_regs *regs)
{
	frame = regs;
}

/* With each flag both ways: a return frame is copied, and not the one before it. */
#define INT_N(name, n)                                                        \
	static noinline u64 int_##name(u64 flags)                             \
	{                                                                     \
		asm volatile("pushq %0; popfq; int %1; pushfq; popq %0"       \
			     : "+r"(flags)                                    \
			     : "i"(n)                                         \
			     : "cc", "memory");                               \
		return flags;                                                 \
	}                                                                     \
	static noinstr noinline void user_gs_##name(void)                     \
	{                                                                     \
		asm volatile("swapgs; int %0; swapgs" : : "i"(n) : "memory"); \
	}
INT_N(db, X86_TRAP_DB)
INT_N(nmi, X86_TRAP_NMI)
INT_N(mc, X86_TRAP_MC)

/* On the CPU that it looks at, interrupts off. */
static void look_at_stacks(void *arg)
{
	static const struct {
		const char *name;
		u64 (*raise)(u64 flags);
		void (*with_user_gs)(void);
	} cases[] = {
		{ "#DB", int_db, user_gs_db },
		{ "NMI", int_nmi, user_gs_nmi },
		{ "#MC", int_mc, user_gs_mc },
	};
	u64 here = (u64)__builtin_frame_address(0), tops[ARRAY_SIZE(cases)], flags, got, swaps;
	u32 cpu = smp_processor_id();
	struct test *t = arg;
	size_t i, k;

	CHECK(t, rdmsr(MSR_SYSCALL_MASK) == 0x44700, "CPU %u: the mask of system calls is %lx", cpu,
	      rdmsr(MSR_SYSCALL_MASK));
	paranoid_hook = look_at_frame;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		frame = NULL;
		for (flags = 0;; flags = X86_EFLAGS_ARITH) {
			got = cases[i].raise(flags | 2) & X86_EFLAGS_ARITH;
			CHECK(t, got == flags, "CPU %u: %s makes %lx of the flags %lx", cpu,
			      cases[i].name, got, flags);
			if (flags)
				break;
		}
		tops[i] = (u64)frame & -PAGE_SIZE;
		CHECK(t, frame && here - (u64)frame + PAGE_SIZE > 2 * PAGE_SIZE,
		      "CPU %u: %s has no stack of its own: %p, ours is at %lx", cpu, cases[i].name,
		      (void *)frame, here);
		for (k = 0; k < i; k++)
			CHECK(t, tops[i] != tops[k], "CPU %u: %s and %s have one stack", cpu,
			      cases[i].name, cases[k].name);
		/* A GS base of a program's choice: its upper half is what tells. */
		swaps = paranoid_swaps;
		wrmsr(MSR_KERNEL_GS_BASE, 0x80000000);
		cases[i].with_user_gs();
		CHECK(t, paranoid_swaps == swaps + 1 && rdmsr(MSR_KERNEL_GS_BASE) == 0x80000000,
		      "CPU %u: %s swapped GS %lu times, the user's base is %lx", cpu, cases[i].name,
		      paranoid_swaps - swaps, rdmsr(MSR_KERNEL_GS_BASE));
		wrmsr(MSR_KERNEL_GS_BASE, 0);
	}
	paranoid_hook = NULL;
}

/* Each of its own, or one would write over another's frame. */
SELFTEST(entry, stacks_of_their_own)
{
	u32 cpu;

	if (boot_cpu_has(X86_FEATURE_XENPV))
		return test_skip(t, "Xen has the stacks, and brings all on the kernel's");
	set_irq_handler(X86_TRAP_DB, look_at_frame);
	set_irq_handler(X86_TRAP_MC, look_at_frame);
	for_each_cpu(cpu, cpu_online_mask) smp_call_function_single(cpu, look_at_stacks, t);
	set_irq_handler(X86_TRAP_DB, NULL);
	set_irq_handler(X86_TRAP_MC, NULL);
}
