/* SPDX-License-Identifier: MIT */
/*
 * pv_ops: native until a platform's overlay, sealed with the text. Tools read its first contents
 * from the file and overlay it as platform_overlay() does.
 */
#include "native/native.h"
#include <platform.h>
#include <printk.h>
#include <static_call.h>
#include <string.h>
#include <time.h>
#include <asm/alt_sites.h>
#include <asm/cpufeature.h>
#include <asm/paravirt_op_list.h>
#include <asm/paravirt_types.h>
#include <asm/qspinlock.h>
#include <asm/traps.h>

/* Hot enough to be static calls. Nobody steals from a machine that is ours. */
DEFINE_STATIC_CALL(pv_sched_clock, native_sched_clock);
DEFINE_STATIC_CALL_RET0(pv_steal_clock, steal_clock);
DEFINE_STATIC_CALL_RET0(pv_async_page_fault, async_page_fault);

#ifdef CONFIG_TWIN
const bool is_twin = true;
#else
const bool is_twin;
#endif

/* destroy.S */
u64 destroy(u64 a, u64 b, u64 c);
u64 destroy_callee0(void) __callee_save_type;
u64 destroy_callee1(u64 a) __callee_save_type;
u64 destroy_callee2(u64 a, u64 b) __callee_save_type;
void destroy_vcallee0(void) __callee_save_type;
void destroy_vcallee1(u64 a) __callee_save_type;
void destroy_vcallee2(u64 a, u64 b) __callee_save_type;
void destroy_vcallee3(u64 a, u64 b, u64 c) __callee_save_type;

struct pv_info pv_info __ro_after_init = { .name = "unknown" };

struct paravirt_patch_template pv_ops __ro_after_init = {
	.cpu = {
		.io_delay = native_io_delay,
		.read_cr0 = native_op_read_cr0,
		.write_cr0 = native_op_write_cr0,
		.read_cr4 = native_op_read_cr4,
		.write_cr4 = native_op_write_cr4,
		.cpuid = &native_op_cpuid,
		.read_msr = &native_op_read_msr,
		.write_msr = &native_op_write_msr,
		.read_msr_safe = native_read_msr_safe,
		.write_msr_safe = native_write_msr_safe,
		.load_gdt = native_load_gdt,
		.load_idt = native_load_idt,
		.load_tr_desc = native_load_tr_desc,
		.write_gdt_entry = native_write_gdt_entry,
		.load_sp0 = native_load_sp0,
		.load_gs_index = native_load_gs_index,
	},
	.irq = {
		.save_fl = { native_save_fl },
		.irq_disable = { native_irq_disable },
		.irq_enable = { native_irq_enable },
		.safe_halt = native_safe_halt,
		.halt = native_halt,
	},
	.apic = {
		.eoi = native_apic_mem_eoi,
		.send_IPI = native_apic_mem_send_IPI,
		.send_IPI_mask = native_send_IPI_mask,
	},
	.time = {
		.set_next_event = native_lapic_next_event,
		.get_wallclock = native_get_wallclock,
	},
	.mmu = {
		.read_cr2 = { native_op_read_cr2 },
		.read_cr3 = { native_op_read_cr3 },
		.write_cr3 = { native_op_write_cr3 },
		.flush_tlb_user = native_op_flush_tlb_user,
		.flush_tlb_kernel = native_op_flush_tlb_kernel,
		.flush_tlb_one_user = { native_flush_tlb_one_user },
		.flush_tlb_multi = native_flush_tlb_multi,
		.pte_val = { _paravirt_ident_64 },
		.make_pte = { _paravirt_ident_64 },
		.pmd_val = { _paravirt_ident_64 },
		.make_pmd = { _paravirt_ident_64 },
		.pud_val = { _paravirt_ident_64 },
		.make_pud = { _paravirt_ident_64 },
		.pgd_val = { _paravirt_ident_64 },
		.make_pgd = { _paravirt_ident_64 },
		.set_pte = { native_set_pte },
		.set_pmd = { native_set_pte },
		.set_pud = { native_set_pte },
		.set_pgd = { native_set_pte },
		.ptep_modify_prot_start = { native_ptep_modify_prot_start },
		.ptep_modify_prot_commit = { native_ptep_modify_prot_commit },
		.pgd_alloc = PV_RET0(mmu.pgd_alloc),
		.pgd_free = { PV_NOP(mmu.pgd_free.func) },
		.alloc_pte = { PV_NOP(mmu.alloc_pte.func) },
		.alloc_pmd = { PV_NOP(mmu.alloc_pmd.func) },
		.alloc_pud = { PV_NOP(mmu.alloc_pud.func) },
		.release_pte = { PV_NOP(mmu.release_pte.func) },
		.release_pmd = { PV_NOP(mmu.release_pmd.func) },
		.release_pud = { PV_NOP(mmu.release_pud.func) },
		.set_fixmap = native_set_fixmap,
		.lazy_mode = { { PV_NOP(mmu.lazy_mode.enter.func) },
			       { PV_NOP(mmu.lazy_mode.leave.func) },
			       { PV_NOP(mmu.lazy_mode.flush.func) } },
	},
	.lock = {
		.queued_spin_lock_slowpath = native_queued_spin_lock_slowpath,
		.queued_spin_unlock = { native_queued_spin_unlock },
		.wait = PV_NOP(lock.wait),
		.kick = PV_NOP(lock.kick),
		.vcpu_is_preempted = { PV_RET0(lock.vcpu_is_preempted.func) },
	},
	.test = {
		.ret0 = { paravirt_ret0 },
		.nop = PV_NOP(test.nop),
		.destroy = destroy,
		.callee0 = { destroy_callee0 },
		.callee1 = { destroy_callee1 },
		.callee2 = { destroy_callee2 },
		.vcallee0 = { destroy_vcallee0 },
		.vcallee1 = { destroy_vcallee1 },
		.vcallee2 = { destroy_vcallee2 },
		.vcallee3 = { destroy_vcallee3 },
	},
};

#define NAME(op, nr_args) [PARAVIRT_SLOT(op)] = #op,
const char *const pv_op_names[PARAVIRT_SLOTS] = { PV_OP_LIST(NAME) };

__callee_save void paravirt_nop(void)
{
}

__callee_save u64 paravirt_ret0(void)
{
	return 0;
}

void paravirt_BUG(void)
{
	u64 ip = (u64)__builtin_return_address(0);
	const struct alt_site *site = alt_site_at(ip - 1);
	int slot = site ? alt_site_slot(site) : -1;

	panic("paravirt: %pS calls the op '%s', which nobody provides here", (void *)(ip - 1),
	      slot < 0 ? "(not a patched site)" : pv_op_names[slot]);
}

void platform_overlay(const struct platform *p)
{
	const struct pv_static_call *call;
	const struct pv_overlay *o;
	size_t i;

	for (o = p->overlays; o->ops; o++) {
		void **to = (void **)((char *)&pv_ops + o->offset);
		void *const *from = o->ops;

		if (!boot_cpu_has(o->feature))
			continue;
		for (i = 0; i < o->size / sizeof(void *); i++)
			if (from[i])
				to[i] = from[i];
	}
	for (call = p->static_calls; call && call->key; call++)
		if (boot_cpu_has(call->feature))
			call->key->func = call->func;
	pv_info.name = p->name;
	pv_info.kernel_rpl = p->kernel_rpl;
}
