/* SPDX-License-Identifier: MIT */
/*
 * The ops: what a platform may do in its own way. pv_ops starts with the native functions
 * (pv/native/ops.c) and is overlaid by the platform's constant tables before anything is patched.
 *
 * Two calling conventions, as in Linux, and a third for three instructions:
 *   C             an ordinary C call: the site gives up all caller-saved registers
 *   callee-save   the callee preserves all but %rax (PV_CALLEE)
 *   registers     the callee is called with the instruction's own register operands and preserves
 *                 the rest, so that the patched site is the instruction and nothing else
 */
#ifndef ASM_PARAVIRT_TYPES_H
#define ASM_PARAVIRT_TYPES_H

#include <types.h>
#include <asm/alternative.h>

/* What the rest of the kernel may know of the machine that it is on. Data, no ops. */
struct pv_info {
	const char *name;	 /* the platform's */
	unsigned int kernel_rpl; /* privilege level of kernel code: selectors carry it */
};
extern struct pv_info pv_info;

/* Is this the build without pv calls (asm/paravirt_twin.h)? A variable: both have the same code. */
extern const bool is_twin;

struct desc_ptr {
	u16 size; /* bytes - 1 */
	u64 address;
} __packed;

/*
 * A slot of the callee-save convention, in a structure of its own so that no call of the other kind
 * reads it. clang takes only a function with the attribute; gcc does not count it as a part of the
 * type.
 */
#define PV_CALLEE(ret, name, ...)                            \
	struct {                                             \
		ret (*func)(__VA_ARGS__) __callee_save_type; \
	} name
/* Code of the registers convention: no function, so that nobody puts one there. */
struct pv_registers_code;

struct pv_cpu_ops {
	void (*io_delay)(void);

	u64 (*read_cr0)(void);
	void (*write_cr0)(u64 value);
	u64 (*read_cr4)(void);
	void (*write_cr4)(u64 value);

	const struct pv_registers_code *cpuid;	   /* in eax ecx, out eax ebx ecx edx */
	const struct pv_registers_code *read_msr;  /* in ecx, out eax edx */
	const struct pv_registers_code *write_msr; /* in ecx eax edx */
	/* For an MSR that may not exist: 0, or -EIO where the instruction got #GP. */
	int (*read_msr_safe)(u32 msr, u64 *value);
	int (*write_msr_safe)(u32 msr, u64 value);

	void (*load_gdt)(const struct desc_ptr *ptr);
	void (*load_idt)(const struct desc_ptr *ptr);
	void (*load_tr_desc)(void); /* GDT_TSS of the loaded GDT */
	/* One descriptor, of 1 or (TSS, LDT) 2 words, into the loaded GDT. */
	void (*write_gdt_entry)(u64 *entry, const u64 *desc, unsigned int words);

	void (*load_sp0)(u64 sp); /* the stack of traps from user mode */
	/* User mode's GS selector, whose base may change with it; the kernel's GS stays. */
	void (*load_gs_index)(unsigned int selector);
};

struct pv_irq_ops {
	PV_CALLEE(u64, save_fl, void); /* only X86_EFLAGS_IF counts */
	PV_CALLEE(void, irq_disable, void);
	PV_CALLEE(void, irq_enable, void);
	void (*safe_halt)(void); /* interrupts on and wait for one, as one step */
	void (*halt)(void);
};

/* The interrupt controller that a CPU has to itself. */
struct pv_apic_ops {
	void (*eoi)(void);
	void (*send_IPI)(u32 cpu, u32 vector);
	void (*send_IPI_mask)(u64 mask, u32 vector); /* not this CPU */
};

/* The platform's clocks, but for the hot ones: pv_sched_clock and pv_steal_clock (time.h). */
struct pv_time_ops {
	void (*set_next_event)(u64 delta); /* LOCAL_TIMER_VECTOR in so many ns, about */
	u64 (*get_wallclock)(void);	   /* ns since 1970, or 0 */
};

/* User pages of [start, end) in the address space that is loaded. */
struct flush_tlb_info {
	u64 start, end;
};

