/* SPDX-License-Identifier: MIT */
/*
 * Doors into ring 0 that a CPU may have without the kernel's doing, tried by a program on each CPU:
 * a call gate in an LDT that nobody loaded, which after reset lies at address 0; sysenter;
 * wrgsbase.
 */
#include <mm.h>
#include <page_alloc.h>
#include <selftest.h>
#include <sched.h>
#include <smp.h>
#include <string.h>
#include <user.h>
#include <asm/cpufeature.h>
#include <asm/page.h>
#include <asm/segment.h>

#define LDT_SELECTOR (0 << 3 | 4 | 3) /* the LDT's first descriptor, RPL 3 */
#define GATE_TARGET  0x100	      /* in the page at 0: code that says which ring it is in */

/* SDM vol. 3A, 5.8.3.1: present, DPL 3, type c. */
static void put_gate(u8 *page)
{
	static const u8 target[] = { 0x8c, 0xcb, 0x48, 0xcb }; /* mov %cs, %ebx; lretq */
	const u64 gate[2] = { GATE_TARGET | (u64)__KERNEL_CS << 16 | 0xecUL << 40, 0 };

	memcpy(page, gate, sizeof(gate));
	memcpy(page + GATE_TARGET, target, sizeof(target));
}

/* lcall *1f(%rip); mov %ebx, %edi; xor %eax, %eax; syscall: exit(CS); 1: the selector. */
static const u8 through_the_gate[] = { 0xff, 0x1d, 0x06, 0, 0, 0, 0x89, 0xdf,	      0x31,
				       0xc0, 0x0f, 0x05, 0, 0, 0, 0,	LDT_SELECTOR, 0 };
/* sysenter; xor %eax, %eax; syscall */
static const u8 by_sysenter[] = { 0x0f, 0x34, 0x31, 0xc0, 0x0f, 0x05 };

/* mov $PAGE_OFFSET, %rax; wrgsbase %rax; xor %eax, %eax; syscall: a GS base like the kernel's */
static const u8 by_wrgsbase[] = { 0x48, 0xb8, 0,    0,	  0,	0,    0x80, 0x88, 0xff, 0xff,
				  0xf3, 0x48, 0x0f, 0xae, 0xd8, 0x31, 0xc0, 0x0f, 0x05 };

struct attempt {
	const u8 *code;
	size_t len;
	struct user end; /* what came of it */
	u32 cpu;
	bool memory;
};

static int attempt(void *data)
{
	struct attempt *a = data;
	u64 page = alloc_page();
	struct user *u = user_create(a->code, a->len);

	if (!page || !u || mm_map(u->mm, 0, page, 0))
		return -ENOMEM;
	put_gate(__va(page));
	u->quiet = true;
	a->cpu = smp_processor_id();
	user_run(u);
	a->end = *u;
	user_destroy(u);
	return 0;
}

static void each_cpu(struct test *t, const u8 *code, size_t len, const char *what, const char *why)
{
	u32 cpu;

	for_each_cpu(cpu, cpu_online_mask)
	{
		struct attempt a = { .code = code, .len = len };
		struct task_struct *thread = kthread_run(attempt, &a, "gate", cpu);

		if (!thread)
			return test_fail(t, "no memory for a thread");
		CHECK(t, !kthread_join(thread), "no memory for a program");
		CHECK(t, a.cpu == cpu, "it ran on CPU %u, not on %u", a.cpu, cpu);
		CHECK(t, a.end.end == USER_KILLED && glob_match(why, a.end.why),
		      "CPU %u, %s: end %d, status %lx, '%s', expected '%s'", cpu, what, a.end.end,
		      a.end.status, a.end.why, why);
	}
}

/* Twice: the first leaves the threads' stacks mapped. */
static void on_each_cpu(struct test *t, const u8 *code, size_t len, const char *what,
			const char *why)
{
	u64 free;

	each_cpu(t, code, len, what, why);
	free = nr_free_pages();
	each_cpu(t, code, len, what, why);
	CHECK(t, nr_free_pages() == free, "%lu pages free, expected %lu", nr_free_pages(), free);
}

/* A CPL of 0 in the status, or a page fault at 0, is a gate that was read. */
SELFTEST(user, no_call_gate_at_0)
{
	on_each_cpu(t, through_the_gate, sizeof(through_the_gate), "a call gate at 0",
		    "general protection fault (vector 13, error code 4)*");
}

/* AMD's CPUs don't know it in long mode: #UD. */
SELFTEST(user, no_sysenter)
{
	on_each_cpu(t, by_sysenter, sizeof(by_sysenter), "sysenter", "*(vector *");
}

/* CR4.FSGSBASE is off: with a GS base of its choice a program could look like the kernel to an NMI.
 */
SELFTEST(user, no_wrgsbase)
{
	if (boot_cpu_has(X86_FEATURE_XENPV))
		return test_skip(t, "Xen has CR4, and lets its guests have wrgsbase");
	on_each_cpu(t, by_wrgsbase, sizeof(by_wrgsbase), "wrgsbase", "invalid opcode (vector 6*");
}
