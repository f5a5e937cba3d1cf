/* SPDX-License-Identifier: MIT */
/*
 * The queued spinlock's slow paths under a scheduler of our own: before every access to shared
 * memory it picks, by a seed, which CPU goes on, and which CPU's oldest store becomes visible (x86
 * holds stores back, and lets loads overtake them: SDM vol. 3A, 9.2). So a window of one
 * instruction is as wide as any other, and a failure has a seed. CPUs are coroutines; now and then
 * one is interrupted, and its handler takes a lock of its own level; one that sleeps is woken by a
 * kick alone. Nobody who could go on, or nobody who gets on: a lost wake-up. Prints TAP.
 *
 *   qspinlock_model [SCHEDULES [SEED]]
 */
#include <ucontext.h>
#include "qspinlock_host.h"

#define SPIN_THRESHOLD 16
#define LEVELS	       3 /* of interrupts */
#define ROUNDS	       4 /* how often each takes the lock */
#define MAX_STEPS      200000
#define MAX_STORES     8
#define STACK	       65536

static struct cpu {
	ucontext_t context;
	u32 level;
	bool asleep, done;
	struct store {
		u8 *at;
		u64 value;
		u32 size;
	} stores[MAX_STORES];
	u32 nr_stores;
	char stack[STACK] __aligned(16);
} cpus[NR_CPUS];
static u32 this_cpu, nr_cpus, sticky, steps;
static u64 schedule, rng, slept_head, slept_queued, interrupts;
static ucontext_t back;

static u32 smp_processor_id(void)
{
	return this_cpu;
}

static u32 pick(u32 n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (rng >> 20) % n;
}

#define fail(...)                                                             \
	do {                                                                  \
		printf("Bail out! schedule %lu, step %u: ", schedule, steps); \
		printf(__VA_ARGS__);                                          \
		printf("\n");                                                 \
		fflush(stdout);                                               \
		_exit(1);                                                     \
	} while (0)

/* The oldest n stores of a CPU become visible. */
static void drain(struct cpu *c, u32 n)
{
	struct store *s = c->stores;

	for (; n && c->nr_stores; n--, c->nr_stores--) {
		memcpy(s->at, &s->value, s->size);
		memmove(s, s + 1, (c->nr_stores - 1) * sizeof(*s));
	}
}

static void interrupt(void);

static void step(void)
{
	u32 from = this_cpu, to = from, i;

	if (++steps > MAX_STEPS)
		fail("nobody gets on");
	drain(&cpus[pick(nr_cpus)], pick(2));
	if (cpus[from].asleep || cpus[from].done || pick(64) >= sticky) {
		to = pick(nr_cpus);
		for (i = 0; i < nr_cpus && (cpus[to].asleep || cpus[to].done); i++)
			to = (to + 1) % nr_cpus;
		if (i == nr_cpus)
			fail("every CPU sleeps: a lost wake-up");
	}
	if (to != from) {
		this_cpu = to;
		swapcontext(&cpus[from].context, &cpus[to].context);
	}
	if (!cpus[from].done && !pick(150))
		interrupt();
}

static u64 load(const void *at, u32 size)
{
	struct cpu *c = &cpus[this_cpu];
	u64 value = 0;
	u32 i;

	step();
	for (i = c->nr_stores; i--;) {
		struct store *s = &c->stores[i];

		if (s->at == at && s->size == size)
			return s->value;
		if (s->at < (u8 *)at + size && (u8 *)at < s->at + s->size) {
			drain(c, i + 1); /* a part of it: wait until it is in memory */
			break;
		}
	}
	memcpy(&value, at, size);
	return value;
}

static void store(void *at, u64 value, u32 size)
{
	struct cpu *c = &cpus[this_cpu];

	step();
	if (c->nr_stores == MAX_STORES)
		drain(c, 1);
	c->stores[c->nr_stores++] = (struct store){ at, value, size };
}

/* A locked instruction: all stores are out before it. */
static void serialize(void)
{
	step();
	drain(&cpus[this_cpu], MAX_STORES);
}

#undef READ_ONCE
#undef WRITE_ONCE
#define READ_ONCE(x)	 ((__typeof__(x))load(&(x), sizeof(x)))
#define WRITE_ONCE(x, v) store(&(x), (u64)(v), sizeof(x))

/* As Xen's poll: what was kicked before it looks at the byte does not count. */
static void pv_wait(u8 *byte, u8 val)
{
	struct cpu *c = &cpus[this_cpu];

	serialize();
	if (*byte != val)
		return;
	*(val == 3 ? &slept_head : &slept_queued) += 1;
	c->asleep = true;
	step();
}

static void pv_kick(u32 cpu)
{
	serialize();
	cpus[cpu].asleep = false;
}

static bool vcpu_is_preempted(u32 cpu)
{
	(void)cpu;
	return !pick(16);
}

#include <asm/qspinlock.h>
#undef xchg
#undef cmpxchg
#define rep_nop() step()
#define xchg(ptr, v)                                            \
	({                                                      \
		__typeof__(*(ptr)) x__ = (serialize(), *(ptr)); \
		*(ptr) = (v);                                   \
		x__;                                            \
	})
#define cmpxchg(ptr, old, new)                                  \
	({                                                      \
		__typeof__(*(ptr)) x__ = (serialize(), *(ptr)); \
		if (x__ == (__typeof__(x__))(old))              \
			*(ptr) = (new);                         \
		x__;                                            \
	})
