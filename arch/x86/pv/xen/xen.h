/* SPDX-License-Identifier: MIT */
/* The Xen PV platform's files, among themselves and for the way in. */
#ifndef PV_XEN_XEN_H
#define PV_XEN_XEN_H

#include <console.h>
#include <platform.h>
#include <asm/paravirt_types.h>
#include <asm/percpu.h>
#include <asm/segment.h>
#include <xen/xen.h>

extern const struct platform platform_xen_pv;

/* What Xen gave us at the start; NULL on every other way in. */
extern struct start_info *xen_start_info;
/* The page of ours over which it is mapped by xen_map_shared_info(). */
extern u8 xen_shared_info_page[];
#define xen_shared_info (*(struct shared_info *)xen_shared_info_page)
/* From the first line on; before the direct map is there. */
void xen_init_console(void);
/* The rings that start_info names now. */
void xen_connect_rings(void);

extern const struct pv_cpu_ops xen_cpu_ops;
extern const struct pv_irq_ops xen_irq_ops;
extern const struct pv_apic_ops xen_apic_ops;
extern const struct pv_time_ops xen_time_ops;
extern const struct pv_mmu_ops xen_mmu_ops;
extern const struct pv_lock_ops xen_lock_ops, xen_preempt_ops;

/* cpu.c: the kernel's, before there are ops. */
void xen_set_gs_base(u64 base);
/* irq.c: what Xen and this CPU share. */
DECLARE_PER_CPU(struct vcpu_info, xen_vcpu_info);

/* smp.c: VCPUOP_x, or a panic; Xen lets a CPU do most of them for itself only. */
void xen_vcpu_op(u32 op, u32 cpu, const void *arg);
/* Once, of this CPU or of one that never was up; events are masked. */
void xen_register_vcpu_info(u32 cpu);
u32 xen_smp_prepare(void);
u64 xen_start_cpus(u64 mask);
void xen_forget_cpus(u64 mask);
void xen_init_secondary(void);
void xen_play_dead(void);
void xen_yield(void);
void xen_poll(u32 *ports, u32 nr, u64 ns); /* nr may be 0 */

/* time.c */
u64 xen_system_time(void); /* ns by the host's clock, which another host's may be behind */
u64 xen_sched_clock(void);
void xen_init_time(void);
/* The clock stands still from here to there; interrupts off. */
void xen_save_clock(void);
void xen_restore_clock(void);
void xen_init_cpu_time(void);
void xen_exit_cpu(bool panic);

/* runstate.c; the clock is that of a CPU that is up. */
DECLARE_PER_CPU(struct vcpu_runstate_info, xen_runstate);
u64 xen_steal_clock(u32 cpu);
__callee_save bool xen_vcpu_is_preempted(u64 cpu);
void xen_init_runstate(void);
void xen_exit_runstate(void);

/*
 * xen.c: where start_info says; and a page of our own in its place, since xl save refuses a domain
 * that maps a frame of somebody else's.
 */
void xen_map_shared_info(void);
void xen_unmap_shared_info(void);

/* mmu.c */
void xen_init_mm(void);
DECLARE_PER_CPU(u64, xen_cr3);
/* The machine frame of one of our frames, and back. */
u64 xen_pfn_to_mfn(u64 pfn);
u64 xen_mfn_to_pfn(u64 mfn); /* ~0: nobody's */
/*
 * p2m.c: room for what names our machine frames to dom0's tools; and to fill it, when the direct
 * map is there and after a restore.
 */
void xen_alloc_mfn_list_list(void);
void xen_setup_mfn_list_list(void);
/* Of a root, the root that user mode runs on; 0 = none. Physical. */
u64 xen_user_root(u64 pgd);
/*
 * multicalls.c: what changes page tables, put off in lazy mode, done at once elsewhere. What
 * belongs together stands between begin and end, with interrupts off, and is one hypercall.
 */
int xen_mc_alloc(u32 cpu); /* before it comes up, once for good: 0 or -ENOMEM */
void xen_mc_begin(void);
void xen_mc_end(void);
void xen_mc_flush(void);
void xen_mc_mmu_update(u64 ptr, u64 val);
void xen_mc_mmuext(u32 cmd, u64 arg);
void xen_mc_flush_multi(u64 mask, u64 va); /* CPUs' TLBs, of one page or, with 0, all */
void xen_mc_va_mapping(u64 va, u64 pte, u64 flags);
__callee_save void xen_enter_lazy_mmu_mode(void);
__callee_save void xen_leave_lazy_mmu_mode(void);
__callee_save void xen_flush_lazy_mmu_mode(void);
DECLARE_PER_CPU(u64, xen_mmu_hypercalls); /* how many these were */
/* events.c: this CPU's event and failsafe callbacks. After the trap table. */
void xen_init_callbacks(void);
/* events.c: an event channel for each vector of this CPU. */
void xen_init_evtchn(void);

/* spinlock.c: what this CPU needs to wait for a kick. After xen_init_evtchn(). */
void xen_init_lock_cpu(void);

/*
 * What that CPU had in a domain that is no more, this one having been restored as another, is not
 * there: event channels, what Xen knew of it. Boot CPU, the others down.
 */
void xen_evtchn_forget(u32 cpu);
void xen_lock_forget(u32 cpu);
void xen_smp_forget(u32 cpu);
void xen_runstate_forget(u32 cpu);

/* entry.S */
extern const u64 xen_trap_stubs[];
void xen_iret(void);
void xen_event_callback(void);
void xen_failsafe_callback(void);
void xen_entry_SYSCALL_64(void);
extern const struct pv_registers_code xen_cpuid, xen_read_msr, xen_write_msr;

#endif
