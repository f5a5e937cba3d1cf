/* SPDX-License-Identifier: MIT */
/*
 * The queued spinlock's three slow paths as they are, on threads of this machine: its real atomic
 * instructions and its real reordering. A waiter of the paravirt path sleeps on a condition
 * variable; one that nobody wakes within 10 s is a lost wake-up. Prints TAP.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <time.h>
#include "qspinlock_host.h"

#define SPIN_THRESHOLD 64
#define NR_LOCKS       2

static __thread u32 this_cpu;
static u32 smp_processor_id(void)
{
	return this_cpu;
}

static struct vcpu {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	bool kicked;
	u64 slept, woken;
} vcpus[NR_CPUS];

static void pv_wait(u8 *byte, u8 val)
{
	struct vcpu *v = &vcpus[this_cpu];
	struct timespec limit;
	int error = 0;

	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += 10;
	pthread_mutex_lock(&v->mutex);
	v->kicked = false;
	if (READ_ONCE(*byte) == val) {
		v->slept++;
		while (!v->kicked && error != ETIMEDOUT)
			error = pthread_cond_timedwait(&v->cond, &v->mutex, &limit);
	}
	pthread_mutex_unlock(&v->mutex);
	if (error) {
		printf("Bail out! CPU %u slept for 10 s: a lost wake-up\n", this_cpu);
		fflush(stdout);
		_exit(1);
	}
}

static void pv_kick(u32 cpu)
{
	struct vcpu *v = &vcpus[cpu];

	pthread_mutex_lock(&v->mutex);
	v->woken += !v->kicked;
	v->kicked = true;
	pthread_cond_signal(&v->cond);
	pthread_mutex_unlock(&v->mutex);
}

static bool vcpu_is_preempted(u32 cpu)
{
	(void)cpu;
	return false;
}

/* More threads than CPUs: the one that everybody waits for has to run now and then. */
#include <asm/qspinlock.h>
static void relax(void)
{
	static __thread u32 n;

	if (++n % 32)
		rep_nop();
	else
		sched_yield();
}
#define rep_nop relax
#include "../../kernel/qspinlock.c"

static const struct path {
	const char *name;
	void (*slowpath)(struct qspinlock *lock, u32 val);
	void (*unlock)(struct qspinlock *lock);
	u32 rounds;
} paths[] = {
	{ "native", native_queued_spin_lock_slowpath, native_queued_spin_unlock, 20000 },
	{ "test and set", virt_spin_lock, native_queued_spin_unlock, 100000 },
	{ "paravirt", __pv_queued_spin_lock_slowpath, __pv_queued_spin_unlock, 20000 },
};

static const struct path *path;
static struct {
	struct qspinlock lock;
	u32 owner; /* + 1 */
	u64 count; /* not atomic: the lock guards it */
} __aligned(64) guarded[NR_LOCKS];
static u64 violations;

static void *run(void *arg)
{
	u32 i, val, seed = this_cpu = (u32)(u64)arg;

	for (i = 0; i < path->rounds; i++) {
		__typeof__(&guarded[0]) g =
			&guarded[(seed = seed * 1103515245 + 12345) >> 16 & (NR_LOCKS - 1)];

		val = cmpxchg(&g->lock.val, 0, _Q_LOCKED_VAL);
		if (val)
			path->slowpath(&g->lock, val);
		if (READ_ONCE(g->owner))
			__atomic_fetch_add(&violations, 1, __ATOMIC_RELAXED);
		WRITE_ONCE(g->owner, this_cpu + 1);
		WRITE_ONCE(g->count, READ_ONCE(g->count) + 1);
		if (!(seed >> 18 & 0xff)) /* now and then one is slow, so that others sleep */
			usleep(50);
		WRITE_ONCE(g->owner, 0);
		path->unlock(&g->lock);
	}
	return NULL;
}

static bool clean(void)
{
	u32 i;

	for (i = 0; i < PV_LOCK_HASH; i++)
		if (pv_lock_hash[i].lock)
			return false;
	for (i = 0; i < NR_CPUS; i++)
		if (per_cpu_ptr(&qnodes[0], i)->count)
			return false;
	return !guarded[0].lock.val && !guarded[1].lock.val;
}

int main(void)
{
	pthread_t threads[NR_CPUS];
	u64 n, i, nr = 0, failed = 0;

	percpu_init();
	for (i = 0; i < NR_CPUS; i++) {
		pthread_mutex_init(&vcpus[i].mutex, NULL);
		pthread_cond_init(&vcpus[i].cond, NULL);
	}
	printf("TAP version 13\n1..%zu\n", 3 * ARRAY_SIZE(paths));
	for (path = paths; path < paths + ARRAY_SIZE(paths); path++)
		for (n = 1; n <= NR_CPUS; n *= 2) {
			u64 slept = 0, woken = 0;
			bool ok;

			memset(guarded, 0, sizeof(guarded));
			for (i = 0; i < n; i++) {
				vcpus[i].slept = vcpus[i].woken = 0;
				vcpus[i].kicked = true;
				pthread_create(&threads[i], NULL, run, (void *)i);
			}
			for (i = 0; i < n; i++)
				pthread_join(threads[i], NULL);
			for (i = 0; i < n; i++) {
				slept += vcpus[i].slept;
				woken += vcpus[i].woken;
			}
			/* A kick may find one that has not gone to sleep yet. */
			ok = guarded[0].count + guarded[1].count == n * path->rounds &&
			     !violations && clean() && slept <= woken &&
			     !!slept == (path == &paths[2] && n > 1);
			failed += !ok;
			printf("%sok %lu - qspinlock: %s, %lu CPUs\n", ok ? "" : "not ", ++nr,
			       path->name, n);
			printf("# %lu increments of %lu, %lu with two owners, %lu sleeps, %lu "
			       "wake-ups%s\n",
			       guarded[0].count + guarded[1].count, n * path->rounds, violations,
			       slept, woken, clean() ? "" : ", and something is left behind");
		}
	return !!failed;
}
