/* SPDX-License-Identifier: MIT */
/*
 * Interrupts that we send ourselves, through the local APIC or through Xen's event channels; and
 * the idle wait, which must end whatever the order of things is.
 */
#include <acpi.h>
#include <cmdline.h>
#include <selftest.h>
#include <string.h>
#include <time.h>
#include <asm/alt_sites.h>
#include <asm/apic.h>
#include <asm/cpufeature.h>
#include <asm/desc.h>
#include <asm/msr-index.h>
#include <asm/paravirt.h>
#include <asm/traps.h>
#include <xen/events.h>

#define PATIENCE NSEC_PER_SEC /* a limit, not an expectation: virtual machines get stopped */

static volatile unsigned int arrived;
static u64 seen_vector;

static void on_ipi(struct pt_regs *regs)
{
	seen_vector = regs->vector;
	arrived++;
	apic_eoi();
}

/* With interrupts on: until there were n, or no longer. */
static bool wait_for(unsigned int n)
{
	u64 start = sched_clock();

	while (arrived < n && sched_clock() - start < PATIENCE)
		;
	return arrived == n;
}

static void begin(void)
{
	arrived = 0;
	test_handle_ipi(on_ipi);
}

SELFTEST(apic, self_ipi)
{
	unsigned int i;

	begin();
	arch_local_irq_enable();
	for (i = 1; i <= 100; i++) {
		send_IPI(0, RESCHEDULE_VECTOR);
		if (!wait_for(i)) {
			test_fail(t, "IPI %u: %u have arrived", i, arrived);
			break;
		}
	}
	arch_local_irq_disable();
	CHECK(t,
	      seen_vector == (boot_cpu_has(X86_FEATURE_XENPV) ? HYPERVISOR_CALLBACK_VECTOR
							      : RESCHEDULE_VECTOR),
	      "it came by vector %02lx", seen_vector);
}

/* Two IPIs of a vector while interrupts are off are one, and it waits. */
SELFTEST(apic, pending_while_interrupts_are_off)
{
	begin();
	send_IPI(0, RESCHEDULE_VECTOR);
	send_IPI(0, RESCHEDULE_VECTOR);
	CHECK(t, !arrived, "an interrupt came although they are off");
	arch_local_irq_enable();
	CHECK(t, wait_for(1), "%u interrupts came", arrived);
	arch_local_irq_disable();
}

static bool lapic_bit(u32 reg, unsigned int vector)
{
	return apic_read(reg + vector / 32 * 0x10) >> vector % 32 & 1;
}

static bool irr_when_off, isr_inside, isr_after;

static void look_at_isr(struct pt_regs *regs)
{
	(void)regs;
	isr_inside = lapic_bit(APIC_ISR, RESCHEDULE_VECTOR);
	apic_eoi();
	isr_after = lapic_bit(APIC_ISR, RESCHEDULE_VECTOR);
	arrived++;
}

/* The local APIC's own registers follow an interrupt from requested to in service to done. */
SELFTEST(apic, end_of_interrupt)
{
	u64 start = sched_clock();

	if (boot_cpu_has(X86_FEATURE_XENPV))
		return test_skip(t, "a Xen PV guest has event channels and no local APIC");
	begin();
	test_handle_ipi(look_at_isr);
	send_IPI(0, RESCHEDULE_VECTOR);
	do
		irr_when_off = lapic_bit(APIC_IRR, RESCHEDULE_VECTOR);
	while (!irr_when_off && sched_clock() - start < PATIENCE);
	CHECK(t, irr_when_off, "the request's bit in IRR is 0");
	arch_local_irq_enable();
	CHECK(t, wait_for(1), "%u interrupts came", arrived);
	arch_local_irq_disable();
	CHECK(t, isr_inside && !isr_after, "in service: %d before EOI, %d after", isr_inside,
	      isr_after);
	CHECK(t, !lapic_bit(APIC_IRR, RESCHEDULE_VECTOR), "the request's bit in IRR is still 1");
}

SELFTEST(apic, mode)
{
	u64 base;

	if (boot_cpu_has(X86_FEATURE_XENPV))
		return test_skip(t, "a Xen PV guest has event channels and no local APIC");
	base = rdmsr(MSR_IA32_APICBASE);
	CHECK(t, base & BIT(11), "IA32_APIC_BASE is %lx: off", base);
	CHECK(t, !(base & BIT(10)) == (is_twin || !boot_cpu_has(X86_FEATURE_X2APIC)),
	      "IA32_APIC_BASE is %lx, CPUID's x2APIC bit %d", base,
	      boot_cpu_has(X86_FEATURE_X2APIC));
	base = apic_read(APIC_ID) >> (base & BIT(10) ? 0 : 24);
	CHECK(t, acpi_info.nr_cpus >= 1 && acpi_info.apic_ids[0] == base,
	      "of %u CPUs the first has local APIC %u, but this is %lu", acpi_info.nr_cpus,
	      acpi_info.apic_ids[0], base);
}

