/* SPDX-License-Identifier: MIT */
/*
 * What a debug build (`make debug`) checks of every lock that is taken. Not what went wrong, but
 * what could: one run of each piece of code is enough, however seldom they collide.
 *
 *   owner       a CPU takes a lock that it has, or gives one that it has not
 *   order       a class is taken under another: an edge of a graph, which stays. A way back is a
 *               deadlock between two CPUs. Two of one class are taken by ascending CPU, if they
 *               are per-CPU data, or address.
 *   interrupts  a class that an interrupt takes, or that is taken under such a one, is never taken
 *               with interrupts on: the interrupt would wait for whom it interrupts.
 */
#include <printk.h>
#include <spinlock.h>
#include <asm/percpu.h>

#ifdef CONFIG_DEBUG_SPINLOCK
#define MAX_CLASSES 64 /* bits of a word */
#define MAX_HELD    8

/* Of a class, by its number. Places are where a lock was taken; NULL: it never was in that way. */
static struct {
	const char *name;
	u64 after;			   /* classes that were taken while it was held, */
	const void *after_at[MAX_CLASSES]; /* and where */
	const void *in_irq, *irqs_on;
} classes[MAX_CLASSES];
static u32 nr_classes;
static struct qspinlock graph_lock; /* who adds to the above */
static bool silent;		    /* a panic is on its way, and prints with locks */

static DEFINE_PER_CPU(spinlock_t *, held[MAX_HELD]);
static DEFINE_PER_CPU(u32, nr_held);
static DEFINE_PER_CPU(u32, irq_depth);

#define finding(...) (silent = true, panic(__VA_ARGS__))

static void lock_graph(void)
{
	while (!queued_spin_trylock(&graph_lock))
		rep_nop();
}

static void unlock_graph(void)
{
	barrier();
	WRITE_ONCE(graph_lock.locked, 0);
}

/* The number of a class, which it gets when it is first asked for. */
static u32 number_of(const spinlock_t *lock, const void *at)
{
	struct lock_class *class = lock->class;

	if (!class)
		finding("lock %pS, taken at %pS, was never initialised", (void *)lock, at);
	if (!READ_ONCE(class->nr)) {
		lock_graph();
		if (nr_classes == MAX_CLASSES)
			finding("lock '%s' is of one class more than %u", class->name, MAX_CLASSES);
		if (!class->nr) {
			classes[nr_classes].name = class->name;
			WRITE_ONCE(class->nr, ++nr_classes);
		}
		unlock_graph();
	}
	return class->nr - 1;
}

/* The rest with the graph locked. All that is taken under a class, and under that, and so on. */
static u64 reach(u32 from)
{
	u64 todo = classes[from].after, seen = 0;

	while (todo) {
		u32 next = __builtin_ctzl(todo);

		seen |= BIT(next);
		todo = (todo | classes[next].after) & ~seen;
	}
	return seen;
}

static u64 rank(const spinlock_t *lock)
{
	u32 cpu;

	for (cpu = 0; cpu < NR_CPUS; cpu++)
		if (__per_cpu_offset[cpu] &&
		    (u64)lock - __per_cpu_offset[cpu] - (u64)__per_cpu_start <
			    (u64)(__per_cpu_end - __per_cpu_start))
			return cpu;
	return (u64)lock;
}

static void check_irq(u32 nr)
{
	if (classes[nr].in_irq && classes[nr].irqs_on)
		finding("lock '%s' is taken with interrupts on at %pS, and in an interrupt, or "
			"under a lock of one, at %pS",
			classes[nr].name, classes[nr].irqs_on, classes[nr].in_irq);
}

static void mark_in_irq(u32 nr, const void *at)
{
	u64 todo = reach(nr) | BIT(nr);

	for (; todo; todo &= todo - 1) {
		nr = __builtin_ctzl(todo);
		if (!classes[nr].in_irq)
			classes[nr].in_irq = at;
		check_irq(nr);
	}
}

