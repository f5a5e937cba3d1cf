/* SPDX-License-Identifier: MIT */
/*
 * User mode: a program is run by a thread, like a function, until it exits, is killed or has used
 * its time up. Integer-only: CR0.TS stays set.
 */
#ifndef USER_H
#define USER_H

#include <mm.h>
#include <user_abi.h>
#include <asm/ptrace.h>

#define USER_CODE  0x400000	  /* where programs are linked */
#define USER_STACK 0x7fffffffe000 /* the stack's top; it grows down */

enum user_end {
	USER_EXITED, /* by exit(): status */
	USER_KILLED, /* for what `why` says */
};

struct user {
	struct mm *mm;
	struct pt_regs regs; /* to start with */
	u64 ticks;	     /* slices of time that it may still use up; 0 = as many as it likes */
	bool quiet;	     /* write() is counted, not shown; nor is a kill */
	/* what came of it */
	enum user_end end;
	u64 status;
	char why[120];
	u64 syscalls, written, yields, preemptions;
	u64 sysrets, irets;   /* how its system calls went back */
	struct pt_regs *last; /* where its registers go when a trap ends it; may be NULL */
	/* while it runs */
	u64 saved_sp, kernel_sp;
	bool expired;
	u16 ds, es, fs, gs; /* while another thread runs; their bases are 0 */
};

/*
 * A program from an image of code at USER_CODE, with a stack page; entry in regs. NULL without
 * memory. Give it back with user_destroy().
 */
struct user *user_create(const void *code, size_t len);
void user_destroy(struct user *u);

/* Run it to its end, in any thread; interrupts are on in user mode. */
void user_run(struct user *u);

/* Each CPU, before a program may run there. */
void user_init_cpu(void);

/* sched.c, interrupts off: the thread that runs u loses and gets a CPU; a slice is used up. */
void user_switch_out(struct user *u);
void user_switch_in(const struct user *u);
void user_tick(struct user *u);
/* Before every return to user mode, interrupts off: others first; and the end of a program's time.
 */
void exit_to_user_mode(void);

#endif
