/* SPDX-License-Identifier: MIT */
/*
 * Hostile user programs, made anew each round from the seed that is printed, on two CPUs at a time.
 * Some attack: a few actions that a program must not get away with, in random order with random
 * operands, registers, flags and selectors, and random bytes; with pages of their own at 0 and
 * right below the hole of addresses that are none, perhaps. Each has to end them with a sentence,
 * or do no harm. Some look (hostile_look.c). The kernel goes on, keeps no page, and shows nothing
 * of its own.
 */
#include "hostile.h"
#include <cmdline.h>
#include <kstack.h>
#include <page_alloc.h>
#include <printk.h>
#include <sched.h>
#include <selftest.h>
#include <smp.h>
#include <string.h>
#include <asm/cpufeature.h>
#include <asm/pgtable.h>

#define ROUNDS	  2000 /* where nothing says otherwise; a slowly emulated machine does fewer */
#define ROUNDS_PV 300
#define BATCH	  20 /* rounds with the same pages; then it is looked at what is free */
#define BATCH_PV  100
#define MAX_CPUS  2

static struct worker workers[MAX_CPUS];

void wrong(struct worker *w, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(w->wrong, sizeof(w->wrong), fmt, args);
	va_end(args);
}

static u8 *page_of(const struct user *u, u64 va)
{
	return __va(pte_val(*lookup_address_in(u->mm->pgd, va)) & PTE_PFN_MASK);
}

static bool is_empty(const u8 *page)
{
	unsigned int i;

	for (i = 0; i < PAGE_SIZE; i++)
		if (page[i])
			return false;
	return true;
}

/* Its address space; what is at 0 and below the hole is code, or data that would be an LDT. */
static void create(struct worker *w)
{
	static const u64 at[] = { 0, LAST_PAGE };
	unsigned int i;

	w->u = user_create("", 1);
	for (i = 0; w->u && i < ARRAY_SIZE(at); i++) {
		u64 prot = hostile_random() & 1 ? 0 : _PAGE_RW | _PAGE_NX;

		w->own[i] = NULL;
		if (!(hostile_random() & 3))
			continue;
		if (mm_map_range(w->u->mm, at[i], 1, prot)) {
			user_destroy(w->u);
			w->u = NULL;
			break;
		}
		w->own[i] = page_of(w->u, at[i]);
	}
	if (!w->u)
		return wrong(w, "no memory for a user program");
	w->fresh = *w->u;
	w->code = page_of(w->u, USER_CODE);
	w->stack = page_of(w->u, USER_STACK - PAGE_SIZE);
	if (!is_empty(w->code) || !is_empty(w->stack) || (w->own[0] && !is_empty(w->own[0])) ||
	    (w->own[1] && !is_empty(w->own[1])))
		wrong(w, "a program's new page holds what somebody else had there");
}

void prepare(struct worker *w, const struct code *c)
{
	struct user *u = w->u;
	unsigned int i;

	memset(w->code, 0, PAGE_SIZE);
	memcpy(w->code, c->bytes, c->len);
	memset(w->stack, 0, PAGE_SIZE);
	for (i = 0; i < ARRAY_SIZE(w->own); i++)
		if (w->own[i])
			make_page(w->own[i]);
	memset(&w->last, 0, sizeof(w->last));
	*u = w->fresh;
	u->last = &w->last;
	u->ticks = 1;
	u->quiet = true;
	for (i = 0; i < NR_GPRS; i++)
		((u64 *)&u->regs)[i] = evil();
}

/*
 * Something of the kernel's that no program can come to by chance: it is no evil() value, nor one
 * with other low 16 bits.
 */
static const char *secret(const struct user *u, u64 value)
{
	if (kstack_contains(value, 1))
		return "a stack";
	if (value - (u64)u < PAGE_SIZE)
		return "struct user";
	if (value - (u64)this_cpu_ptr(&hostile_state) < PAGE_SIZE)
		return "per-CPU data";
	if (value >= (u64)_text && value < (u64)_image_end && value >> 16 != (u64)_text >> 16)
		return "the image";
	return NULL;
}

static void attack(struct worker *w)
{
	static const u64 starts[] = { 0, PAGE_CODE, LAST_PAGE + PAGE_CODE,
				      LAST_PAGE + PAGE_SIZE - 2 };
	const u64 *reg = (const u64 *)&w->last;
	unsigned int i, n = 1 + hostile_random() % 4;
	struct code c = { .len = 0 };
	struct user *u = w->u;

	for (i = 0; i < n; i++)
		make_action(&c);
	put(&c, UD2, 2);
	prepare(w, &c);
	if (!(hostile_random() & 7))
		u->regs.sp = evil();
	if (!(hostile_random() & 7))
		u->regs.ip = starts[hostile_random() % ARRAY_SIZE(starts)];
	user_run(u);
	if (u->end != USER_EXITED && !u->why[0])
		wrong(w, "a program was killed without a sentence");
	for (i = 0; i < NR_GPRS; i++)
		if (secret(u, reg[i]))
			wrong(w, "word %u of a program's registers is %016lx, an address of %s", i,
			      reg[i], secret(u, reg[i]));
}

/* Each round by itself, but for the batch's pages: from the seed and a number. */
static void seed(u64 number)
{
	u64 s = (cmdline.seed * 6364136223846793005 + number) * 2862933555777941757;

	this_cpu_write(hostile_state, s | 1);
	hostile_random();
}

static int work(void *data)
{
	struct worker *w = data;
	u64 i;

	seed(~w->first);
	create(w);
	for (i = w->first; i < w->end && !w->wrong[0]; i += w->step) {
		w->round = i;
		seed(i);
		switch (hostile_random() % 16) {
		case 0:
		case 1:
			look_at_registers(w);
			break;
		case 2:
		case 3:
		case 4:
			look_at_memory(w);
			break;
		default:
			attack(w);
		}
	}
	if (w->u)
		user_destroy(w->u);
	return 0;
}

static void batch(struct test *t, u64 first, u64 end)
{
	struct task_struct *threads[MAX_CPUS];
	u64 free = nr_free_pages();
	u32 cpu, n = min(num_online_cpus(), (u32)MAX_CPUS);

	for (cpu = 0; cpu < n; cpu++) {
		workers[cpu] = (struct worker){ .first = first + cpu, .end = end, .step = n };
		threads[cpu] = kthread_run(work, &workers[cpu], "hostile", (int)cpu);
		CHECK(t, threads[cpu], "no memory for a thread");
	}
	for (cpu = 0; cpu < n; cpu++) {
		if (threads[cpu])
			kthread_join(threads[cpu]);
		CHECK(t, !workers[cpu].wrong[0], "round %lu, CPU %u: %s", workers[cpu].round, cpu,
		      workers[cpu].wrong);
	}
	CHECK(t, !end || nr_free_pages() == free, "rounds %lu to %lu: %lu pages were free, now %lu",
	      first, end - 1, free, nr_free_pages());
}

SELFTEST(user, hostile)
{
	bool pv = boot_cpu_has(X86_FEATURE_XENPV);
	u64 rounds = cmdline.rounds, n = pv ? BATCH_PV : BATCH, i;

	if (!rounds)
		rounds = pv ? ROUNDS_PV : ROUNDS;
	printk("hostile programs: seed=%lu rounds=%lu\n", cmdline.seed, rounds);
	batch(t, 0, 0); /* the threads' stacks stay */
	for (i = 0; i < rounds && !t->failed; i += n)
		batch(t, i, min(i + n, rounds));
}
