/* SPDX-License-Identifier: MIT */
/*
 * The privileged operations as the kernel calls them. Each is a patchable site: an indirect call
 * until the boot patch, then the instruction where the platform lets us run it, else a direct call.
 */
#ifndef ASM_PARAVIRT_H
#define ASM_PARAVIRT_H

#ifdef CONFIG_TWIN
#include <asm/paravirt_twin.h>
#else
#include <asm/paravirt_types.h>
#include <asm/ptrace.h>

#define ALT_NOT_XEN ALT_NOT(X86_FEATURE_XENPV)

/* ---- pv_cpu ---------------------------------------------------------------------------------- */

/* Give a slow device about a microsecond. */
static inline void io_delay(void)
{
	PVOP_VCALL0(pv_ops, cpu.io_delay);
}

static inline u64 read_cr0(void)
{
	return PVOP_ALT_CALL0(u64, pv_ops, cpu.read_cr0, "mov %%cr0, %%rax", ALT_NOT_XEN);
}

/* On Xen PV only the TS bit is ours; other changes are ignored. */
static inline void write_cr0(u64 value)
{
	PVOP_ALT_VCALL1(pv_ops, cpu.write_cr0, value, "mov %%rdi, %%cr0", ALT_NOT_XEN);
}

static inline u64 read_cr4(void)
{
	return PVOP_ALT_CALL0(u64, pv_ops, cpu.read_cr4, "mov %%cr4, %%rax", ALT_NOT_XEN);
}

static inline void write_cr4(u64 value)
{
	PVOP_ALT_VCALL1(pv_ops, cpu.write_cr4, value, "mov %%rdi, %%cr4", ALT_NOT_XEN);
}

/* In place: eax and ecx are the leaf and subleaf on entry. */
static inline void cpuid_regs(u32 *eax, u32 *ebx, u32 *ecx, u32 *edx)
{
	asm volatile __inline(PARAVIRT_ALT_INSN("cpuid", ALT_NOT_XEN)
			      : "+a"(*eax), "=b"(*ebx), "+c"(*ecx), "=d"(*edx)
			      : [paravirt_opptr] "i"(&pv_ops.cpu.cpuid)
			      : "cc");
}

/* Panics through #GP when there is no such MSR: use rdmsr_safe() where that may be. */
static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	asm volatile __inline(PARAVIRT_ALT_INSN("rdmsr", ALT_NOT_XEN)
			      : "=a"(lo), "=d"(hi)
			      : [paravirt_opptr] "i"(&pv_ops.cpu.read_msr), "c"(msr)
			      : "memory", "cc");
	return (u64)hi << 32 | lo;
}

static inline void wrmsr(u32 msr, u64 value)
{
	u32 lo = value, hi = value >> 32;

	asm volatile __inline(PARAVIRT_ALT_INSN("wrmsr", ALT_NOT_XEN)
			      : "+a"(lo), "+d"(hi)
			      : [paravirt_opptr] "i"(&pv_ops.cpu.write_msr), "c"(msr)
			      : "memory", "cc");
}

/* 0, or -EIO when the CPU or the hypervisor refuses the MSR; *value is 0 then. */
static inline int rdmsr_safe(u32 msr, u64 *value)
{
	return PVOP_CALL2(int, pv_ops, cpu.read_msr_safe, msr, value);
}

static inline int wrmsr_safe(u32 msr, u64 value)
{
	return PVOP_CALL2(int, pv_ops, cpu.write_msr_safe, msr, value);
}

static inline void load_gdt(const struct desc_ptr *ptr)
{
	PVOP_ALT_VCALL1(pv_ops, cpu.load_gdt, ptr, "lgdt (%%rdi)", ALT_NOT_XEN);
}

static inline void load_idt(const struct desc_ptr *ptr)
{
	PVOP_ALT_VCALL1(pv_ops, cpu.load_idt, ptr, "lidt (%%rdi)", ALT_NOT_XEN);
}

static inline void load_tr_desc(void)
{
	PVOP_VCALL0(pv_ops, cpu.load_tr_desc);
}

static inline void write_gdt_entry(u64 *entry, const u64 *desc, unsigned int words)
{
	PVOP_VCALL3(pv_ops, cpu.write_gdt_entry, entry, desc, words);
}

static inline void load_sp0(u64 sp)
{
	PVOP_VCALL1(pv_ops, cpu.load_sp0, sp);
}

