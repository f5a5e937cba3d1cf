/* SPDX-License-Identifier: MIT */
/*
 * User mode's C half: what a system call does, who is killed for what, and how a program's run
 * begins and ends (enter_user() and leave_user() in syscall.S).
 */
#include <page_alloc.h>
#include <printk.h>
#include <string.h>
#include <time.h>
#include <uaccess.h>
#include <user.h>
#include <asm/desc.h>
#include <asm/msr-index.h>
#include <asm/paravirt.h>
#include <asm/percpu.h>
#include <asm/sysret.h>
#include <asm/traps.h>

#define TICK_NS	   2000000
#define X86_CR0_TS BIT(3)
#define WRITE_MAX  4096
#define USER_FLAGS (X86_EFLAGS_IF | 2)

void enter_user(struct pt_regs *regs, u64 *saved_sp);
void leave_user(u64 saved_sp) __noreturn;
void set_kernel_stack(u64 sp);
void user_bad_return(void);
bool do_syscall(struct pt_regs *regs);

u64 user_returns_sysret, user_returns_iret;

static struct user *current;
static u64 saved_sp;

/* From enter_user(): where traps and system calls from user mode begin. */
void set_kernel_stack(u64 sp)
{
	this_cpu_write(cpu_kernel_sp, sp);
	load_sp0(sp);
}

static __noreturn void finish(enum user_end end)
{
	current->end = end;
	leave_user(saved_sp);
}

static __printf(1, 2) __noreturn void user_kill(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(current->why, sizeof(current->why), fmt, args);
	va_end(args);
	if (!current->quiet)
		printk("user program killed: %s\n", current->why);
	finish(USER_KILLED);
}

void user_bad_return(void)
{
	user_kill("it would go on at an address or a segment that is none");
}

static void tick(struct pt_regs *regs)
{
	if (!current->ticks)
		return;
	if (!user_mode(regs)) /* on its way in or out: soon, then */
		return set_oneshot_timer(TICK_NS / 10);
	current->preemptions++;
	if (!--current->ticks)
		user_kill("it used up its time");
	set_oneshot_timer(TICK_NS);
}

void user_trap(struct pt_regs *regs, u64 cr2)
{
	if (regs->vector == X86_TRAP_PF)
		user_kill("page fault at %016lx, error code %lx, rip %016lx", cr2, regs->orig_ax,
			  regs->ip);
	if (regs->vector == X86_TRAP_NM)
		user_kill("it used the FPU, which is not for user programs here, rip %016lx",
			  regs->ip);
	user_kill("%s (vector %lu, error code %lx), rip %016lx", trap_name(regs->vector),
		  regs->vector, regs->orig_ax, regs->ip);
}

static u64 sys_write(const void *from, u64 len)
{
	static char text[WRITE_MAX + 1];

	if (len > WRITE_MAX)
		len = WRITE_MAX;
	if (copy_from_user(text, from, len))
		return -EFAULT;
	text[len] = 0;
	current->written += len;
	if (!current->quiet)
		printk("%s", text);
	return len;
}

/* Interrupts off. True: sysret may be used; rcx and r11 are then lost to the program. */
bool do_syscall(struct pt_regs *regs)
{
	bool by_sysret;

	current->syscalls++;
	regs->ax = -ENOSYS;
	switch (regs->orig_ax) {
	case SYS_exit:
		current->status = regs->di;
		finish(USER_EXITED);
	case SYS_write:
		regs->ax = sys_write((const void *)regs->di, regs->si);
		break;
	case SYS_yield:
		current->yields++;
		regs->ax = 0;
		break;
	case SYS_gettime:
		regs->ax = sched_clock();
		break;
	case SYS_by_iret:
		regs->cx = 0;
		regs->r11 = 0;
		regs->ax = 0;
		break;
	}
	by_sysret = sysret_allowed(regs);
	if (by_sysret)
		user_returns_sysret++;
	else
		user_returns_iret++;
	return by_sysret;
}

/* A new page of the program's, or 0. */
static u64 give_page(struct user *u, u64 va, u64 prot)
{
	u64 page = alloc_page();

	if (!page)
		return 0;
	if (mm_map(u->mm, va, page, prot)) {
		free_page(page);
		return 0;
	}
	return page;
}

struct user *user_create(const void *code, size_t len)
{
	static struct user users[2];
	struct user *u = users[0].mm ? &users[1] : &users[0];
	u64 at, page;

	memset(u, 0, sizeof(*u));
	u->mm = mm_create();
	if (!u->mm)
		return NULL;
	for (at = 0; at < len; at += PAGE_SIZE) {
		page = give_page(u, USER_CODE + at, 0);
		if (!page)
			goto fail;
		memcpy(__va(page), (const u8 *)code + at, min(len - at, (size_t)PAGE_SIZE));
	}
	if (!give_page(u, USER_STACK - PAGE_SIZE, _PAGE_RW | _PAGE_NX))
		goto fail;
	u->regs = (struct pt_regs){
		.ip = USER_CODE,
		.cs = __USER_CS,
		.flags = USER_FLAGS,
		.sp = USER_STACK,
		.ss = __USER_DS,
	};
	return u;
fail:
	user_destroy(u);
	return NULL;
}

void user_destroy(struct user *u)
{
	mm_destroy(u->mm);
	u->mm = NULL;
}

void user_run(struct user *u)
{
	current = u;
	switch_mm(u->mm);
	/* Nothing of the program before: segments, their bases; and no FPU. */
	asm volatile("movw %w0, %%ds; movw %w0, %%es; movw %w0, %%fs" : : "r"(0));
	load_gs_index(0);
	wrmsr(MSR_FS_BASE, 0);
	wrmsr(MSR_KERNEL_GS_BASE, 0);
	write_cr0(read_cr0() | X86_CR0_TS);
	set_timer_handler(tick);
	if (u->ticks)
		set_oneshot_timer(TICK_NS);
	enter_user(&u->regs, &saved_sp);
	arch_local_irq_disable();
	set_timer_handler(NULL);
	switch_mm(&kernel_mm);
	current = NULL;
}
