/* SPDX-License-Identifier: MIT */
/*
 * User mode's C half: what a system call does, who is killed for what, and how a program's run
 * begins and ends (enter_user() and leave_user() in syscall.S).
 */
#include <page_alloc.h>
#include <printk.h>
#include <sched.h>
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

#define X86_CR0_TS BIT(3)
#define USER_FLAGS (X86_EFLAGS_IF | 2)

void enter_user(struct pt_regs *regs, u64 *saved_sp);
void leave_user(u64 saved_sp) __noreturn;
void set_kernel_stack(u64 sp);
void user_bad_return(void);
bool do_syscall(struct pt_regs *regs);

static void load_kernel_stack(const struct user *u)
{
	this_cpu_write(cpu_kernel_sp, u->kernel_sp);
	load_sp0(u->kernel_sp);
}

/* From enter_user(): where traps and system calls from user mode begin. */
void set_kernel_stack(u64 sp)
{
	current->user->kernel_sp = sp;
	load_kernel_stack(current->user);
}

static void load_segments(const struct user *u)
{
	asm volatile("movw %w0, %%ds; movw %w1, %%es; movw %w2, %%fs"
		     :
		     : "r"(u->ds), "r"(u->es), "r"(u->fs));
	load_gs_index(u->gs);
}

void user_switch_out(struct user *u)
{
	asm volatile("movw %%ds, %0; movw %%es, %1; movw %%fs, %2; movw %%gs, %3"
		     : "=m"(u->ds), "=m"(u->es), "=m"(u->fs), "=m"(u->gs));
}

void user_switch_in(const struct user *u)
{
	load_kernel_stack(u);
	load_segments(u);
}

/* The FPU is nobody's: a program's use of it traps. */
static __always_inline void set_ts(void)
{
	write_cr0(read_cr0() | X86_CR0_TS);
}

void user_init_cpu(void)
{
	set_ts();
	load_segments(&(struct user){ 0 });
	wrmsr(MSR_FS_BASE, 0);
	wrmsr(MSR_KERNEL_GS_BASE, 0);
}

static __noreturn void finish(enum user_end end)
{
	current->user->end = end;
	leave_user(current->user->saved_sp);
}

static __printf(2, 3) __noreturn void user_kill(const struct pt_regs *regs, const char *fmt, ...)
{
	struct user *u = current->user;
	va_list args;

	va_start(args, fmt);
	vsnprintf(u->why, sizeof(u->why), fmt, args);
	va_end(args);
	if (regs && u->last)
		*u->last = *regs;
	if (!u->quiet)
		printk("user program killed: %s\n", u->why);
	finish(USER_KILLED);
}

void user_bad_return(void)
{
	user_kill(NULL, "it would go on at an address or a segment that is none");
}

void user_tick(struct user *u)
{
	if (!u->ticks)
		return;
	u->preemptions++;
	u->expired = !--u->ticks;
}

void exit_to_user_mode(void)
{
	cond_resched();
	if (current->user->expired)
		user_kill(NULL, "it used up its time");
}

void user_trap(struct pt_regs *regs, u64 cr2)
{
	if (regs->vector == X86_TRAP_PF)
		user_kill(regs, "page fault at %016lx, error code %lx, rip %016lx", cr2,
			  regs->orig_ax, regs->ip);
	if (regs->vector == X86_TRAP_NM) {
		set_ts(); /* Xen clears it, as if to hand the FPU over */
		user_kill(regs, "it used the FPU, which is not for user programs here, rip %016lx",
			  regs->ip);
	}
	user_kill(regs, "%s (vector %lu, error code %lx), rip %016lx", trap_name(regs->vector),
		  regs->vector, regs->orig_ax, regs->ip);
}

static u64 sys_write(const u8 *from, u64 len)
{
	char text[256];
	u64 done, n;

	for (done = 0; done < len; done += n) {
		n = min(len - done, sizeof(text) - 1);
		if (copy_from_user(text, from + done, n))
			return -EFAULT;
		text[n] = 0;
		current->user->written += n;
		if (!current->user->quiet)
			printk("%s", text);
	}
	return len;
}

/* Interrupts off. True: sysret may be used; rcx and r11 are then lost to the program. */
bool do_syscall(struct pt_regs *regs)
{
	struct user *u = current->user;
	bool by_sysret;

	u->syscalls++;
	regs->ax = -ENOSYS;
	switch (regs->orig_ax) {
	case SYS_exit:
		u->status = regs->di;
		finish(USER_EXITED);
	case SYS_write:
		regs->ax = sys_write((const u8 *)regs->di, regs->si);
		break;
	case SYS_yield:
		u->yields++;
		schedule();
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
	exit_to_user_mode();
	by_sysret = sysret_allowed(regs);
	if (by_sysret)
		u->sysrets++;
	else
		u->irets++;
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
	u64 self = alloc_page(), at, page;
	struct user *u = __va(self);

	if (!self)
		return NULL;
	u->mm = mm_create();
	if (!u->mm) {
		free_page(self);
		return NULL;
	}
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
	free_page(__pa(u));
}

void user_run(struct user *u)
{
	u64 flags = arch_local_irq_save();

	kthread_use_mm(u->mm);
	sched_set_user(u);
	load_segments(u); /* none */
	enter_user(&u->regs, &u->saved_sp);
	sched_set_user(NULL);
	kthread_use_mm(NULL);
	arch_local_irq_restore(flags);
}