static inline void load_gs_index(unsigned int selector)
{
	PVOP_VCALL1(pv_ops, cpu.load_gs_index, selector);
}

/* ---- pv_irq ---------------------------------------------------------------------------------- */

static inline u64 arch_local_save_flags(void)
{
	return PVOP_ALT_CALLEE0(u64, pv_ops, irq.save_fl, "pushf; pop %%rax", ALT_NOT_XEN);
}

static inline void arch_local_irq_disable(void)
{
	PVOP_ALT_VCALLEE0(pv_ops, irq.irq_disable, "cli", ALT_NOT_XEN);
}

static inline void arch_local_irq_enable(void)
{
	PVOP_ALT_VCALLEE0(pv_ops, irq.irq_enable, "sti", ALT_NOT_XEN);
}

/*
 * Wait for an interrupt that may be pending already; interrupts are on afterwards. sti holds them
 * back for one more instruction, so none comes between the two: but see entry/idle.c.
 */
static inline void arch_safe_halt(void)
{
	PVOP_ALT_VCALL0(pv_ops, irq.safe_halt, "sti; hlt", ALT_NOT_XEN);
}

/* With interrupts off this CPU stays down but for NMIs. */
static inline void halt(void)
{
	PVOP_ALT_VCALL0(pv_ops, irq.halt, "hlt", ALT_NOT_XEN);
}

/* ---- pv_apic, pv_time ------------------------------------------------------------------------ */

/* The interrupt in service is done with: the next of its priority or a lower one may come. */
static inline void apic_eoi(void)
{
	PVOP_VCALL0(pv_ops, apic.eoi);
}

/* CPUs count from 0, the boot CPU. Vectors are those of asm/apic.h. */
static inline void send_IPI(u32 cpu, u32 vector)
{
	PVOP_VCALL2(pv_ops, apic.send_IPI, cpu, vector);
}

static inline void send_IPI_mask(u64 mask, u32 vector)
{
	PVOP_VCALL2(pv_ops, apic.send_IPI_mask, mask, vector);
}

static inline void set_next_event(u64 delta)
{
	PVOP_VCALL1(pv_ops, time.set_next_event, delta);
}

static inline u64 get_wallclock(void)
{
	return PVOP_CALL0(u64, pv_ops, time.get_wallclock);
}

/* ---- pv_mmu ---------------------------------------------------------------------------------- */

static inline u64 read_cr2(void)
{
	return PVOP_ALT_PURE_CALLEE0(u64, pv_ops, mmu.read_cr2, "mov %%cr2, %%rax", ALT_NOT_XEN);
}

static inline u64 read_cr3(void)
{
	return PVOP_ALT_CALLEE0(u64, pv_ops, mmu.read_cr3, "mov %%cr3, %%rax", ALT_NOT_XEN);
}

static inline void write_cr3(u64 value)
{
	PVOP_ALT_VCALLEE1(pv_ops, mmu.write_cr3, value, "mov %%rdi, %%cr3", ALT_NOT_XEN);
}

static inline void flush_tlb_user(void)
{
	PVOP_VCALL0(pv_ops, mmu.flush_tlb_user);
}

static inline void flush_tlb_kernel(void)
{
	PVOP_VCALL0(pv_ops, mmu.flush_tlb_kernel);
}

static inline void flush_tlb_one_user(u64 addr)
{
	PVOP_ALT_VCALLEE1(pv_ops, mmu.flush_tlb_one_user, addr, "invlpg (%%rdi)", ALT_NOT_XEN);
}

static inline void flush_tlb_multi(u64 mask, const struct flush_tlb_info *info)
{
	PVOP_VCALL2(pv_ops, mmu.flush_tlb_multi, mask, info);
}

/* pte_val(), make_pte(), set_pte() and their kin, a level of page tables each. */
#define PVOP_LEVEL(level)                                                                         \
	static inline u64 level##_val(u64 level)                                                  \
	{                                                                                         \
		return PVOP_ALT_PURE_CALLEE1(u64, pv_ops, mmu.level##_val, level,                 \
					     "mov %%rdi, %%rax", ALT_NOT_XEN);                    \
	}                                                                                         \
	static inline u64 make_##level(u64 val)                                                   \
	{                                                                                         \
		return PVOP_ALT_PURE_CALLEE1(u64, pv_ops, mmu.make_##level, val,                  \
					     "mov %%rdi, %%rax", ALT_NOT_XEN);                    \
	}                                                                                         \
	static inline void set_##level(u64 *level##p, u64 level)                                  \
	{                                                                                         \
		PVOP_ALT_VCALLEE2(pv_ops, mmu.set_##level, level##p, level, "mov %%rsi, (%%rdi)", \
				  ALT_NOT_XEN);                                                   \
	}
