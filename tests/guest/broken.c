/* SPDX-License-Identifier: MIT */
/*
 * Tests that break on purpose, so that the way a run fails can be tested from outside
 * (tests/boot/broken.t). They run only when test=broken/... names them.
 */
#include <page_alloc.h>
#include <printk.h>
#include <selftest.h>
#include <asm/page.h>
#include <asm/desc_stacks.h>
#include <asm/paravirt.h>

SELFTEST_HIDDEN(broken, fail)
{
	CHECK(t, 1 + 1 == 3, "1 + 1 is not 3");
}

SELFTEST_HIDDEN(broken, panic)
{
	(void)t;
	panic("this test panics, as it was asked to");
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
