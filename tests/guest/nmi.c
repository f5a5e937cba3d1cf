/* SPDX-License-Identifier: MIT */
/*
 * NMIs and machine checks that somebody outside sends (tests/boot/nmi.t) while the kernel works:
 * each test says what came whenever that changes, for the sender to wait for, and ends when
 * rounds=N came. They run only when test=outside/... names them.
 */
#include <cmdline.h>
#include <page_alloc.h>
#include <printk.h>
#include <selftest.h>
#include <string.h>
#include <time.h>
#include <user.h>
#include <asm/alt_sites.h>
#include <asm/apic.h>
#include <asm/cpufeature.h>
#include <asm/msr-index.h>
#include <asm/paravirt.h>
#include <asm/percpu.h>
#include <asm/pgtable.h>
#include <asm/traps.h>

#define PATIENCE (30 * NSEC_PER_SEC)

extern const u8 user_prog[], user_prog_end[], nmi_iret[], nmi_pop[];

static u64 nmis, mces, swaps, said, deadline;
static volatile u64 last_ip, in_user;

static noinstr void look(struct pt_regs *regs)
{
	last_ip = regs->ip;
	in_user += user_mode(regs);
}

static void begin(void (*hook)(struct pt_regs *regs))
{
	nmis = nmi_count;
	mces = mce_count;
	swaps = paranoid_swaps;
	in_user = said = 0;
	deadline = sched_clock() + PATIENCE;
	paranoid_hook = hook;
	printk("outside: 0 NMIs, 0 machine checks: more\n");
}

/*
 * Say what came since; is it still too little? In the window: in kernel mode, but with the user's
 * GS, so before the first swapgs or behind the last.
 */
static bool wait_for_more(struct test *t, u64 want_window)
{
	u64 nmi = nmi_count - nmis, mce = mce_count - mces;
	u64 in_window = boot_cpu_has(X86_FEATURE_XENPV) ? 0 : paranoid_swaps - swaps - in_user;
	bool enough = nmi + mce >= cmdline.rounds && in_window >= want_window;

	mce_report();
	if (nmi + mce != said)
		printk("outside: %lu NMIs, %lu machine checks: %s; %lu in user mode, %lu more "
		       "with its GS, the last in %pS\n",
		       nmi, mce, enough ? "enough" : "more", in_user, in_window, (void *)last_ip);
	said = nmi + mce;
	CHECK(t, rdmsr(MSR_GS_BASE) == this_cpu_read(this_cpu_off),
	      "the GS base is %016lx, expected %016lx", rdmsr(MSR_GS_BASE),
	      this_cpu_read(this_cpu_off));
	if (!enough && sched_clock() > deadline)
		test_fail(t, "%lu came in %lu s, expected %lu", said, PATIENCE / NSEC_PER_SEC,
			  cmdline.rounds);
	if (!enough && !t->failed)
		return true;
	paranoid_hook = NULL;
	return false;
}

SELFTEST_(outside, patching, .hidden = true, .alone = true)
{
	u64 before = text_hash();

	text_open();
	begin(look);
	do {
		restore_alternatives();
		apply_alternatives(cmdline.nopatch);
	} while (wait_for_more(t, 0));
	text_seal();
	CHECK(t, text_hash() == before, "text is not what it was");
}

/* The program sees to it that no register of its own changes. */
static void run_user(struct test *t, u64 loops)
{
	struct user *u = user_create(user_prog, user_prog_end - user_prog);

	if (!u)
		return test_fail(t, "no memory for a user program");
	u->regs.di = PROG_REGISTERS;
	u->regs.si = loops;
	u->quiet = true;
	user_run(u);
	CHECK(t, u->end == USER_EXITED && !u->status, "end %d, lost %lx, %s", u->end, u->status,
	      u->why);
	user_destroy(u);
}

static void user_rounds(struct test *t, u64 window)
{
	u64 free = nr_free_pages();

	begin(look);
	do
		run_user(t, 200);
	while (wait_for_more(t, window));
	CHECK(t, nr_free_pages() == free, "%lu pages were free before, %lu after", free,
	      nr_free_pages());
}

SELFTEST_HIDDEN(outside, user)
{
	user_rounds(t, 0);
}

/* Until some came in kernel mode with the user's GS: before the first swapgs, or after the last. */
SELFTEST_HIDDEN(outside, swapgs)
{
	user_rounds(t, 3);
}

static void nothing(struct hrtimer *timer)
{
	(void)timer;
}

/* What ends the wait may come at any point of it: the timer's wake-up must not get lost. */
SELFTEST_HIDDEN(outside, idle)
{
	struct hrtimer timer = { .function = nothing };

	begin(look);
	do {
		hrtimer_start(&timer, NSEC_PER_MSEC);
		default_idle();
		arch_local_irq_disable();
	} while (wait_for_more(t, 0));
	hrtimer_cancel(&timer);
}

static volatile u64 depth, deepest, breakpoints;

static void on_breakpoint(struct pt_regs *regs)
{
	(void)regs;
	breakpoints++;
}

/* A breakpoint's iret lets the next NMI in: wait for it here, up to the last slot but one. */
static void nest(struct pt_regs *regs)
{
	u64 start = sched_clock(), count = nmi_count;

	look(regs);
	depth++;
	deepest = max(deepest, depth);
	if (depth < 3) {
		asm volatile("int3");
		while (nmi_count == count && sched_clock() - start < NSEC_PER_SEC / 10)
			;
	}
	depth--;
}