struct pv_mmu_ops {
	PV_CALLEE(u64, read_cr2, void); /* the last fault's address */
	PV_CALLEE(u64, read_cr3, void); /* physical, as the kernel counts it */
	PV_CALLEE(void, write_cr3, u64 value);

	void (*flush_tlb_user)(void);		       /* this CPU, not the global entries */
	void (*flush_tlb_kernel)(void);		       /* this CPU, all */
	PV_CALLEE(void, flush_tlb_one_user, u64 addr); /* this CPU, one page */

	/* CPUs of the mask, not this one, what info says; they have when it returns. */
	void (*flush_tlb_multi)(u64 mask, const struct flush_tlb_info *info);

	/* Entry as stored -> with physical frame, and the way back. */
	PV_CALLEE(u64, pte_val, u64 pte);
	PV_CALLEE(u64, make_pte, u64 val);
	PV_CALLEE(u64, pmd_val, u64 pmd);
	PV_CALLEE(u64, make_pmd, u64 val);
	PV_CALLEE(u64, pud_val, u64 pud);
	PV_CALLEE(u64, make_pud, u64 val);
	PV_CALLEE(u64, pgd_val, u64 pgd);
	PV_CALLEE(u64, make_pgd, u64 val);

	/* Of any table, loaded or not. The caller flushes the TLB. */
	PV_CALLEE(void, set_pte, u64 *ptep, u64 pte);
	PV_CALLEE(void, set_pmd, u64 *pmdp, u64 pmd);
	PV_CALLEE(void, set_pud, u64 *pudp, u64 pud);
	PV_CALLEE(void, set_pgd, u64 *pgdp, u64 pgd);
	/*
	 * Change the rights of a present entry: between start, which gives it, and commit no bit
	 * that the CPU sets is lost.
	 */
	PV_CALLEE(u64, ptep_modify_prot_start, u64 va, u64 *ptep);
	PV_CALLEE(void, ptep_modify_prot_commit, u64 va, u64 *ptep, u64 pte);

	/*
	 * A page becomes a table of that level, filled but not yet in use, or no longer is one. A
	 * root may need a second page: 0 or -ENOMEM.
	 */
	int (*pgd_alloc)(u64 pgd); /* physical */
	PV_CALLEE(void, pgd_free, u64 pgd);
	PV_CALLEE(void, alloc_pte, u64 pfn);
	PV_CALLEE(void, alloc_pmd, u64 pfn);
	PV_CALLEE(void, alloc_pud, u64 pfn);
	PV_CALLEE(void, release_pte, u64 pfn);
	PV_CALLEE(void, release_pmd, u64 pfn);
	PV_CALLEE(void, release_pud, u64 pfn);

	/* Map a page at fix_to_virt(idx), flags 0 for none. */
	void (*set_fixmap)(unsigned int idx, u64 pa, u64 flags);

	/*
	 * Between enter and leave writes to entries, hooks and flushes may wait for one another,
	 * and a read may give what was there before; after flush it gives what was written.
	 */
	struct pv_lazy_ops {
		PV_CALLEE(void, enter, void);
		PV_CALLEE(void, leave, void);
		PV_CALLEE(void, flush, void);
	} lazy_mode;
};

/* Spinlocks: asm/qspinlock.h, kernel/qspinlock.c. Slow path and unlock belong together. */
struct qspinlock;
struct pv_lock_ops {
	void (*queued_spin_lock_slowpath)(struct qspinlock *lock, u32 val);
	PV_CALLEE(void, queued_spin_unlock, struct qspinlock *lock);

	/*
	 * Give this virtual CPU back while *ptr is val, until somebody kicks it. It may return at
	 * any time, but not sleep over a kick that came after it looked.
	 */
	void (*wait)(u8 *ptr, u8 val);
	void (*kick)(u32 cpu);

	PV_CALLEE(bool, vcpu_is_preempted, u64 cpu); /* has it no CPU to run on? */
};

/*
 * For self-tests: what the patcher makes of slots that are special; and functions that lose all
 * that their convention lets them lose (pv/destroy.S). A value is the sum of the arguments.
 */
