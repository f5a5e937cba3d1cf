/* SPDX-License-Identifier: MIT */
/*
 * Threads: kernel/sched.c says whose turn it is and kernel/balance.c where, kernel/wait.c has what
 * waits, kernel/kthread.c beginning and end. A thread runs on one of the CPUs that it is allowed to
 * and that are up; where none of them is, on any. It is preempted, round robin, when its slice is
 * used up and others wait. What sleeps or schedules is called from a thread with preemption on;
 * interrupts may be off, and then they are off for this thread again when it goes on.
 */
#ifndef SCHED_H
#define SCHED_H

#include <preempt.h>
#include <spinlock.h>
#include <types.h>

#define SCHED_SLICE_NS 2000000

enum task_state {
	TASK_RUNNING, /* on a CPU, or waiting for one */
	TASK_UNINTERRUPTIBLE,
	TASK_DEAD,
};

/* What somebody waits for, once for each complete(). */
struct completion {
	spinlock_t lock;
	u32 done; /* and nobody has waited for it yet */
	struct waiter *first;
};

struct task_struct {
	u64 sp;			  /* while it does not run */
	struct task_struct *next; /* in the run queue */
	u32 state, cpu;
	bool on_rq; /* runs, waits in cpu's queue, or is on its way to another one */
	u64 cpus_allowed;
	struct mm *mm;	   /* NULL: the kernel's */
	struct user *user; /* the program that it runs, or NULL */
	u64 stack;	   /* top */
	int (*threadfn)(void *data);
	void *data;
	int result;
	struct completion exited;
	char name[16];
	u64 slice_left; /* ns, while it does not run */
	/* what came of it */
	u64 sum_exec_runtime, nr_switches,
		nr_migrations; /* ns; times that it got, or changed, a CPU */
};

DECLARE_PER_CPU(struct task_struct *, current_task);
#define current this_cpu_read(current_task)

/* Of a CPU since the boot. */
struct sched_stat {
	u64 nr_switches, nr_idle; /* to another thread; of these to idle */
	u64 nr_pulled;		  /* threads that its idle thread took from elsewhere */
	u64 nr_slices, nr_ipis;	  /* timer interrupts for slices; IPIs that it sent to others */
};
DECLARE_PER_CPU(struct sched_stat, sched_stat);

/* Who calls becomes thread "main", pinned to the boot CPU. After mm_init() and time_init(). */
void sched_init(void);
/* smp.c, on a CPU that comes up: its idle thread is who calls. */
void sched_cpu_up(void);
/* No more threads for that CPU: soon its idle thread runs. Then, there: all others leave. */
void sched_cpu_deactivate(u32 cpu);
void sched_cpu_dying(void);
/* A step of an idle thread, interrupts off: find work, or wait for an interrupt. */
void sched_idle(void);

/*
 * A new thread: fn(data), interrupts on. On that CPU alone, or with cpu < 0 on any, the least
 * loaded first. NULL without memory. Whoever wants its result has to join it; so has whoever wants
 * its memory back.
 */
struct task_struct *kthread_run(int (*fn)(void *data), void *data, const char *name, int cpu);
/* Wait for its end; what fn gave. The thread is gone then. */
int kthread_join(struct task_struct *t);

/* To the next thread; come back when it is our turn, or, asleep, when somebody has woken us. */
void schedule(void);
/* If another one waits for its turn, and preemption is on; on the way out of interrupts too. */
void cond_resched(void);

/* A full barrier: who sees what we waited for sees us asleep, or we see it. */
#define set_current_state(state_) ((void)xchg(&current->state, (u32)(state_)))
/* True: it was asleep. Any state. */
bool wake_up_process(struct task_struct *t);
/* Asleep by set_current_state(): true if that long nobody woke us. */
bool schedule_timeout(u64 ns);
void msleep(u64 ms);

void init_completion(struct completion *c);
void complete(struct completion *c);
void wait_for_completion(struct completion *c);
/* False: it took longer. */
bool wait_for_completion_timeout(struct completion *c, u64 ns);

/* From here on; another thread soon, we before this returns. */
void set_cpus_allowed(struct task_struct *t, u64 mask);
/* We in another address space, or NULL for the kernel's; and with a program, whose slices begin. */
void kthread_use_mm(struct mm *mm);
void sched_set_user(struct user *u);

/* kthread.c for sched.c: a thread that waits in no queue yet; and its first lines. */
struct task_struct *task_create(int (*fn)(void *data), void *data, const char *name, u64 allowed);
void sched_start(struct task_struct *t);
void finish_switch(void);
void sched_exit(void) __noreturn;

#endif
