/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls that change page tables, many in one. Each CPU gathers a list of calls, which goes to
 * Xen as one multicall; entries and operations that follow one another share a call of the list,
 * since mmu_update and mmuext_op take arrays.
 *
 *   calls[]   mmu_update | mmuext_op | update_va_mapping | mmu_update ...
 *                 |            |                              |
 *   updates[] [0 1 2 3 4]  ops[] [0 1]              updates[] [5 6 7]
 *                                 `--> masks[1], of CPUs to flush
 *
 * The order is kept. From the first begin to the last end interrupts are off, so that the list is
 * one thread's on its CPU, and a call from another CPU finds what it does done.
 */
#include "hypercall.h"
#include "xen.h"
#include <page_alloc.h>
#include <printk.h>
#include <asm/page.h>
#include <asm/paravirt.h>
#include <asm/percpu.h>

#define MAX_CALLS   16
#define MAX_UPDATES 128
#define MAX_OPS	    16

struct batch {
	/* First: of a machine with more CPUs than NR_CPUS Xen reads on, and flushes some of those.
	 */
	u64 masks[MAX_OPS];
	struct multicall_entry calls[MAX_CALLS];
	struct mmu_update updates[MAX_UPDATES];
	struct mmuext_op ops[MAX_OPS];
	u32 nr_calls, nr_updates, nr_ops;
	u32 depth; /* of begin, and of lazy mode */
	u32 done;  /* of the call that failed */
	u64 flags; /* at the first begin */
};
_Static_assert(sizeof(struct batch) <= PAGE_SIZE, "a batch is a page");

static struct batch boot_batch;
static DEFINE_PER_CPU(struct batch *, xen_batch) = &boot_batch;
DEFINE_PER_CPU(u64, xen_mmu_hypercalls);

int xen_mc_alloc(u32 cpu)
{
	u64 page;

	if (per_cpu(xen_batch, cpu) != &boot_batch)
		return 0;
	page = alloc_page();
	if (page)
		per_cpu(xen_batch, cpu) = __va(page);
	return page ? 0 : -ENOMEM;
}

static __noreturn void refused(const struct batch *b, const struct multicall_entry *call)
{
	const struct mmu_update *u = (const void *)call->args[0];
	const struct mmuext_op *op = (const void *)call->args[0];

	switch (call->op) {
	case __HYPERVISOR_mmu_update:
		u += min(b->done, call->args[1] - 1);
		panic("Xen refuses entry %lx = %016lx, one of %lu: error %ld", u->ptr, u->val,
		      call->args[1], call->result);
	case __HYPERVISOR_mmuext_op:
		op += min(b->done, call->args[1] - 1);
		panic("Xen refuses mmuext_op %u (%lx), one of %lu: error %ld", op->cmd, op->arg1,
		      call->args[1], call->result);
	}
	panic("Xen refuses to map %p by %016lx: error %ld", (void *)call->args[0], call->args[1],
	      call->result);
}

/* Interrupts off. */
static noinline void xen_mc_issue(struct batch *b)
{
	struct multicall_entry *call = b->calls;
	u32 i, nr = b->nr_calls;
	s64 error = 0;

	if (!nr)
		return;
	b->nr_calls = b->nr_updates = b->nr_ops = 0;
	this_cpu_inc(xen_mmu_hypercalls);
	if (nr == 1)
		call->result = hypercall4(call->op, call->args[0], call->args[1], call->args[2],
					  call->args[3]);
	else
		error = hypercall2(__HYPERVISOR_multicall, (u64)call, nr);
	if (error)
		panic("Xen refuses a multicall of %u: error %ld", nr, error);
	for (i = 0; i < nr; i++)
		if (call[i].result)
			refused(b, &call[i]);
}

void xen_mc_flush(void)
{
	u64 flags = arch_local_irq_save();

	xen_mc_issue(this_cpu_read(xen_batch));
	arch_local_irq_restore(flags);
}

/* There is room for one more of everything. */
static struct batch *begin(void)
{
	u64 flags = arch_local_irq_save();
	struct batch *b = this_cpu_read(xen_batch);

	if (!b->depth++)
		b->flags = flags;
	if (b->nr_calls == MAX_CALLS || b->nr_updates == MAX_UPDATES || b->nr_ops == MAX_OPS)
		xen_mc_issue(b);
	return b;
}

void xen_mc_begin(void)
{
	begin();
}

void xen_mc_end(void)
{
	struct batch *b = this_cpu_read(xen_batch);

	if (--b->depth)
		return;
	xen_mc_issue(b);
	arch_local_irq_restore(b->flags);
}

/* A call of the list for one more element of an array: the last one, if it is of that kind. */
static void add(struct batch *b, u64 nr, void *element)
{
	struct multicall_entry *call = &b->calls[b->nr_calls];

	if (b->nr_calls && call[-1].op == nr) {
		call[-1].args[1]++;
		return;
	}
	*call = (struct multicall_entry){ nr, 0, { (u64)element, 1, (u64)&b->done, DOMID_SELF } };
	b->nr_calls++;
}

void xen_mc_mmu_update(u64 ptr, u64 val)
{
	struct batch *b = begin();

	b->updates[b->nr_updates] = (struct mmu_update){ ptr, val };
	add(b, __HYPERVISOR_mmu_update, &b->updates[b->nr_updates++]);
	xen_mc_end();
}

void xen_mc_mmuext(u32 cmd, u64 arg)
{
	struct batch *b = begin();

	b->ops[b->nr_ops] = (struct mmuext_op){ .cmd = cmd, .arg1 = arg };
	add(b, __HYPERVISOR_mmuext_op, &b->ops[b->nr_ops++]);
	xen_mc_end();
}

void xen_mc_flush_multi(u64 mask, u64 va)
{
	struct batch *b = begin();
	u64 *at = &b->masks[b->nr_ops];

	*at = mask;
	b->ops[b->nr_ops] = (struct mmuext_op){ va ? MMUEXT_INVLPG_MULTI : MMUEXT_TLB_FLUSH_MULTI,
						va, (u64)at };
	add(b, __HYPERVISOR_mmuext_op, &b->ops[b->nr_ops++]);
	xen_mc_end();
}

void xen_mc_va_mapping(u64 va, u64 pte, u64 flags)
{
	struct batch *b = begin();

	b->calls[b->nr_calls++] =
		(struct multicall_entry){ __HYPERVISOR_update_va_mapping, 0, { va, pte, flags } };
	xen_mc_end();
}

__callee_save void xen_enter_lazy_mmu_mode(void)
{
	xen_mc_begin();
}

__callee_save void xen_leave_lazy_mmu_mode(void)
{
	xen_mc_end();
}

__callee_save void xen_flush_lazy_mmu_mode(void)
{
	xen_mc_flush();
}