struct pv_test_ops {
	PV_CALLEE(u64, ret0, void); /* holds paravirt_ret0 */
	void (*nop)(void);	    /* holds paravirt_nop */
	void (*null)(void);	    /* holds NULL */

	u64 (*destroy)(u64 a, u64 b, u64 c);
	PV_CALLEE(u64, callee0, void);
	PV_CALLEE(u64, callee1, u64 a);
	PV_CALLEE(u64, callee2, u64 a, u64 b);
	PV_CALLEE(void, vcallee0, void);
	PV_CALLEE(void, vcallee1, u64 a);
	PV_CALLEE(void, vcallee2, u64 a, u64 b);
	PV_CALLEE(void, vcallee3, u64 a, u64 b, u64 c);
};

/* Every op has a slot here; a slot's offset is its number everywhere. */
struct paravirt_patch_template {
	struct pv_cpu_ops cpu;
	struct pv_irq_ops irq;
	struct pv_apic_ops apic;
	struct pv_time_ops time;
	struct pv_mmu_ops mmu;
	struct pv_lock_ops lock;
	struct pv_test_ops test;
};
extern struct paravirt_patch_template pv_ops;

#define PARAVIRT_SLOTS	 (sizeof(struct paravirt_patch_template) / sizeof(void *))
#define PARAVIRT_SLOT(x) (offsetof(struct paravirt_patch_template, x) / sizeof(void *))

/* "irq.save_fl" for a slot's number: pv/ops.c, in the order of the structure. */
extern const char *const pv_op_names[PARAVIRT_SLOTS];

/* An op that has nothing to do here: its sites become padding. */
__callee_save void paravirt_nop(void);
/* An op whose answer is 0 here: its sites become the instruction that says so. */
__callee_save u64 paravirt_ret0(void);
/* For a slot of either convention and of any arguments: PV_NOP(cpu.io_delay), PV_NOP(x.y.func). */
#define PV_SPECIAL(slot, function) \
	((__typeof__(((struct paravirt_patch_template *)0)->slot))(void (*)(void))(function))
#define PV_NOP(slot)  PV_SPECIAL(slot, paravirt_nop)
#define PV_RET0(slot) PV_SPECIAL(slot, paravirt_ret0)
/* What a call through an op that nobody provides ends in: a panic that names the site. */
void paravirt_BUG(void);

/*
 * PVOP_CALLn(ret, array, op, args ...): a C call of array.op. PVOP_CALLEEn: a callee-save one.
 * The V forms give no value; the ALT forms add an instruction that takes the call's place where
 * `cond` holds, with its operands where the calling convention has them (rdi, rsi, rax).
 *
 * The asm() that, say, PVOP_ALT_CALLEE0(u64, pv_ops, irq.save_fl, "pushf; pop %%rax", cond)
 * becomes:
 *
 *   771: call *pv_ops+96(%rip)     the original: right on every platform, patched or not
 *        record ALWAYS|DIRECT_CALL: call paravirt_BUG   (the target comes from the slot)
 *        record cond:               pushf; pop %rax
 */
/* By its name, as an "i": of an "m" a compiler may make call *16(%rbx), whose slot nobody could
 * read. */
#define PARAVIRT_CALL "call *%c[paravirt_opptr](%%rip)"
#define PARAVIRT_ALT  ALTERNATIVE(PARAVIRT_CALL, "call paravirt_BUG", ALT_CALL_ALWAYS)
#define PARAVIRT_ALT_INSN(insn, cond) \
	ALTERNATIVE_2(PARAVIRT_CALL, "call paravirt_BUG", ALT_CALL_ALWAYS, insn, cond)

/*
 * An asm() that calls needs the frame set up first, or a backtrace misses who is there: tie it to
 * the stack pointer. Not where an instruction can take the call's place: a function that would be
 * without a frame in a kernel for the bare machine alone is so here too.
 */
register unsigned long current_stack_pointer asm("rsp");
#define ASM_CALL_CONSTRAINT "+r"(current_stack_pointer)