#include "../../kernel/qspinlock.c"

static struct guarded {
	struct qspinlock lock;
	u32 owner, count; /* owner: CPU + 1 */
} guarded[32];
static u32 place[LEVELS]; /* of each level's lock: some hash alike */
static const struct path {
	const char *name;
	void (*slowpath)(struct qspinlock *lock, u32 val);
} paths[] = {
	{ "native", native_queued_spin_lock_slowpath },
	{ "test and set", virt_spin_lock },
	{ "paravirt", __pv_queued_spin_lock_slowpath },
	{ "the hash table alone", NULL },
};
static const struct path *path;
static bool pv;

/* Each CPU and level a lock of its own, and more of them than make no collision. */
static void enter_and_find(u32 level)
{
	struct guarded *g = &guarded[this_cpu * LEVELS + level];
	struct qnode *node = per_cpu_ptr(&qnodes[level], this_cpu), *found;

	pv_hash(&g->lock, node);
	step();
	found = pv_unhash(&g->lock);
	if (found != node)
		fail("the hash table gives CPU %u another's node", this_cpu);
}

static void take_and_release(u32 level)
{
	struct guarded *g = &guarded[place[level]];
	u32 i, val = cmpxchg(&g->lock.val, 0, _Q_LOCKED_VAL);

	if (val)
		path->slowpath(&g->lock, val);
	if (!pv && READ_ONCE(g->lock.locked) != _Q_LOCKED_VAL)
		fail("the word of a lock that was just taken is %x", g->lock.val);
	if (g->owner)
		fail("CPU %u and CPU %u own a lock", g->owner - 1, this_cpu);
	g->owner = this_cpu + 1;
	for (i = pick(40); i; i--)
		step();
	if (g->owner != this_cpu + 1)
		fail("the lock of CPU %u is CPU %u's", this_cpu, g->owner - 1);
	g->count++;
	g->owner = 0;
	(pv ? __pv_queued_spin_unlock : native_queued_spin_unlock)(&g->lock);
}

static void turn(u32 level)
{
	if (path->slowpath)
		take_and_release(level);
	else
		enter_and_find(level);
}

static void interrupt(void)
{
	struct cpu *c = &cpus[this_cpu];

	if (c->level == LEVELS - 1)
		return;
	interrupts++;
	turn(++c->level);
	c->level--;
}

static void run(void)
{
	u32 i;

	for (i = 0; i < ROUNDS; i++)
		turn(0);
	drain(&cpus[this_cpu], MAX_STORES);
	cpus[this_cpu].done = true;
	for (i = 0; i < nr_cpus; i++)
		if (!cpus[i].done)
			step();
	setcontext(&back);
}

static void start(struct cpu *c)
{
	c->done = c->asleep = false;
	c->level = 0;
	getcontext(&c->context);
	c->context.uc_stack.ss_sp = c->stack;
	c->context.uc_stack.ss_size = sizeof(c->stack);
	makecontext(&c->context, run, 0);
}

static void one_schedule(u64 seed)
{
	static const u32 stickies[] = { 0, 32, 56, 62 };
	u32 i;

	rng = seed * 0x9e3779b97f4a7c15 + 1;
	pick(1);
	nr_cpus = 2 + pick(NR_CPUS - 1);
	sticky = stickies[pick(ARRAY_SIZE(stickies))];
	steps = this_cpu = 0;
	for (i = 0; i < LEVELS; i++)
		place[i] = pick(8) + 8 * i;
	memset(guarded, 0, sizeof(guarded));
	for (i = 0; i < nr_cpus; i++)
		start(&cpus[i]);
	swapcontext(&back, &cpus[0].context);
	for (i = 0; i < PV_LOCK_HASH; i++)
		if (pv_lock_hash[i].lock)
			fail("an entry stays in the hash table");
	for (i = 0; i < nr_cpus; i++)
		if (per_cpu_ptr(&qnodes[0], i)->count)
			fail("CPU %u has a node that nobody uses", i);
	for (i = 0; i < LEVELS; i++)
		if (guarded[place[i]].lock.val)
			fail("a lock's word is %x at the end", guarded[place[i]].lock.val);
	if (path->slowpath && guarded[place[0]].count != nr_cpus * ROUNDS)
		fail("%u turns, expected %u", guarded[place[0]].count, nr_cpus * ROUNDS);
}

int main(int argc, char **argv)
{
	u64 i, n = argc > 1 ? strtoul(argv[1], NULL, 0) : 10000;
	u64 seed = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;
	bool ok = true, enough;

	percpu_init();
	printf("TAP version 13\n1..%zu\n", ARRAY_SIZE(paths));
	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		path = &paths[i];
		pv = path->slowpath == __pv_queued_spin_lock_slowpath;
		interrupts = slept_head = slept_queued = 0;
		for (schedule = seed; schedule < seed + n; schedule++)
			one_schedule(schedule);
		enough = interrupts > n / 10 &&
			 (!pv || (slept_head > n / 10 && slept_queued > n / 10));
		ok = ok && enough;
		printf("%sok %lu - qspinlock: %s, %lu schedules from seed %lu\n"
		       "# %lu interrupts, %lu sleeps as the head, %lu in the queue\n",
		       enough ? "" : "not ", i + 1, path->name, n, seed, interrupts, slept_head,
		       slept_queued);
	}
	return !ok;
}