/* Xen: what comes while its channel is masked stays pending, and is an edge that unmasking owes us.
 */
SELFTEST(apic, masked_channel)
{
	u32 port;

	if (!boot_cpu_has(X86_FEATURE_XENPV))
		return test_skip(t, "event channels are Xen's");
	begin();
	port = evtchn_of_ipi(0, RESCHEDULE_VECTOR);
	evtchn_mask(port);
	arch_local_irq_enable();
	send_IPI(0, RESCHEDULE_VECTOR);
	send_IPI(0, RESCHEDULE_VECTOR);
	CHECK(t, !arrived && evtchn_pending(port), "%u arrived, pending %d", arrived,
	      evtchn_pending(port));
	evtchn_unmask(port);
	CHECK(t, wait_for(1), "after unmasking %u arrived", arrived);
	CHECK(t, !evtchn_pending(port), "the channel is still pending");
	arch_local_irq_disable();
	evtchn_mask(port);
	send_IPI(0, RESCHEDULE_VECTOR);
	evtchn_unmask(port); /* with interrupts off it waits once more */
	CHECK(t, arrived == 1, "%u arrived with interrupts off", arrived);
	arch_local_irq_enable();
	CHECK(t, wait_for(2), "after irq_enable %u arrived", arrived);
	arch_local_irq_disable();
}

/* ---- idle ------------------------------------------------------------------------------------ */

/* An interrupt that is pending before the wait ends it. A hang here is the failure. */
SELFTEST(idle, ends_by_what_is_pending)
{
	unsigned int i;

	begin();
	for (i = 1; i <= 200; i++) {
		send_IPI(0, RESCHEDULE_VECTOR);
		default_idle();
		CHECK(t, !arch_irqs_disabled_flags(arch_local_save_flags()), "interrupts are off");
		CHECK(t, arrived == i, "wait %u: %u interrupts came", i, arrived);
		arch_local_irq_disable();
	}
}

static void on_timer(struct hrtimer *timer)
{
	(void)timer;
	arrived++;
}

/* The timer goes off before the wait, in it, or between. A hang here is the failure. */
SELFTEST(idle, ends_by_a_timer)
{
	struct hrtimer timer = { .function = on_timer };
	unsigned int i;

	begin();
	for (i = 1; i <= 200; i++) {
		hrtimer_start(&timer, i % 8 * 10 * NSEC_PER_USEC);
		while (arrived < i) {
			default_idle();
			arch_local_irq_disable();
		}
		CHECK(t, arrived == i, "timer %u: %u interrupts came", i, arrived);
	}
}

extern const u8 native_safe_halted[], default_idle_halted[];

/*
 * The interrupt that comes between sti and hlt: a frame as it would leave. The hlt is where the
 * labels say, in the form that this boot uses, and no other hlt is stepped over.
 */
SELFTEST(idle, steps_over_its_hlt)
{
	const u8 *end = cmdline.nopatch && !is_twin ? native_safe_halted : default_idle_halted, *ip;
	struct pt_regs regs = { 0 };

	if (boot_cpu_has(X86_FEATURE_XENPV))
		return test_skip(t, "Xen's wait is one step, without a hlt");
	asm("" : "+r"(end)); /* or the compiler objects to what lies before an array */
	for (ip = end - 1; ip[-1] == 0x2e; ip--)
		;
	CHECK(t, end[-1] == 0xf4 && ip[-1] == 0xfb, "%02x %02x, expected sti and hlt", ip[-1],
	      end[-1]);
	regs.ip = (u64)ip;
	idle_step_over(&regs);
	CHECK(t, regs.ip == (u64)end, "interrupted at the hlt %p, goes on at %p", (const void *)ip,
	      (void *)regs.ip);
	regs.ip = (u64)end;
	idle_step_over(&regs);
	CHECK(t, regs.ip == (u64)end, "moved from behind the hlt to %p", (void *)regs.ip);
	regs.ip = (u64)ip - 1;
	idle_step_over(&regs);
	CHECK(t, regs.ip == (u64)ip - 1, "moved from the sti to %p", (void *)regs.ip);
}
