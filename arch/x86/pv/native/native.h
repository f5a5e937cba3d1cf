/* SPDX-License-Identifier: MIT */
/* The native functions behind pv_ops, for pv/ops.c and for platforms that share one. */
#ifndef PV_NATIVE_H
#define PV_NATIVE_H

#include <types.h>
#include <platform.h>
#include <asm/paravirt_types.h>

void native_io_delay(void);
u64 native_op_read_cr0(void);
void native_op_write_cr0(u64 value);
u64 native_op_read_cr4(void);
void native_op_write_cr4(u64 value);
extern const struct pv_registers_code native_op_cpuid;
extern const struct pv_registers_code native_op_read_msr;
extern const struct pv_registers_code native_op_write_msr;
int native_read_msr_safe(u32 msr, u64 *value);
int native_write_msr_safe(u32 msr, u64 value);
void native_load_gdt(const struct desc_ptr *ptr);
void native_load_idt(const struct desc_ptr *ptr);
void native_load_tr_desc(void);
void native_load_sp0(u64 sp);
void native_load_gs_index(unsigned int selector);
void native_write_gdt_entry(u64 *entry, const u64 *desc, unsigned int words);

__callee_save u64 native_save_fl(void);
__callee_save void native_irq_disable(void);
__callee_save void native_irq_enable(void);
void native_safe_halt(void);
void native_halt(void);

void native_apic_mem_eoi(void);
void native_apic_mem_send_IPI(u32 cpu, u32 vector);
void native_send_IPI_mask(u64 mask, u32 vector);
void native_lapic_next_event(u64 delta);
u64 native_get_wallclock(void);
u64 native_sched_clock(void);
/* The newer ways to the same, for CPUs that have them. */
extern const struct pv_apic_ops native_x2apic_ops;
extern const struct pv_time_ops native_tsc_deadline_ops;

__callee_save u64 native_op_read_cr2(void);
__callee_save u64 native_op_read_cr3(void);
__callee_save void native_op_write_cr3(u64 value);
void native_op_flush_tlb_user(void);
void native_op_flush_tlb_kernel(void);
__callee_save void native_flush_tlb_one_user(u64 addr);
/* The identity, callee-save: pte_val and make_pte where frames are physical. */
__callee_save u64 _paravirt_ident_64(u64 value);
__callee_save void native_set_pte(u64 *ptep, u64 pte);
__callee_save u64 native_ptep_modify_prot_start(u64 va, u64 *ptep);
__callee_save void native_ptep_modify_prot_commit(u64 va, u64 *ptep, u64 pte);
/* mm/pgtable.c */
void native_flush_tlb_multi(u64 mask, const struct flush_tlb_info *info); /* mm/tlb.c */
void native_set_fixmap(unsigned int idx, u64 pa, u64 flags);

/* spinlock.c: for a hypervisor without paravirt locks. */
extern const struct pv_lock_ops virt_lock_ops;

/* platform.init_irq, init_time and init_mm of every machine whose interrupts and MMU are the PC's
 * own. */
void native_init_irq(void);
void native_init_syscall(void);
void native_init_time(void);
void native_init_mm(void);
/* cpu_ids.c, pure: ids[0..nr) become the CPUs' local APICs, the boot CPU's first, as many as are
 * given back, one more than nr at most; says which it leaves out, and why. */
u32 native_choose_cpus(u32 *ids, u32 nr, u32 boot_id, bool x2apic);
void native_print_ids(const u32 *ids, u32 nr, u64 mask);
/* apic.c, for init_irq: this CPU's, and silence from every I/O APIC. */
void native_apic_init(void);
/* A CPU's own part of it, and of init_time. */
void native_apic_init_cpu(void);
extern bool x2apic_mode; /* of the local APICs */
void native_timer_init_cpu(void);
/* smp.c: of every such machine. */
u32 native_smp_prepare(void);
u64 native_start_cpus(u64 mask);
void native_nudge_cpus(u64 mask);
void native_forget_cpus(u64 mask);
void native_print_cpu_ids(u64 mask);
void native_init_secondary(void);
void native_play_dead(void);
/* platform.exit: QEMU's debug exit, which a small VMM may provide as well; else ACPI's S5. */
void native_exit(enum exit_code code);

#endif
