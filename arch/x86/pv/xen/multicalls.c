/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls that change page tables, many in one. A list of calls is gathered and goes to Xen as
 * one multicall; entries and operations that follow one another share a call of the list, since
 * mmu_update and mmuext_op take arrays.
 *
 *   calls[]   mmu_update | mmuext_op | update_va_mapping | mmu_update ...
 *                 |            |                              |
 *   updates[] [0 1 2 3 4]  ops[] [0 1]              updates[] [5 6 7]
 *
 * The order is kept. Interrupt handlers do not change page tables.
 */
#include "hypercall.h"
#include "xen.h"
#include <printk.h>

#define MAX_CALLS   16
#define MAX_UPDATES 128
#define MAX_OPS	    16

static struct multicall_entry calls[MAX_CALLS];
static struct mmu_update updates[MAX_UPDATES];
static struct mmuext_op ops[MAX_OPS];
static unsigned int nr_calls, nr_updates, nr_ops;
static unsigned int depth; /* of begin, and of lazy mode */
static u32 done;	   /* of the call that failed */

u64 xen_mmu_hypercalls;

static __noreturn void refused(const struct multicall_entry *call)
{
	const struct mmu_update *u = (const void *)call->args[0];
	const struct mmuext_op *op = (const void *)call->args[0];

	switch (call->op) {
	case __HYPERVISOR_mmu_update:
		u += min(done, call->args[1] - 1);
		panic("Xen refuses entry %lx = %016lx, one of %lu: error %ld", u->ptr, u->val,
		      call->args[1], call->result);
	case __HYPERVISOR_mmuext_op:
		op += min(done, call->args[1] - 1);
		panic("Xen refuses mmuext_op %u (%lx), one of %lu: error %ld", op->cmd, op->arg1,
		      call->args[1], call->result);
	}
	panic("Xen refuses to map %p by %016lx: error %ld", (void *)call->args[0], call->args[1],
	      call->result);
}

void xen_mc_flush(void)
{
	struct multicall_entry *call = calls;
	unsigned int i, nr = nr_calls;
	s64 error = 0;

	if (!nr)
		return;
	nr_calls = nr_updates = nr_ops = 0;
	xen_mmu_hypercalls++;
	if (nr == 1)
		call->result = hypercall4(call->op, call->args[0], call->args[1], call->args[2],
					  call->args[3]);
	else
		error = hypercall2(__HYPERVISOR_multicall, (u64)calls, nr);
	if (error)
		panic("Xen refuses a multicall of %u: error %ld", nr, error);
	for (i = 0; i < nr; i++)
		if (calls[i].result)
			refused(&calls[i]);
}

/* There is room for one more of everything. */
void xen_mc_begin(void)
{
	if (nr_calls == MAX_CALLS || nr_updates == MAX_UPDATES || nr_ops == MAX_OPS)
		xen_mc_flush();
	depth++;
}

void xen_mc_end(void)
{
	if (!--depth)
		xen_mc_flush();
}

/* A call of the list for one more element of an array: the last one, if it is of that kind. */
static void add(u64 nr, void *element)
{
	struct multicall_entry *call = &calls[nr_calls];

	if (nr_calls && call[-1].op == nr) {
		call[-1].args[1]++;
		return;
	}
	*call = (struct multicall_entry){ nr, 0, { (u64)element, 1, (u64)&done, DOMID_SELF } };
	nr_calls++;
}

void xen_mc_mmu_update(u64 ptr, u64 val)
{
	xen_mc_begin();
	updates[nr_updates] = (struct mmu_update){ ptr, val };
	add(__HYPERVISOR_mmu_update, &updates[nr_updates++]);
	xen_mc_end();
}

void xen_mc_mmuext(u32 cmd, u64 arg)
{
	xen_mc_begin();
	ops[nr_ops] = (struct mmuext_op){ .cmd = cmd, .arg1 = arg };
	add(__HYPERVISOR_mmuext_op, &ops[nr_ops++]);
	xen_mc_end();
}

void xen_mc_va_mapping(u64 va, u64 pte, u64 flags)
{
	xen_mc_begin();
	calls[nr_calls++] =
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
