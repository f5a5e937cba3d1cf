/* SPDX-License-Identifier: MIT */
/* What becomes of a trap: expected by a test, mended by the exception table, or a panic. */
#include <printk.h>
#include <sched.h>
#include <smp.h>
#include <spinlock.h>
#include <user.h>
#include <asm/alt_sites.h>
#include <asm/desc.h>
#include <asm/extable.h>
#include <asm/paravirt.h>
#include <asm/percpu.h>
#include <asm/traps.h>

extern char catch_landing[], native_iret[], bad_iret[], entry_SYSCALL_64[];
bool catch_fault_asm(void (*fn)(void *), void *arg, u64 *saved_sp);

u64 nmi_count, paranoid_swaps;
void (*paranoid_hook)(struct pt_regs *regs);
static irq_handler_t irq_handlers[NR_VECTORS];
static DEFINE_PER_CPU(struct fault *,
		      caught); /* where to describe the fault that is expected, or NULL */
static DEFINE_PER_CPU(u64, caught_sp);
DEFINE_PER_CPU(u32, irqs_while_off);

irq_handler_t set_irq_handler(unsigned int vector, irq_handler_t handler)
{
	irq_handler_t old = irq_handlers[vector];

	irq_handlers[vector] = handler;
	return old;
}

bool catch_fault(void (*fn)(void *), void *arg, struct fault *fault)
{
	bool got;

	preempt_disable();
	this_cpu_write(caught, fault);
	got = catch_fault_asm(fn, arg, this_cpu_ptr(&caught_sp));
	this_cpu_write(caught, NULL);
	preempt_enable();
	return got;
}

void catch_no_fault(void)
{
	this_cpu_write(caught, NULL);
}

const char *trap_name(u64 vector)
{
	static const char *const names[NR_EXCEPTIONS] = {
		[0] = "divide error",
		[1] = "debug exception",
		[2] = "NMI",
		[3] = "breakpoint",
		[4] = "overflow",
		[5] = "bound range exceeded",
		[6] = "invalid opcode",
		[7] = "device not available",
		[8] = "double fault",
		[9] = "coprocessor segment overrun",
		[10] = "invalid TSS",
		[11] = "segment not present",
		[12] = "stack-segment fault",
		[13] = "general protection fault",
		[14] = "page fault",
		[16] = "x87 floating-point error",
		[17] = "alignment check",
		[18] = "machine check",
		[19] = "SIMD floating-point exception",
		[20] = "virtualization exception",
		[21] = "control protection exception",
		[28] = "hypervisor injection exception",
		[29] = "VMM communication exception",
		[30] = "security exception",
	};

	if (vector >= NR_EXCEPTIONS)
		return "interrupt";
	return names[vector] ? names[vector] : "reserved exception";
}

static bool returns_to_user(u64 ip)
{
	const struct alt_site *site = alt_site_at(ip);

	return ip == (u64)native_iret || (site && site->address == ip &&
					  site->original[0] == 0xff && site->original[1] == 0x25);
}

void handle_irq(unsigned int vector, struct pt_regs *regs)
{
	if (!irq_handlers[vector])
		panic_regs(regs, "interrupt at vector %02x, for which there is no handler", vector);
	idle_step_over(regs);
	preempt_disable();
	debug_irq_enter();
	irq_handlers[vector](regs);
	debug_irq_exit();
	preempt_enable_no_resched();
}

/*
 * No interrupt comes while they are off: it is none, and there is nothing to end at the APIC.
 * QEMU's emulated VMRUN may deliver the vector that it injected last once more, later and anywhere,
 * because helper_vmrun() leaves it in exception_index.
 */
static bool comes_while_off(const struct pt_regs *regs)
{
	if (!arch_irqs_disabled_flags(regs->flags))
		return false;
	this_cpu_inc(irqs_while_off);
	return true;
}

void irq_report(void)
{
	u32 cpu, nr = 0;

	for (cpu = 0; cpu < nr_cpu_ids; cpu++)
		nr += per_cpu(irqs_while_off, cpu);
	if (nr)
		printk("%u interrupts came while they were off and were left alone: an emulated "
		       "VMRUN repeats some\n",
		       nr);
}

static void handle_trap(struct pt_regs *regs)
{
	u64 cr2 = regs->vector == X86_TRAP_PF ? read_cr2() : 0;
	struct fault *fault;

	/* Xen lets every program say int $0x80: without a handler that is the program's end. */
	if (irq_handlers[regs->vector] || (regs->vector >= NR_EXCEPTIONS && !user_mode(regs))) {
		if (regs->vector < NR_EXCEPTIONS || !comes_while_off(regs))
			handle_irq(regs->vector, regs);
		return;
	}
	if (regs->vector == X86_TRAP_PF && async_page_fault(regs, cr2))
		return;
	if (user_mode(regs))
		user_trap(regs, cr2);
	fault = this_cpu_read(caught);
	if (fault && regs->vector < NR_EXCEPTIONS) {
		*fault = (struct fault){ regs->vector, regs->orig_ax, regs->ip, cr2 };
		this_cpu_write(caught, NULL);
		regs->ip = (u64)catch_landing;
		regs->sp = this_cpu_read(caught_sp);
		return;
	}
	if (regs->vector < NR_EXCEPTIONS && fixup_exception(regs))
		return;
	/* A program's TF, which FMASK has cleared. Bochs looks at it too early; it stays in %r11.
	 */
	if (regs->vector == X86_TRAP_DB && regs->ip == (u64)entry_SYSCALL_64)
		return;
	if (returns_to_user(regs->ip)) { /* the program's fault, and GS is its own by now */
		regs->ip = (u64)bad_iret;
		regs->sp = ALIGN_DOWN(regs->sp, 16); /* below what iret would have popped */
		return;
	}
	if (regs->vector == X86_TRAP_PF)
		panic_regs(regs, "page fault at %016lx, error code %lx (%s, %s by the %s%s)", cr2,
			   regs->orig_ax,
			   regs->orig_ax & X86_PF_PROT ? "protection" : "not present",
			   regs->orig_ax & X86_PF_WRITE ? "write" : "read",
			   regs->orig_ax & X86_PF_USER ? "user" : "kernel",
			   regs->orig_ax & X86_PF_INSTR ? ", of an instruction" : "");
	panic_regs(regs, "%s (vector %lu, error code %lx)", trap_name(regs->vector), regs->vector,
		   regs->orig_ax);
}

/* What comes at any instruction goes back there: it may have a stack that others need. */
void do_trap(struct pt_regs *regs)
{
	handle_trap(regs);
	if (user_mode(regs))
		exit_to_user_mode();
	else if (regs->vector >= NR_EXCEPTIONS && !arch_irqs_disabled_flags(regs->flags))
		cond_resched();
}

noinstr void do_paranoid_trap(struct pt_regs *regs)
{
	if (regs->vector == X86_TRAP_NMI && READ_ONCE(smp_stopping))
		smp_stop_this_cpu(regs);
	if (regs->vector == X86_TRAP_NMI)
		asm volatile("lock; incq %0" : "+m"(nmi_count) : : "cc"); /* never patched */
	else if (regs->vector != X86_TRAP_MC || !do_machine_check(regs))
		return handle_trap(regs);
	if (paranoid_hook)
		paranoid_hook(regs);
}