/*
 * The C convention: the argument registers come back lost, so they are outputs; an argument is an
 * input in the same register. Callee-save: only %rax comes back changed, and only with a value.
 */
#define PVOP_CALL_OUTPUTS    "=a"(__eax), "=D"(__edi), "=S"(__esi), "=d"(__edx), "=c"(__ecx)
#define PVOP_CALL_CLOBBERS   "r8", "r9", "r10", "r11", "memory", "cc"
#define PVOP_CALLEE_CLOBBERS "memory", "cc"

#define PVOP_ARG1(x) "D"((u64)(x))
#define PVOP_ARG2(x) "S"((u64)(x))
#define PVOP_ARG3(x) "d"((u64)(x))

#define ____PVOP_CALL(ret, alt, array, op, args...)                             \
	({                                                                      \
		u64 __eax, __edi, __esi, __edx, __ecx;                          \
		asm volatile __inline(alt:PVOP_CALL_OUTPUTS                     \
				      : [paravirt_opptr] "i"(&array.op), ##args \
				      : PVOP_CALL_CLOBBERS);                    \
		(ret) __eax;                                                    \
	})
/* Always a call: with the frame that a backtrace wants. */
#define ____PVOP_REAL_CALL(ret, array, op, args...)                             \
	({                                                                      \
		u64 __eax, __edi, __esi, __edx, __ecx;                          \
		asm volatile __inline(PARAVIRT_ALT                              \
				      : PVOP_CALL_OUTPUTS, ASM_CALL_CONSTRAINT  \
				      : [paravirt_opptr] "i"(&array.op), ##args \
				      : PVOP_CALL_CLOBBERS);                    \
		(ret) __eax;                                                    \
	})
/*
 * A callee-save function gives its arguments back with gcc. clang 14's attribute does not count
 * their registers among those to keep: there they come back lost, as in the C convention.
 */
#ifdef __clang__
#define PVOP_LOST1     "=D"(__edi)
#define PVOP_LOST2     "=D"(__edi), "=S"(__esi)
#define PVOP_LOST3     "=D"(__edi), "=S"(__esi), "=d"(__edx)
#define PVOP_AND_LOST1 , PVOP_LOST1
#define PVOP_AND_LOST2 , PVOP_LOST2
#else
#define PVOP_LOST1
#define PVOP_LOST2
#define PVOP_LOST3
#define PVOP_AND_LOST1
#define PVOP_AND_LOST2
#endif

#define ____PVOP_CALLEE(ret, alt, array, op, and_lost, clobbers, args...)            \
	({                                                                           \
		u64 __eax, __edi __unused, __esi __unused;                           \
		asm volatile __inline(alt                                            \
				      : "=a"(__eax)and_lost                          \
				      : [paravirt_opptr] "i"(&array.op.func), ##args \
				      : clobbers);                                   \
		(ret) __eax;                                                         \
	})
#define ____PVOP_VCALLEE(alt, array, op, lost, args...)                              \
	({                                                                           \
		u64 __edi __unused, __esi __unused, __edx __unused;                  \
		asm volatile __inline(alt:lost                                       \
				      : [paravirt_opptr] "i"(&array.op.func), ##args \
				      : PVOP_CALLEE_CLOBBERS);                       \
	})
/* Without arguments there is nothing to lose. */
#define ____PVOP_CALLEE0(ret, alt, array, op, clobbers...)                   \
	({                                                                   \
		u64 __eax;                                                   \
		asm volatile __inline(alt                                    \
				      : "=a"(__eax)                          \
				      : [paravirt_opptr] "i"(&array.op.func) \
				      : clobbers);                           \
		(ret) __eax;                                                 \
	})
#define ____PVOP_VCALLEE0(alt, array, op) \
	asm volatile __inline(alt : : [paravirt_opptr] "i"(&array.op.func) : PVOP_CALLEE_CLOBBERS)

#define PVOP_CALL0(ret, array, op)     ____PVOP_REAL_CALL(ret, array, op)
#define PVOP_CALL1(ret, array, op, a1) ____PVOP_REAL_CALL(ret, array, op, PVOP_ARG1(a1))
#define PVOP_CALL2(ret, array, op, a1, a2) \
	____PVOP_REAL_CALL(ret, array, op, PVOP_ARG1(a1), PVOP_ARG2(a2))
