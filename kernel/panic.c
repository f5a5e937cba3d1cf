/* SPDX-License-Identifier: MIT */
/*
 * The end with a reason: what, registers, who called whom. Works from the first line of C on, on
 * every way in, and never ends in success. A panic inside a panic says so and stops there;
 * a second CPU's waits to be stopped by the first. The others are stopped before anything is said,
 * and may hold any lock: from there on none is taken.
 */
#include <console.h>
#include <crash_note.h>
#include <platform.h>
#include <printk.h>
#include <smp.h>
#include <string.h>
#include <asm/atomic.h>
#include <asm/paravirt.h>
#include <asm/panic.h>
#include <asm/traps.h>

static atomic_t panic_cpu = { -1 };
static struct crash_note crash_note;

static void show_regs(const struct pt_regs *r)
{
	printk("rip %016lx  rsp %016lx  flags %08lx  cs %04lx ss %04lx\n", r->ip, r->sp, r->flags,
	       r->cs & 0xffff, r->ss & 0xffff);
	printk("rax %016lx  rbx %016lx  rcx %016lx  rdx %016lx\n", r->ax, r->bx, r->cx, r->dx);
	printk("rsi %016lx  rdi %016lx  rbp %016lx  r8  %016lx\n", r->si, r->di, r->bp, r->r8);
	printk("r9  %016lx  r10 %016lx  r11 %016lx  r12 %016lx\n", r->r9, r->r10, r->r11, r->r12);
	printk("r13 %016lx  r14 %016lx  r15 %016lx\n", r->r13, r->r14, r->r15);
	printk("cr0 %lx  cr2 %016lx  cr3 %lx  cr4 %lx\n", read_cr0(), read_cr2(), read_cr3(),
	       read_cr4());
}

static void leave_note(const struct pt_regs *regs, const char *reason)
{
	strlcpy(crash_note.reason, reason, sizeof(crash_note.reason));
	crash_note.regs = *regs;
	crash_note.cpu = smp_processor_id();
	barrier();
	WRITE_ONCE(crash_note.set, 1);
}

static __noreturn void die(struct pt_regs *regs, const char *fmt, va_list args)
{
	char reason[256];
	int first;

	arch_local_irq_disable();
	vsnprintf(reason, sizeof(reason), fmt, args);
	first = atomic_cmpxchg(&panic_cpu, -1, smp_processor_id());
	if (first == (int)smp_processor_id()) {
		console_bust();
		printk("PANIC inside a panic: %s\n", reason);
		machine_exit(EXIT_PANIC);
	}
	if (first != -1) /* somebody else's came first, and stops us */
		for (;;)
			halt();
	leave_note(regs, reason);
	catch_no_fault();
	console_bust(); /* others wait for it, with whole lines, until they are stopped */
	smp_send_stop();
	printk_flush();
	printk("PANIC: %s\n", reason);
	mce_report();
	show_regs(regs);
	show_backtrace(regs);
	smp_show_stopped();
	machine_exit(EXIT_PANIC);
}

void panic_regs(struct pt_regs *regs, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	die(regs, fmt, args);
}

void panic(const char *fmt, ...)
{
	struct pt_regs regs;
	va_list args;

	/* In the call: behind it there may be another function already. */
	save_caller_regs(&regs, (u8 *)__builtin_return_address(0) - 1, __builtin_frame_address(0));
	va_start(args, fmt);
	die(&regs, fmt, args);
}