PVOP_LEVEL(pte)
PVOP_LEVEL(pmd)
PVOP_LEVEL(pud)
PVOP_LEVEL(pgd)

static inline u64 ptep_modify_prot_start(u64 va, u64 *ptep)
{
	return PVOP_ALT_CALLEE2(u64, pv_ops, mmu.ptep_modify_prot_start, va, ptep,
				"xor %%eax, %%eax; xchg %%rax, (%%rsi)", ALT_NOT_XEN);
}

static inline void ptep_modify_prot_commit(u64 va, u64 *ptep, u64 pte)
{
	PVOP_ALT_VCALLEE3(pv_ops, mmu.ptep_modify_prot_commit, va, ptep, pte, "mov %%rdx, (%%rsi)",
			  ALT_NOT_XEN);
}

static inline int paravirt_pgd_alloc(u64 pgd)
{
	return PVOP_CALL1(int, pv_ops, mmu.pgd_alloc, pgd);
}

static inline void paravirt_pgd_free(u64 pgd)
{
	PVOP_VCALLEE1(pv_ops, mmu.pgd_free, pgd);
}

#define PVOP_TABLE(level)                                        \
	static inline void paravirt_alloc_##level(u64 pfn)       \
	{                                                        \
		PVOP_VCALLEE1(pv_ops, mmu.alloc_##level, pfn);   \
	}                                                        \
	static inline void paravirt_release_##level(u64 pfn)     \
	{                                                        \
		PVOP_VCALLEE1(pv_ops, mmu.release_##level, pfn); \
	}
PVOP_TABLE(pte)
PVOP_TABLE(pmd)
PVOP_TABLE(pud)

static inline void set_fixmap(unsigned int idx, u64 pa, u64 flags)
{
	PVOP_VCALL3(pv_ops, mmu.set_fixmap, idx, pa, flags);
}

static inline void arch_enter_lazy_mmu_mode(void)
{
	PVOP_VCALLEE0(pv_ops, mmu.lazy_mode.enter);
}

static inline void arch_leave_lazy_mmu_mode(void)
{
	PVOP_VCALLEE0(pv_ops, mmu.lazy_mode.leave);
}

static inline void arch_flush_lazy_mmu_mode(void)
{
	PVOP_VCALLEE0(pv_ops, mmu.lazy_mode.flush);
}

/* ---- pv_lock --------------------------------------------------------------------------------- */

static inline void queued_spin_lock_slowpath(struct qspinlock *lock, u32 val)
{
	PVOP_VCALL2(pv_ops, lock.queued_spin_lock_slowpath, lock, val);
}

static inline void queued_spin_unlock(struct qspinlock *lock)
{
	PVOP_ALT_VCALLEE1(pv_ops, lock.queued_spin_unlock, lock, "movb $0, (%%rdi)",
			  ALT_NOT(X86_FEATURE_PVUNLOCK));
}

static inline void pv_wait(u8 *ptr, u8 val)
{
	PVOP_VCALL2(pv_ops, lock.wait, ptr, val);
}

static inline void pv_kick(u32 cpu)
{
	PVOP_VCALL1(pv_ops, lock.kick, cpu);
}

static inline bool vcpu_is_preempted(u32 cpu)
{
	/* A function that gives a bool leaves anything above %al. */
	return PVOP_ALT_PURE_CALLEE1(u8, pv_ops, lock.vcpu_is_preempted, cpu, "xor %%rax, %%rax",
				     ALT_NOT(X86_FEATURE_VCPUPREEMPT));
}

#endif /* CONFIG_TWIN */

/* ---- made of the above ------------------------------------------------------------------------
 */

static inline bool arch_irqs_disabled_flags(u64 flags)
{
	return !(flags & X86_EFLAGS_IF);
}

static inline u64 arch_local_irq_save(void)
{
	u64 flags = arch_local_save_flags();

	arch_local_irq_disable();
	return flags;
}

/*
 * For the end of a section that arch_local_irq_save() began: interrupts are off, so the only work
 * is to turn them on again if they were. popf would cost 20 cycles or more to do the same.
 */
static inline void arch_local_irq_restore(u64 flags)
{
	if (!arch_irqs_disabled_flags(flags))
		arch_local_irq_enable();
}

#endif
