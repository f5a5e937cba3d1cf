/* SPDX-License-Identifier: MIT */
/*
 * pv_irq: the ops against the flag itself, which is RFLAGS.IF, or on Xen PV a byte that Xen reads
 * (vcpu_info.evtchn_upcall_mask, inverted).
 */
#include <selftest.h>
#include <time.h>
#include <asm/cpufeature.h>
#include <asm/paravirt.h>
#include <asm/percpu.h>
#include <xen/xen.h>

DECLARE_PER_CPU(struct vcpu_info, xen_vcpu_info);

static bool machine_irqs_on(void)
{
	u64 flags;

	if (boot_cpu_has(X86_FEATURE_XENPV))
		return !this_cpu_read(xen_vcpu_info.evtchn_upcall_mask);
	asm volatile("pushfq; popq %0" : "=r"(flags));
	return flags & X86_EFLAGS_IF;
}

SELFTEST(irq, disable_enable)
{
	CHECK(t, !machine_irqs_on(), "interrupts were on before the test");
	arch_local_irq_enable();
	CHECK(t, machine_irqs_on(), "irq_enable left the machine's flag off");
	CHECK(t, !arch_irqs_disabled_flags(arch_local_save_flags()), "save_fl says off when on");
	arch_local_irq_disable();
	CHECK(t, !machine_irqs_on(), "irq_disable left the machine's flag on");
	CHECK(t, arch_irqs_disabled_flags(arch_local_save_flags()), "save_fl says on when off");
}

/* Nested sections: only the outer restore of an enabled state turns interrupts on. */
SELFTEST(irq, save_restore)
{
	u64 outer, inner;

	arch_local_irq_enable();
	outer = arch_local_irq_save();
	CHECK(t, !machine_irqs_on(), "irq_save left interrupts on");
	inner = arch_local_irq_save();
	arch_local_irq_restore(inner);
	CHECK(t, !machine_irqs_on(), "the inner restore turned interrupts on");
	arch_local_irq_restore(outer);
	CHECK(t, machine_irqs_on(), "the outer restore left interrupts off");
	arch_local_irq_disable();
}