#define PVOP_CALL3(ret, array, op, a1, a2, a3) \
	____PVOP_REAL_CALL(ret, array, op, PVOP_ARG1(a1), PVOP_ARG2(a2), PVOP_ARG3(a3))

#define PVOP_VCALL0(array, op)		   ((void)PVOP_CALL0(u64, array, op))
#define PVOP_VCALL1(array, op, a1)	   ((void)PVOP_CALL1(u64, array, op, a1))
#define PVOP_VCALL2(array, op, a1, a2)	   ((void)PVOP_CALL2(u64, array, op, a1, a2))
#define PVOP_VCALL3(array, op, a1, a2, a3) ((void)PVOP_CALL3(u64, array, op, a1, a2, a3))

#define PVOP_ALT_CALL0(ret, array, op, insn, cond) \
	____PVOP_CALL(ret, PARAVIRT_ALT_INSN(insn, cond), array, op)
#define PVOP_ALT_VCALL0(array, op, insn, cond) ((void)PVOP_ALT_CALL0(u64, array, op, insn, cond))
#define PVOP_ALT_VCALL1(array, op, a1, insn, cond) \
	((void)____PVOP_CALL(u64, PARAVIRT_ALT_INSN(insn, cond), array, op, PVOP_ARG1(a1)))

#define PVOP_ALT_CALLEE0(ret, array, op, insn, cond) \
	____PVOP_CALLEE0(ret, PARAVIRT_ALT_INSN(insn, cond), array, op, PVOP_CALLEE_CLOBBERS)
#define PVOP_ALT_CALLEE2(ret, array, op, a1, a2, insn, cond)                           \
	____PVOP_CALLEE(ret, PARAVIRT_ALT_INSN(insn, cond), array, op, PVOP_AND_LOST2, \
			PVOP_CALLEE_CLOBBERS, PVOP_ARG1(a1), PVOP_ARG2(a2))

/* Of its argument alone, or of what no store of ours changes: memory is not clobbered. */
#define PVOP_ALT_PURE_CALLEE0(ret, array, op, insn, cond) \
	____PVOP_CALLEE0(ret, PARAVIRT_ALT_INSN(insn, cond), array, op, "cc")
#define PVOP_ALT_PURE_CALLEE1(ret, array, op, a1, insn, cond)                                \
	____PVOP_CALLEE(ret, PARAVIRT_ALT_INSN(insn, cond), array, op, PVOP_AND_LOST1, "cc", \
			PVOP_ARG1(a1))

#define PVOP_VCALLEE0(array, op) ____PVOP_VCALLEE0(PARAVIRT_ALT, array, op)
#define PVOP_VCALLEE1(array, op, a1) \
	____PVOP_VCALLEE(PARAVIRT_ALT, array, op, PVOP_LOST1, PVOP_ARG1(a1))
#define PVOP_ALT_VCALLEE0(array, op, insn, cond) \
	____PVOP_VCALLEE0(PARAVIRT_ALT_INSN(insn, cond), array, op)
#define PVOP_ALT_VCALLEE1(array, op, a1, insn, cond) \
	____PVOP_VCALLEE(PARAVIRT_ALT_INSN(insn, cond), array, op, PVOP_LOST1, PVOP_ARG1(a1))
#define PVOP_ALT_VCALLEE2(array, op, a1, a2, insn, cond)                                      \
	____PVOP_VCALLEE(PARAVIRT_ALT_INSN(insn, cond), array, op, PVOP_LOST2, PVOP_ARG1(a1), \
			 PVOP_ARG2(a2))
#define PVOP_ALT_VCALLEE3(array, op, a1, a2, a3, insn, cond)                                  \
	____PVOP_VCALLEE(PARAVIRT_ALT_INSN(insn, cond), array, op, PVOP_LOST3, PVOP_ARG1(a1), \
			 PVOP_ARG2(a2), PVOP_ARG3(a3))

#endif
