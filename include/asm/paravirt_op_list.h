/* SPDX-License-Identifier: MIT */
/*
 * All ops, for what has something for each: names (pv/ops.c), conventions (tools/cscheck.c). With
 * each how many arguments it has, if it is a callee-save one.
 */
#ifndef ASM_PARAVIRT_OP_LIST_H
#define ASM_PARAVIRT_OP_LIST_H

/* clang-format off */
#define PV_OP_LIST(X) \
	X(cpu.io_delay, 0) \
	X(cpu.read_cr0, 0) \
	X(cpu.write_cr0, 0) \
	X(cpu.read_cr4, 0) \
	X(cpu.write_cr4, 0) \
	X(cpu.cpuid, 0) \
	X(cpu.read_msr, 0) \
	X(cpu.write_msr, 0) \
	X(cpu.read_msr_safe, 0) \
	X(cpu.write_msr_safe, 0) \
	X(cpu.load_gdt, 0) \
	X(cpu.load_idt, 0) \
	X(cpu.load_tr_desc, 0) \
	X(cpu.write_gdt_entry, 0) \
	X(cpu.load_sp0, 0) \
	X(cpu.load_gs_index, 0) \
	X(irq.save_fl, 0) \
	X(irq.irq_disable, 0) \
	X(irq.irq_enable, 0) \
	X(irq.safe_halt, 0) \
	X(irq.halt, 0) \
	X(apic.eoi, 0) \
	X(apic.send_IPI, 0) \
	X(apic.send_IPI_mask, 0) \
	X(time.set_next_event, 0) \
	X(time.get_wallclock, 0) \
	X(mmu.read_cr2, 0) \
	X(mmu.read_cr3, 0) \
	X(mmu.write_cr3, 1) \
	X(mmu.flush_tlb_user, 0) \
	X(mmu.flush_tlb_kernel, 0) \
	X(mmu.flush_tlb_one_user, 1) \
	X(mmu.flush_tlb_multi, 0) \
	X(mmu.pte_val, 1) \
	X(mmu.make_pte, 1) \
	X(mmu.pmd_val, 1) \
	X(mmu.make_pmd, 1) \
	X(mmu.pud_val, 1) \
	X(mmu.make_pud, 1) \
	X(mmu.pgd_val, 1) \
	X(mmu.make_pgd, 1) \
	X(mmu.set_pte, 2) \
	X(mmu.set_pmd, 2) \
	X(mmu.set_pud, 2) \
	X(mmu.set_pgd, 2) \
	X(mmu.ptep_modify_prot_start, 2) \
	X(mmu.ptep_modify_prot_commit, 3) \
	X(mmu.pgd_alloc, 0) \
	X(mmu.pgd_free, 1) \
	X(mmu.alloc_pte, 1) \
	X(mmu.alloc_pmd, 1) \
	X(mmu.alloc_pud, 1) \
	X(mmu.release_pte, 1) \
	X(mmu.release_pmd, 1) \
	X(mmu.release_pud, 1) \
	X(mmu.set_fixmap, 0) \
	X(mmu.lazy_mode.enter, 0) \
	X(mmu.lazy_mode.leave, 0) \
	X(mmu.lazy_mode.flush, 0) \
	X(lock.queued_spin_lock_slowpath, 0) \
	X(lock.queued_spin_unlock, 1) \
	X(lock.wait, 0) \
	X(lock.kick, 0) \
	X(lock.vcpu_is_preempted, 1) \
	X(test.ret0, 0) \
	X(test.nop, 0) \
	X(test.null, 0) \
	X(test.destroy, 0) \
	X(test.callee0, 0) \
	X(test.callee1, 1) \
	X(test.callee2, 2) \
	X(test.vcallee0, 0) \
	X(test.vcallee1, 1) \
	X(test.vcallee2, 2) \
	X(test.vcallee3, 3)
/* clang-format on */

#endif
