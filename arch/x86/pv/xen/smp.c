/* SPDX-License-Identifier: MIT */
/*
 * Virtual CPUs of a Xen PV guest. Xen starts one where we say, with registers, page tables and GS
 * as we say (VCPUOP_initialise, once), and what it calls back is each CPU's own. One that goes down
 * stops in its hypercall, and goes on behind it when it is brought up again.
 *
 *   start_cpus()     vcpu_info, initialise   up --> start_secondary()
 *   play_dead()      down ... (start_cpus() up --> goes on) --> start_secondary(), empty stack
 */
#include "hypercall.h"
#include "xen.h"
#include <mm.h>
#include <printk.h>
#include <smp.h>
#include <time.h>
#include <asm/page.h>

#define NAP	 (50 * NSEC_PER_USEC)
#define PATIENCE (5 * NSEC_PER_SEC)

static s64 xen_try_vcpu_op(u32 op, u32 cpu, const void *arg)
{
	return hypercall3(__HYPERVISOR_vcpu_op, op, cpu, (u64)arg);
}

void xen_vcpu_op(u32 op, u32 cpu, const void *arg)
{
	s64 error = xen_try_vcpu_op(op, cpu, arg);

	if (error)
		panic("Xen refuses operation %u on virtual CPU %u: error %ld", op, cpu, error);
}

u32 xen_smp_prepare(void)
{
	u32 nr = 1;

	while (xen_try_vcpu_op(VCPUOP_is_up, nr, NULL) >= 0)
		nr++;
	return nr;
}

void xen_register_vcpu_info(u32 cpu)
{
	struct vcpu_info *info = per_cpu_ptr(&xen_vcpu_info, cpu);
	struct vcpu_register_vcpu_info where = {
		.mfn = xen_pfn_to_mfn(__pa(info) >> PAGE_SHIFT),
		.offset = (u64)info & (PAGE_SIZE - 1),
	};

	xen_vcpu_op(VCPUOP_register_vcpu_info, cpu, &where);
	info->evtchn_upcall_mask = 1; /* Xen copies what was in shared_info, which is 0 */
}

/*
 * It has no GDT before it loads its own, but Xen's selectors, which are all that a kernel needs;
 * no trap table either, and no callbacks: events are masked.
 */
static int xen_initialise(u32 cpu)
{
	static struct vcpu_guest_context ctxt;
	u64 sp = secondary_stack(cpu);

	ctxt = (struct vcpu_guest_context){
		.flags = VGCF_in_kernel,
		.user_regs = {
			.ip = (u64)start_secondary,
			.di = cpu,
			.sp = sp - sizeof(u64), /* as called, from nowhere */
			.cs = FLAT_KERNEL_CS,
			.ss = FLAT_KERNEL_DS,
		},
		.kernel_ss = FLAT_KERNEL_DS,
		.kernel_sp = sp,
		.ctrlreg[3] = xen_pfn_to_mfn(kernel_mm.pgd >> PAGE_SHIFT) << PAGE_SHIFT,
		.gs_base_kernel = __per_cpu_offset[cpu],
	};
	*(u64 *)ctxt.user_regs.sp = 0;
	per_cpu(xen_cr3, cpu) = kernel_mm.pgd;
	return xen_try_vcpu_op(VCPUOP_initialise, cpu, &ctxt) ? -EIO : 0;
}

/* What Xen and the CPU have for good, each once: after a failure the next try goes on from there.
 */
static DEFINE_PER_CPU(bool, registered);
static DEFINE_PER_CPU(bool, initialised);

static int prepare(u32 cpu)
{
	int error = xen_mc_alloc(cpu);

	if (error)
		return error;
	if (!per_cpu(registered, cpu))
		xen_register_vcpu_info(cpu);
	per_cpu(registered, cpu) = true;
	if (!per_cpu(initialised, cpu))
		error = xen_initialise(cpu);
	per_cpu(initialised, cpu) = !error;
	return error;
}

void xen_smp_forget(u32 cpu)
{
	per_cpu(registered, cpu) = per_cpu(initialised, cpu) = false;
}

/* It says that it is down before it is: bringing it up then would be lost. */
static int start_cpu(u32 cpu)
{
	u64 start = sched_clock();
	int error = prepare(cpu);

	if (error)
		return error;
	while (xen_try_vcpu_op(VCPUOP_is_up, cpu, NULL))
		if (sched_clock() - start > PATIENCE)
			return -EIO;
		else
			xen_yield();
	return xen_try_vcpu_op(VCPUOP_up, cpu, NULL) ? -EIO : 0;
}

u64 xen_start_cpus(u64 mask)
{
	u64 refused = 0;
	u32 cpu;

	for_each_cpu(cpu, mask) if (start_cpu(cpu)) refused |= BIT(cpu);
	return refused;
}

/* It goes on behind what it was doing when it is up again: into a start that nobody waits for. */
void xen_forget_cpus(u64 mask)
{
	u32 cpu;

	for_each_cpu(cpu, mask) xen_vcpu_op(VCPUOP_down, cpu, NULL);
}

/* What flushes missed while it was down, too. */
void xen_init_secondary(void)
{
	xen_mc_mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0);
	xen_init_callbacks();
	xen_init_evtchn();
	xen_init_cpu_time();
}

void xen_play_dead(void)
{
	u32 cpu = smp_processor_id();

	xen_vcpu_op(VCPUOP_down, cpu, NULL);
	asm volatile("movq %0, %%rsp; xorl %%ebp, %%ebp; call start_secondary"
		     :
		     : "r"(secondary_stack(cpu)), "D"(cpu));
	__builtin_unreachable();
}

/* Until one of these channels has an event, something has to be delivered, or ns are over. */
void xen_poll(u32 *ports, u32 nr, u64 ns)
{
	struct sched_poll poll = { ports, nr, xen_system_time() + ns };

	hypercall2(__HYPERVISOR_sched_op, SCHEDOP_poll, (u64)&poll);
}

/*
 * A nap of no channel: SCHEDOP_yield leaves us runnable, so that a long wait uses our credit up,
 * and whoever has none waits beside idle CPUs in Xen 4.17's credit2 (tools/lanes/xen-dom0.sh).
 */
void xen_yield(void)
{
	xen_poll(NULL, 0, NAP);
}
