/* SPDX-License-Identifier: MIT */
/*
 * What became of each virtual CPU's time, which Xen writes whenever it starts or stops one: it ran,
 * was runnable but did not run, was blocked (idle), or offline. Runnable time was stolen; offline
 * time too, as under a cap or a pause, but for that in which we ourselves had the CPU down.
 *
 * With VMASST_TYPE_runstate_update_flag, state_entry_time has its top bit set while Xen writes, so
 * that another CPU sees no mixture. Of a CPU that was stopped in user mode Xen writes nothing
 * before it runs again: the kernel's memory is not mapped there.
 */
#include "hypercall.h"
#include "xen.h"
#include <printk.h>
#include <smp.h>
#include <time.h>
#include <asm/percpu.h>

#define PATIENCE (20 * NSEC_PER_SEC) /* a limit: hosts are busy */

DEFINE_PER_CPU(struct vcpu_runstate_info, xen_runstate);
static DEFINE_PER_CPU(u64, own_offline); /* in which we had it down */

static u64 read_runstate(u32 cpu, struct vcpu_runstate_info *info)
{
	const struct vcpu_runstate_info *src = per_cpu_ptr(&xen_runstate, cpu);
	u64 since, start = 0;

	for (;;) {
		since = READ_ONCE(src->state_entry_time);
		barrier();
		*info = *(const volatile struct vcpu_runstate_info *)src;
		barrier();
		if (!(since & XEN_RUNSTATE_UPDATE) && since == READ_ONCE(src->state_entry_time))
			return since;
		/* Another CPU's: Xen may be stopped in the middle of it, for as long as that takes.
		 */
		if (!start)
			start = sched_clock();
		if (sched_clock() - start > PATIENCE)
			panic("Xen changes CPU %u's run states under every read for %lu s", cpu,
			      PATIENCE / NSEC_PER_SEC);
		cpu_relax();
	}
}

u64 xen_steal_clock(u32 cpu)
{
	struct vcpu_runstate_info info;

	read_runstate(cpu, &info);
	return info.time[RUNSTATE_runnable] + info.time[RUNSTATE_offline] -
	       per_cpu(own_offline, cpu);
}

__callee_save bool xen_vcpu_is_preempted(u64 cpu)
{
	return READ_ONCE(per_cpu(xen_runstate, cpu).state) == RUNSTATE_runnable;
}

/* On each CPU that comes up, and down: its steal goes on where it was. */
void xen_init_runstate(void)
{
	struct vcpu_runstate_info *area = this_cpu_ptr(&xen_runstate);
	u64 assist = VMASST_TYPE_runstate_update_flag;

	if (!smp_processor_id() && hypercall2(__HYPERVISOR_vm_assist, VMASST_CMD_enable, assist))
		panic("Xen does not mark its updates of run states");
	xen_vcpu_op(VCPUOP_register_runstate_memory_area, smp_processor_id(), &area);
	this_cpu_add(own_offline, area->time[RUNSTATE_offline]);
}

void xen_exit_runstate(void)
{
	this_cpu_add(own_offline, -this_cpu_ptr(&xen_runstate)->time[RUNSTATE_offline]);
}

/* What Xen counts begins at 0 again. Offline time it has been rid of already: it is down. */
void xen_runstate_forget(u32 cpu)
{
	struct vcpu_runstate_info *area = per_cpu_ptr(&xen_runstate, cpu);

	per_cpu(own_offline, cpu) -= area->time[RUNSTATE_runnable];
	*area = (struct vcpu_runstate_info){ .state = RUNSTATE_offline };
}