SELFTEST_HIDDEN(outside, nested)
{
	set_irq_handler(X86_TRAP_BP, on_breakpoint);
	begin(nest);
	do
		run_user(t, 200);
	while (wait_for_more(t, 0));
	set_irq_handler(X86_TRAP_BP, NULL);
	printk("nested %lu deep, %lu breakpoints\n", deepest, breakpoints);
	CHECK(t, deepest == 3 && !depth, "NMIs nested %lu deep, expected 3; depth %lu now", deepest,
	      depth);
}

static void nmi_to_self(void)
{
	send_IPI(0, APIC_DM_NMI);
}

static noinline void set_breakpoint(const void *at)
{
	asm volatile("mov %0, %%dr0; mov %1, %%dr7" : : "r"(at), "r"(at ? 1UL : 0UL));
}

/* In #DB, at the first NMI's iretq: NMIs are still held back, up to #DB's own. */
static void nmi_behind_us(struct pt_regs *regs)
{
	(void)regs;
	set_breakpoint(NULL);
	nmi_to_self();
}

static volatile u64 magic = 0x123456789abcdef0; /* in memory, not in the register that is tried */

/* Send ourselves an NMI and wait until `want` came; rax, which nmi_entry uses, stays as it was. */
static bool keeps_rax(u64 want)
{
	u64 tries = 100000000, rax = magic;
	volatile u8 *regs = __va(rdmsr(MSR_IA32_APICBASE) & PTE_PFN_MASK);
	bool kept;

	if (boot_cpu_has(X86_FEATURE_X2APIC)) { /* wrmsr takes rax for itself */
		nmi_to_self();
		regs = NULL;
	} else {
		apic_write(APIC_ICR2, apic_read(APIC_ID));
	}
	asm volatile(
		"testq %[regs], %[regs]\n"
		"jz 1f\n"
		"movl %[nmi], 0x300(%[regs])\n"
		"1: cmpq %[magic], %%rax\n"
		"jne 2f\n"
		"cmpq nmi_count(%%rip), %[want]\n"
		"je 2f\n"
		"decq %[tries]\n"
		"jnz 1b\n"
		"2: cmpq %[magic], %%rax\n"
		: "=@cce"(kept), "+a"(rax), [tries] "+r"(tries)
		: [regs] "r"(regs), [nmi] "i"(APIC_DM_NMI), [magic] "m"(magic), [want] "r"(want)
		: "memory");
	return kept;
}

/* The second NMI comes when the first is about to return: paranoid.S draws it. */
static void nmi_at(struct test *t, const u8 *ip)
{
	u64 before = nmi_count;

	last_ip = 0;
	paranoid_hook = look;
	set_irq_handler(X86_TRAP_DB, nmi_behind_us);
	set_breakpoint(ip);
	CHECK(t, keeps_rax(before + 2), "rax is lost");
	set_breakpoint(NULL);
	set_irq_handler(X86_TRAP_DB, NULL);
	paranoid_hook = NULL;
	CHECK(t, nmi_count == before + 2, "%lu NMIs came, expected 2", nmi_count - before);
	CHECK(t, last_ip == (u64)ip, "the second came at %pS", (void *)last_ip);
}

static void nothing_at_all(struct pt_regs *regs)
{
	(void)regs;
}

/*
 * In #DB, at the first NMI's iretq, as a machine check could come there: a breakpoint's iret lets
 * NMIs in, so that two more come and go before the first one's iretq.
 */
static void nmis_in_here(struct pt_regs *regs)
{
	u64 start = sched_clock(), count = nmi_count;

	(void)regs;
	set_breakpoint(NULL);
	asm volatile("int3");
	while (nmi_count < count + 2 && sched_clock() - start < NSEC_PER_SEC) {
		u64 now = nmi_count;

		nmi_to_self();
		while (nmi_count == now && sched_clock() - start < NSEC_PER_SEC)
			;
	}
}

static void nmis_in_a_trap_at(struct test *t, const u8 *ip)
{
	u64 before = nmi_count;

	last_ip = 0;
	paranoid_hook = look;
	set_irq_handler(X86_TRAP_BP, nothing_at_all);
	set_irq_handler(X86_TRAP_DB, nmis_in_here);
	set_breakpoint(ip);
	CHECK(t, keeps_rax(before + 3), "rax is lost");
	set_breakpoint(NULL);
	set_irq_handler(X86_TRAP_DB, NULL);
	set_irq_handler(X86_TRAP_BP, NULL);
	paranoid_hook = NULL;
	CHECK(t, nmi_count == before + 3, "%lu NMIs came, expected 3", nmi_count - before);
	CHECK(t, last_ip && last_ip != (u64)ip, "the last came at %pS", (void *)last_ip);
}

SELFTEST(trap, nmi_in_a_trap_at_the_iret_of_another)
{
	if (boot_cpu_has(X86_FEATURE_XENPV))
		return test_skip(t, "a PV kernel's NMIs nest on its own stack");
	nmis_in_a_trap_at(t, nmi_iret);
	nmis_in_a_trap_at(t, nmi_pop);
}

SELFTEST(trap, nmi_at_the_iret_of_another)
{
	if (boot_cpu_has(X86_FEATURE_XENPV))
		return test_skip(t, "a PV kernel's NMIs nest on its own stack");
	nmi_at(t, nmi_iret);
	nmi_at(t, nmi_pop);
}
