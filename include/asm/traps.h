/* SPDX-License-Identifier: MIT */
/* Traps in kernel mode, and how a test or a probe expects one. */
#ifndef ASM_TRAPS_H
#define ASM_TRAPS_H

#include <static_call_types.h>
#include <asm/percpu.h>
#include <asm/ptrace.h>

struct fault {
	u64 vector, error_code;
	u64 ip;
	u64 address; /* #PF: the address that faulted */
};

/*
 * Call fn(arg). True when it ended in an exception, which *fault then describes; the stack is
 * back as it was, what fn had changed elsewhere stays. Not from within fn itself.
 */
bool catch_fault(void (*fn)(void *), void *arg, struct fault *fault);
/* A panic's own faults are the exception table's. Interrupts off. */
void catch_no_fault(void);

typedef void (*irq_handler_t)(struct pt_regs *regs);
/* Called with interrupts off, for a vector from 32 up: without one it is a panic. Gives the old. */
irq_handler_t set_irq_handler(unsigned int vector, irq_handler_t handler);

/* Vectors from 32 up that came while interrupts were off, and were not handled; irq_report() says
 * it. */
DECLARE_PER_CPU(u32, irqs_while_off);
void irq_report(void);

/* What do_trap() does with an interrupt; for interrupts that come by another way than a vector. */
void handle_irq(unsigned int vector, struct pt_regs *regs);

/*
 * A #PF by which a hypervisor only says that we have to wait, and cr2 for what: true when it was
 * one, and the wait is over. Interrupts off, as in do_trap().
 */
static inline bool async_page_fault(struct pt_regs *regs, u64 cr2);
DECLARE_STATIC_CALL(pv_async_page_fault, async_page_fault);
static inline bool async_page_fault(struct pt_regs *regs, u64 cr2)
{
	return static_call(pv_async_page_fault)(regs, cr2);
}

/* Wait for an interrupt, interrupts on afterwards: entry/idle.c. */
void default_idle(void);
/* An interrupt is about to be handled: one that came just before default_idle()'s hlt ends it. */
void idle_step_over(struct pt_regs *regs);

/* "general protection fault" and its kin, for vectors below 32. */
const char *trap_name(u64 vector);

/* Since the boot: NMIs that came; paranoid entries that found the user's GS. */
extern u64 nmi_count, paranoid_swaps;

/*
 * mce.c: machine checks on the bare machine; how many came. False: this is none, but an int $18.
 * What the banks said waits for mce_report(), as nothing can be printed from where they come.
 */
extern u64 mce_count;
void mce_init(void);
bool do_machine_check(struct pt_regs *regs);
void mce_report(void);

/* user.c: a trap that is a user program's own end. */
void user_trap(struct pt_regs *regs, u64 cr2) __noreturn;

/* From entry.S, on the stack of the interrupted code or an IST stack; interrupts off. */
void do_trap(struct pt_regs *regs);
/* The same for what comes at any instruction: NMI and #MC meet no patchable site in it. */
void do_paranoid_trap(struct pt_regs *regs);
/* A test's, or NULL: called in each NMI and machine check. noinstr. */
extern void (*paranoid_hook)(struct pt_regs *regs);

#endif