/* There is a way back from `to`: say which. */
static void report_order(u32 from, u32 to, const void *at)
{
	char way[192] = "";
	size_t len = 0;
	u32 next, nr;

	for (nr = to; nr != from && len < sizeof(way); nr = next) {
		for (next = 0;
		     !(classes[nr].after >> next & 1) || !((reach(next) | BIT(next)) >> from & 1);)
			next++;
		len += snprintf(way + len, sizeof(way) - len, ", '%s' under '%s' at %pS",
				classes[next].name, classes[nr].name, classes[nr].after_at[next]);
	}
	finding("lock order: '%s' is taken under '%s' at %pS, but elsewhere%s", classes[to].name,
		classes[from].name, at, way + 1);
}

static void add_edge(u32 from, u32 to, const void *at)
{
	if (READ_ONCE(classes[from].after) >> to & 1)
		return;
	lock_graph();
	if (reach(to) >> from & 1)
		report_order(from, to, at);
	classes[from].after_at[to] = at;
	classes[from].after |= BIT(to);
	if (classes[from].in_irq)
		mark_in_irq(to, at);
	unlock_graph();
}

static void mark(u32 nr, const void **how, const void *at)
{
	if (READ_ONCE(*how))
		return;
	lock_graph();
	if (how == &classes[nr].in_irq)
		mark_in_irq(nr, at);
	else
		*how = at;
	check_irq(nr);
	unlock_graph();
}

void debug_spin_lock_before(spinlock_t *lock)
{
	const void *at = __builtin_return_address(0);
	u64 flags = arch_local_irq_save();
	u32 nr, i;

	if (!silent) {
		nr = number_of(lock, at);
		if (READ_ONCE(lock->owner) == smp_processor_id() + 1)
			finding("CPU %u takes '%s' at %pS, which it has since %pS",
				smp_processor_id(), classes[nr].name, at, lock->taken_at);
		for (i = 0; i < this_cpu_read(nr_held); i++) {
			spinlock_t *other = (*this_cpu_ptr(&held))[i];
			u32 from = other->class->nr - 1;

			if (from != nr)
				add_edge(from, nr, at);
			else if (rank(lock) < rank(other))
				finding("lock order: of '%s' %lx is taken at %pS under %lx, at %pS",
					classes[nr].name, (u64)lock, at, (u64)other,
					other->taken_at);
		}
		if (this_cpu_read(irq_depth))
			mark(nr, &classes[nr].in_irq, at);
	}
	arch_local_irq_restore(flags);
}

void debug_spin_lock_after(spinlock_t *lock)
{
	const void *at = __builtin_return_address(0);
	u64 flags = arch_local_irq_save();
	u32 nr, n = this_cpu_read(nr_held);

	if (!silent) {
		nr = number_of(lock, at);
		if (!arch_irqs_disabled_flags(flags))
			mark(nr, &classes[nr].irqs_on, at);
		if (n == MAX_HELD)
			finding("CPU %u has %u locks, and takes '%s' at %pS", smp_processor_id(), n,
				classes[nr].name, at);
		(*this_cpu_ptr(&held))[n] = lock;
		this_cpu_write(nr_held, n + 1);
		lock->taken_at = at;
		WRITE_ONCE(lock->owner, smp_processor_id() + 1);
	}
	arch_local_irq_restore(flags);
}

void debug_spin_unlock(spinlock_t *lock)
{
	const void *at = __builtin_return_address(0);
	u64 flags = arch_local_irq_save();
	u32 n = this_cpu_read(nr_held), i;

	if (!silent) {
		spinlock_t **mine = *this_cpu_ptr(&held);

		if (lock->owner != smp_processor_id() + 1)
			finding("CPU %u gives back '%s' at %pS, whose owner is CPU %d (-1: nobody)",
				smp_processor_id(), classes[number_of(lock, at)].name, at,
				(int)lock->owner - 1);
		WRITE_ONCE(lock->owner, 0);
		for (i = n - 1; mine[i] != lock; i--)
			;
		for (; i < n - 1; i++)
			mine[i] = mine[i + 1];
		this_cpu_write(nr_held, n - 1);
	}
	arch_local_irq_restore(flags);
}

void debug_irq_enter(void)
{
	this_cpu_add(irq_depth, 1);
}

void debug_irq_exit(void)
{
	this_cpu_add(irq_depth, -1);
}
#endif
