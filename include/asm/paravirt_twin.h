/* SPDX-License-Identifier: MIT */
/*
 * The twin (`make twin`): the operations of asm/paravirt.h as a kernel for the bare machine alone
 * would write them, with operands of the compiler's choice and no call that it has to expect. The
 * same sources with this header are the control experiment: tools/twincmp shows what is left of
 * the paravirt layer once it is patched. Names and meanings as in asm/paravirt.h.
 */
#ifndef ASM_PARAVIRT_TWIN_H
#define ASM_PARAVIRT_TWIN_H

#include <asm/paravirt_types.h>
#include <asm/ptrace.h>
#include <asm/qspinlock.h>
#include <asm/special_insns.h>

void native_io_delay(void);
int native_read_msr_safe(u32 msr, u64 *value);
int native_write_msr_safe(u32 msr, u64 value);
void native_load_tr_desc(void);
void native_write_gdt_entry(u64 *entry, const u64 *desc, unsigned int words);
void native_load_sp0(u64 sp);
void native_load_gs_index(unsigned int selector);
void native_op_flush_tlb_user(void);
void native_op_flush_tlb_kernel(void);
void native_set_fixmap(unsigned int idx, u64 pa, u64 flags);

void native_apic_mem_eoi(void);
void native_apic_mem_send_IPI(u32 cpu, u32 vector);
void native_send_IPI_mask(u64 mask, u32 vector);
void native_lapic_next_event(u64 delta);
void native_flush_tlb_multi(u64 mask, const struct flush_tlb_info *info);
u64 native_get_wallclock(void);

/* Of the local APICs it knows the oldest, which every CPU can still be. */
#define apic_eoi()	       native_apic_mem_eoi()
#define send_IPI(cpu, vector)  native_apic_mem_send_IPI(cpu, vector)
#define send_IPI_mask(mask, v) native_send_IPI_mask(mask, v)
#define set_next_event(delta)  native_lapic_next_event(delta)
#define get_wallclock()	       native_get_wallclock()

#define io_delay()		 native_io_delay()
#define read_cr0()		 native_read_cr0()
#define write_cr0(v)		 native_write_cr0(v)
#define read_cr4()		 native_read_cr4()
#define write_cr4(v)		 native_write_cr4(v)
#define cpuid_regs(a, b, c, d)	 native_cpuid(a, b, c, d)
#define rdmsr_safe(msr, p)	 native_read_msr_safe(msr, p)
#define wrmsr_safe(msr, v)	 native_write_msr_safe(msr, v)
#define load_tr_desc()		 native_load_tr_desc()
#define load_sp0(sp)		 native_load_sp0(sp)
#define load_gs_index(sel)	 native_load_gs_index(sel)
#define write_gdt_entry(e, d, n) native_write_gdt_entry(e, d, n)
#define read_cr2()		 native_read_cr2()
#define read_cr3()		 native_read_cr3()
#define write_cr3(v)		 native_write_cr3(v)
#define flush_tlb_user()	 native_op_flush_tlb_user()
#define flush_tlb_kernel()	 native_op_flush_tlb_kernel()
#define flush_tlb_multi(mask, i) native_flush_tlb_multi(mask, i)

#define paravirt_pgd_alloc(pgd)	   ((void)(pgd), 0)
#define paravirt_pgd_free(pgd)	   ((void)(pgd))
#define paravirt_alloc_pte(pfn)	   ((void)(pfn))
#define paravirt_alloc_pmd(pfn)	   ((void)(pfn))
#define paravirt_alloc_pud(pfn)	   ((void)(pfn))
#define paravirt_release_pte(pfn)  ((void)(pfn))
#define paravirt_release_pmd(pfn)  ((void)(pfn))
#define paravirt_release_pud(pfn)  ((void)(pfn))
#define set_fixmap(idx, pa, flags) native_set_fixmap(idx, pa, flags)
#define arch_enter_lazy_mmu_mode() barrier()
#define arch_leave_lazy_mmu_mode() barrier()
#define arch_flush_lazy_mmu_mode() barrier()

#define TWIN_LEVEL(level)                                        \
	static inline u64 level##_val(u64 level)                 \
	{                                                        \
		return level;                                    \
	}                                                        \
	static inline u64 make_##level(u64 val)                  \
	{                                                        \
		return val;                                      \
	}                                                        \
	static inline void set_##level(u64 *level##p, u64 level) \
	{                                                        \
		WRITE_ONCE(*level##p, level);                    \
	}
TWIN_LEVEL(pte)
TWIN_LEVEL(pmd)
TWIN_LEVEL(pud)
TWIN_LEVEL(pgd)

static inline u64 ptep_modify_prot_start(u64 va, u64 *ptep)
{
	u64 old = 0;

	(void)va;
	asm volatile("xchg %0, %1" : "+r"(old), "+m"(*ptep));
	return old;
}

static inline void ptep_modify_prot_commit(u64 va, u64 *ptep, u64 pte)
{
	(void)va;
	WRITE_ONCE(*ptep, pte);
}

static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	asm volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr) : "memory");
	return (u64)hi << 32 | lo;
}

static inline void wrmsr(u32 msr, u64 value)
{
	asm volatile("wrmsr" : : "c"(msr), "a"((u32)value), "d"((u32)(value >> 32)) : "memory");
}

static inline void load_gdt(const struct desc_ptr *ptr)
{
	asm volatile("lgdt %0" : : "m"(*ptr));
}

static inline void load_idt(const struct desc_ptr *ptr)
{
	asm volatile("lidt %0" : : "m"(*ptr));
}

#define queued_spin_lock_slowpath(lock, val) native_queued_spin_lock_slowpath(lock, val)
#define pv_wait(ptr, val)		     ((void)(ptr))
#define pv_kick(cpu)			     ((void)(cpu))
#define vcpu_is_preempted(cpu)		     ((void)(cpu), false)

static inline void queued_spin_unlock(struct qspinlock *lock)
{
	barrier();
	WRITE_ONCE(lock->locked, 0);
}

static inline u64 arch_local_save_flags(void)
{
	u64 flags;

	asm volatile("pushf; pop %0" : "=r"(flags) : : "memory");
	return flags;
}

static inline void arch_local_irq_disable(void)
{
	asm volatile("cli" : : : "memory");
}

static inline void arch_local_irq_enable(void)
{
	asm volatile("sti" : : : "memory");
}

static inline void arch_safe_halt(void)
{
	asm volatile("sti; hlt" : : : "memory");
}

static inline void halt(void)
{
	asm volatile("hlt" : : : "memory");
}

static inline void flush_tlb_one_user(u64 addr)
{
	asm volatile("invlpg (%0)" : : "r"(addr) : "memory");
}

#endif
