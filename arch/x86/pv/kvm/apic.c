/* SPDX-License-Identifier: MIT */
/* A local APIC that is KVM's costs an exit a write: fewer writes, and one for many CPUs. */
#include "kvm.h"
#include "../native/native.h"
#include <acpi.h>
#include <printk.h>
#include <smp.h>
#include <asm/apic.h>
#include <asm/cpufeature.h>
#include <asm/page.h>
#include <asm/paravirt.h>

/* ---- end of interrupt ------------------------------------------------------------------------ */

/* Only this CPU and, when this CPU does not run, KVM change it: no LOCK. */
static DEFINE_PER_CPU(u32, kvm_apic_eoi);

/*
 * KVM sets the bit with an interrupt whose end it need not hear of: no other waits for it. To
 * clear it is then the end.
 */
static void kvm_eoi(void)
{
	bool enough;

	asm volatile("btrl %2, %%gs:%1"
		     : "=@ccc"(enough), "+m"(kvm_apic_eoi)
		     : "i"(KVM_PV_EOI_BIT)
		     : "memory");
	if (!enough)
		apic_write(APIC_EOI, 0);
}

const struct pv_apic_ops kvm_eoi_ops = { .eoi = kvm_eoi };

void kvm_eoi_on(void)
{
	if (!boot_cpu_has(X86_FEATURE_KVM_PV_EOI))
		return;
	this_cpu_write(kvm_apic_eoi, 0);
	wrmsr(MSR_KVM_PV_EOI_EN, __pa(this_cpu_ptr(&kvm_apic_eoi)) | KVM_MSR_ENABLED);
}

void kvm_eoi_off(void)
{
	if (boot_cpu_has(X86_FEATURE_KVM_PV_EOI))
		wrmsr(MSR_KVM_PV_EOI_EN, 0);
}

/* ---- interrupts for others ------------------------------------------------------------------- */

/*
 * SEND_IPI: a bitmap of 128 APIC ids, the first of which is a number of its own; then the low half
 * of the ICR. CPUs that are too far from the first wait for another call.
 */
static void kvm_send_IPI_mask(u64 mask, u32 vector)
{
	u32 icr = vector == NMI_VECTOR ? APIC_DM_NMI : vector, cpu, min, at;
	s64 sent;

	while (mask) {
		u64 map[2] = { 0 };

		min = ~0u;
		for_each_cpu(cpu, mask) min = min(min, acpi_info.apic_ids[cpu]);
		for_each_cpu(cpu, mask)
		{
			at = acpi_info.apic_ids[cpu] - min;
			if (at >= 128)
				continue;
			map[at / 64] |= BIT(at % 64);
			mask &= ~BIT(cpu);
		}
		sent = kvm_hypercall(KVM_HC_SEND_IPI, map[0], map[1], min, icr);
		if (sent < 0)
			panic("KVM refuses an IPI of vector %02x to APICs %u + %016lx%016lx: %ld",
			      vector, min, map[1], map[0], sent);
	}
}

const struct pv_apic_ops kvm_ipi_ops = { .send_IPI_mask = kvm_send_IPI_mask };

/*
 * Who calls others waits for them. One that has no real CPU may have ours: the answer is what we
 * need next.
 */
static void kvm_send_IPI_mask_yield(u64 mask, u32 vector)
{
	u32 cpu;

	if (boot_cpu_has(X86_FEATURE_KVM_PV_SEND_IPI))
		kvm_send_IPI_mask(mask, vector);
	else
		native_send_IPI_mask(mask, vector);
	if (vector != CALL_FUNCTION_VECTOR)
		return;
	for_each_cpu(cpu, mask) if (kvm_preempted(cpu))
	{
		kvm_hypercall(KVM_HC_SCHED_YIELD, acpi_info.apic_ids[cpu], 0, 0, 0);
		break;
	}
}

const struct pv_apic_ops kvm_yield_ops = { .send_IPI_mask = kvm_send_IPI_mask_yield };
