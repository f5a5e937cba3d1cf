/* SPDX-License-Identifier: MIT */
/*
 * A page that the host first has to fetch. Without this the whole virtual CPU stands until it is
 * there; with it the host asks us to do something else meanwhile:
 *
 *   an access ---> #PF, flags = 1, CR2 = token       wait, until the token is called
 *                  ... other threads, interrupts ...
 *   page is there: interrupt, token                  clear token, acknowledge; the access again
 *
 * Both come to the CPU that made the access, so its list needs interrupts off and no lock. KVM asks
 * only where interrupts are on.
 */
#include "kvm.h"
#include <printk.h>
#include <sched.h>
#include <asm/cpufeature.h>
#include <asm/page.h>
#include <asm/paravirt.h>
#include <asm/ptrace.h>
#include <asm/traps.h>
#include <asm/segment.h>

struct waiter {
	struct waiter *next;
	struct task_struct *task; /* asleep; NULL: it can't sleep, and halts its CPU */
	u32 token;
	bool ready;
};

static DEFINE_PER_CPU(struct kvm_vcpu_pv_apf_data, apf);
static DEFINE_PER_CPU(struct waiter *, waiters);

/* Not idle, which is in no queue; nor who holds a lock, or is about to sleep for something else. */
static struct task_struct *who_may_sleep(void)
{
	struct task_struct *t = current;
	bool may = t && t->on_rq && t->state == TASK_RUNNING && !this_cpu_read(preempt_count);

	return may ? t : NULL;
}

/* Somebody else may wake it, and it go on elsewhere: asleep first, then a look. */
static void sleep_until_ready(struct waiter *w)
{
	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		if (READ_ONCE(w->ready))
			break;
		schedule();
	}
	WRITE_ONCE(current->state, TASK_RUNNING);
}

/* Nobody kicks a CPU that the thread might be moved to: it stays here. Idle does anyway. */
static void halt_until_ready(struct waiter *w)
{
	bool may_move = current && current->on_rq;

	this_cpu_add(preempt_count, may_move);
	while (!READ_ONCE(w->ready)) {
		default_idle();
		arch_local_irq_disable();
	}
	this_cpu_add(preempt_count, -may_move);
}

/* Interrupts off; true: the fault was no fault, and the access may be made again. */
bool kvm_async_page_fault(struct pt_regs *regs, u64 token)
{
	struct waiter w = { .token = token, .task = who_may_sleep() };

	if (!this_cpu_read(apf.flags))
		return false;
	this_cpu_write(apf.flags, 0);
	if (!(regs->flags & X86_EFLAGS_IF))
		panic_regs(regs, "KVM wants us to wait for page %x with interrupts off", w.token);
	w.next = this_cpu_read(waiters);
	this_cpu_write(waiters, &w);
	if (w.task)
		sleep_until_ready(&w);
	else
		halt_until_ready(&w);
	return true;
}

static void wake(u32 token)
{
	struct waiter **p = this_cpu_ptr(&waiters), *w;
	struct task_struct *task;

	while ((w = *p)) {
		if (token != KVM_APF_WAKE_ALL && token != w->token) {
			p = &w->next;
			continue;
		}
		*p = w->next;
		task = w->task;
		WRITE_ONCE(w->ready, true); /* w may be gone */
		if (task)
			wake_up_process(task);
	}
}

/* KVM has room for one token, and waits with the next until we say that we have read it. */
static void page_ready_interrupt(struct pt_regs *regs)
{
	(void)regs;
	apic_eoi();
	wake(this_cpu_read(apf.token));
	this_cpu_write(apf.token, 0);
	wrmsr(MSR_KVM_ASYNC_PF_ACK, 1);
}

static bool available(void)
{
	return boot_cpu_has(X86_FEATURE_KVM_ASYNC_PF);
}

void kvm_async_pf_init(void)
{
	if (available())
		set_irq_handler(HYPERVISOR_CALLBACK_VECTOR, page_ready_interrupt);
}

void kvm_async_pf_on(void)
{
	if (!available())
		return;
	wrmsr(MSR_KVM_ASYNC_PF_INT, HYPERVISOR_CALLBACK_VECTOR);
	wrmsr(MSR_KVM_ASYNC_PF_EN, __pa(this_cpu_ptr(&apf)) | KVM_ASYNC_PF_DELIVERY_AS_INT |
					   KVM_ASYNC_PF_SEND_ALWAYS | KVM_MSR_ENABLED);
}

/* KVM forgets who waits: they make their accesses again. In a panic nobody does. */
void kvm_async_pf_off(bool wake_all)
{
	if (!available())
		return;
	wrmsr(MSR_KVM_ASYNC_PF_EN, 0);
	if (wake_all)
		wake(KVM_APF_WAKE_ALL);
}
