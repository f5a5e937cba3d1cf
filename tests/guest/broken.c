/* SPDX-License-Identifier: MIT */
/*
 * Tests that break on purpose, so that the way a run fails can be tested from outside
 * (tests/boot/broken.t). They run only when test=broken/... names them.
 */
#include <mm.h>
#include <page_alloc.h>
#include <printk.h>
#include <sched.h>
#include <selftest.h>
#include <smp.h>
#include <asm/apic.h>
#include <asm/page.h>
#include <asm/desc_stacks.h>
#include <asm/paravirt.h>
#include <asm/traps.h>

SELFTEST_HIDDEN(broken, fail)
{
	CHECK(t, 1 + 1 == 3, "1 + 1 is not 3");
}

SELFTEST_HIDDEN(broken, panic)
{
	(void)t;
	panic("this test panics, as it was asked to");
}

/* Its last instruction: the return address is another function's first. */
void broken_ends_in_a_call(void) __noreturn;
static void __used __noreturn broken_for_good(void)
{
	panic("this test calls what does not return");
}
asm(".pushsection .text\n"
    ".type broken_ends_in_a_call, @function\n"
    ".type broken_behind_the_call, @function\n"
    ".globl broken_ends_in_a_call\n"
    "broken_ends_in_a_call: push %rbp; mov %rsp, %rbp; call broken_for_good\n"
    "broken_behind_the_call: ud2\n"
    ".popsection");

SELFTEST_HIDDEN(broken, last_call)
{
	(void)t;
	broken_ends_in_a_call();
}

SELFTEST_HIDDEN(broken, fault)
{
	(void)t;
	WRITE_ONCE(*(u64 *)0xdead000, 1);
}

/* The kernel's stack is gone: the report comes from a stack of its own. */
SELFTEST_HIDDEN(broken, stack)
{
	(void)t;
	asm volatile("movq %0, %%rsp; pushq $0" : : "r"(boot_stack_guard + 64) : "memory");
}

static int recurse(void *data)
{
	volatile u64 here[64] = { (u64)data };

	if (here[0] > 1UL << 40) /* never */
		return 0;
	return recurse((void *)(here[0] + 1)) + (int)here[1];
}

/* Its frame pointer names a page under a stack: that is found while the panic is told. */
SELFTEST_HIDDEN(broken, frame_in_a_guard)
{
	(void)t;
	asm volatile("movq %0, %%rbp; ud2" : : "r"(boot_stack_guard + 64) : "memory");
}

SELFTEST_HIDDEN(broken, thread_stack)
{
	(void)t;
	kthread_join(kthread_run(recurse, NULL, "recurse", -1));
}

SELFTEST_HIDDEN(broken, atomic_sleep)
{
	(void)t;
	preempt_disable();
	msleep(1);
}

SELFTEST_HIDDEN(broken, hang)
{
	(void)t;
	for (;;)
		halt();
}

SELFTEST_HIDDEN(broken, plan)
{
	t->unreported = true;
}

/* The slot is NULL: patched, its site traps by name; unpatched, the call goes to address 0. */
SELFTEST_HIDDEN(broken, null_op)
{
	(void)t;
	PVOP_VCALL0(pv_ops, test.null);
}

/* The guest counts well, but its stream does not. */
SELFTEST_HIDDEN(broken, extra_line)
{
	(void)t;
	tap_printk("ok 2 - broken/nobody\n");
}

/* No verdict: without an IDT the first trap is a triple fault; Xen refuses what it can't take. */
SELFTEST_HIDDEN(broken, no_verdict)
{
	const struct desc_ptr nothing = { 0 };

	(void)t;
	load_idt(&nothing);
	asm volatile("ud2");
}

SELFTEST_HIDDEN(broken, double_free)
{
	u64 pa = alloc_page();

	(void)t;
	free_page(pa);
	free_page(pa);
}

static void load_it(void *mm)
{
	switch_mm(mm);
}

/* By the last CPU: with one, this one. */
SELFTEST_HIDDEN(broken, destroy_loaded)
{
	struct mm *mm = mm_create();

	(void)t;
	smp_call_function_single(num_online_cpus() - 1, load_it, mm);
	mm_destroy(mm);
}

SELFTEST_HIDDEN(broken, foreign_free)
{
	(void)t;
	free_page(__pa(_text));
}

SELFTEST_HIDDEN(broken, irq_leak)
{
	(void)t;
	arch_local_irq_enable();
}

/* In an NMI, so that no other gets through. */
static noinstr void stay(struct pt_regs *regs)
{
	(void)regs;
	for (;;)
		;
}

static void panic_here(void *arg)
{
	(void)arg;
	panic("this test panics on CPU %u, as it was asked to", smp_processor_id());
}

/* On CPU 1, while CPU 0 waits for it with interrupts off, CPU 2 can't answer and CPU 3 sleeps. */
SELFTEST_HIDDEN(broken, panic_of_four)
{
	u64 count = nmi_count;

	if (num_online_cpus() < 4)
		return test_skip(t, "for 4 CPUs, here are %u", num_online_cpus());
	paranoid_hook = stay;
	send_IPI(2, NMI_VECTOR);
	while (READ_ONCE(nmi_count) == count)
		cpu_relax();
	paranoid_hook = NULL;
	smp_call_function_single(1, panic_here, NULL);
}

/* All at a time: one says why, and stops the others, which wait for that. */
SELFTEST_HIDDEN(broken, panic_of_all)
{
	(void)t;
	smp_call_function_many(cpu_online_mask, panic_here, NULL);
}