/* The callee-save convention: the registers around the ops live through them. */
SELFTEST(irq, callee_save)
{
	u64 bad;

	asm volatile(
		"movq $0x1111, %%rcx; movq $0x2222, %%rdx; movq $0x3333, %%rsi\n"
		"movq $0x4444, %%rdi; movq $0x5555, %%r8; movq $0x6666, %%r9\n"
		"movq $0x7777, %%r10; movq $0x8888, %%r11\n"
		"call *%[enable]\n call *%[save]\n call *%[disable]\n"
		"subq $0x1111, %%rcx; subq $0x2222, %%rdx; subq $0x3333, %%rsi\n"
		"subq $0x4444, %%rdi; subq $0x5555, %%r8; subq $0x6666, %%r9\n"
		"subq $0x7777, %%r10; subq $0x8888, %%r11\n"
		"orq %%rdx, %%rcx; orq %%rsi, %%rcx; orq %%rdi, %%rcx; orq %%r8, %%rcx\n"
		"orq %%r9, %%rcx; orq %%r10, %%rcx; orq %%r11, %%rcx\n"
		: "=&c"(bad), ASM_CALL_CONSTRAINT
		: [enable] "r"(pv_ops.irq.irq_enable.func), [save] "r"(pv_ops.irq.save_fl.func),
		  [disable] "r"(pv_ops.irq.irq_disable.func)
		: "rax", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc");
	CHECK(t, !bad, "a callee-save op changed a register (xor of all: %lx)", bad);
}

static u64 timer_came;

/* Uses up what the C convention lets it: the compiler's code on the way may not. */
static void on_timer(struct hrtimer *timer)
{
	(void)timer;
	asm volatile("movl $-1, %%eax; movl $-1, %%ecx; movl $-1, %%edx; movl $-1, %%esi\n"
		     "movl $-1, %%edi; movl $-1, %%r8d; movl $-1, %%r9d; movl $-1, %%r10d\n"
		     "movl $-1, %%r11d"
		     :
		     :
		     : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11");
	timer_came = 1;
}

/* Whoever is interrupted has all of them as before. */
SELFTEST(irq, an_interrupt_keeps_every_register)
{
	struct hrtimer timer = { .function = on_timer };
	u64 bad;

	timer_came = 0;
	hrtimer_start(&timer, NSEC_PER_MSEC);
	arch_local_irq_enable();
	asm volatile("pushq %%rbp\n"
		     "movq $0x1111, %%rax; movq $0x2222, %%rbx; movq $0x3333, %%rcx; movq $0x4444, "
		     "%%rdx\n"
		     "movq $0x5555, %%rsi; movq $0x6666, %%rdi; movq $0x7777, %%rbp; movq $0x8888, "
		     "%%r8\n"
		     "movq $0x9999, %%r9; movq $0xaaaa, %%r10; movq $0xbbbb, %%r11; movq $0xcccc, "
		     "%%r12\n"
		     "movq $0xdddd, %%r13; movq $0xeeee, %%r14; movq $0xffff, %%r15\n"
		     "1: cmpq $0, %[came]; je 1b\n"
		     "subq $0x1111, %%rax; subq $0x2222, %%rbx; subq $0x3333, %%rcx; subq $0x4444, "
		     "%%rdx\n"
		     "subq $0x5555, %%rsi; subq $0x6666, %%rdi; subq $0x7777, %%rbp; subq $0x8888, "
		     "%%r8\n"
		     "subq $0x9999, %%r9; subq $0xaaaa, %%r10; subq $0xbbbb, %%r11; subq $0xcccc, "
		     "%%r12\n"
		     "subq $0xdddd, %%r13; subq $0xeeee, %%r14; subq $0xffff, %%r15\n"
		     "orq %%rbx, %%rax; orq %%rcx, %%rax; orq %%rdx, %%rax; orq %%rsi, %%rax\n"
		     "orq %%rdi, %%rax; orq %%rbp, %%rax; orq %%r8, %%rax; orq %%r9, %%rax\n"
		     "orq %%r10, %%rax; orq %%r11, %%rax; orq %%r12, %%rax; orq %%r13, %%rax\n"
		     "orq %%r14, %%rax; orq %%r15, %%rax\n"
		     "popq %%rbp\n"
		     : "=&a"(bad), ASM_CALL_CONSTRAINT
		     : [came] "m"(timer_came)
		     : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
		       "r14", "r15", "memory", "cc");
	arch_local_irq_disable();
	CHECK(t, !bad, "a register changed (or of all differences: %lx)", bad);
}

/*
 * A callee-save site in a loop: what lives in registers stays there. tests/host/twincmp.t counts
 * in these functions what the site costs more than the twin's, the frame apart: both have one.
 * The values are even: as entries not present, which pte_val leaves alone on Xen too.
 */
static u64 rounds = 1000;

#define LIVE_REGISTERS(name, site, want)                                                \
	SELFTEST(irq, live_##name)                                                      \
	{                                                                               \
		u64 n = READ_ONCE(rounds), a = 2, b = 4, c = 6, d = 10, e = 16, f = 26; \
                                                                                        \
		asm volatile("" : ASM_CALL_CONSTRAINT);                                 \
		for (; n; n--) {                                                        \
			site;                                                           \
			barrier();                                                      \
			a += b, b ^= c, c += d, d ^= e, e += f, f ^= a;                 \
		}                                                                       \
		a ^= b ^ c ^ d ^ e ^ f;                                                 \
		CHECK(t, a == want, "%lx, expected %lx", a, want);                      \
	}
LIVE_REGISTERS(irq_disable, arch_local_irq_disable(), 0x2e6a53d73e8c2e36UL)
LIVE_REGISTERS(save_fl, a += arch_local_save_flags() & X86_EFLAGS_IF, 0x2e6a53d73e8c2e36UL)
LIVE_REGISTERS(pte_val, a ^= pte_val(b), 0xebcedb4868561d48UL)
