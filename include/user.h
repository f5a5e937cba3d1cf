/* SPDX-License-Identifier: MIT */
/*
 * User mode: one program at a time, run like a function until it exits, is killed or has used its
 * time up. Integer-only: CR0.TS stays set.
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
	u64 ticks;	     /* of the timer it may still use before it is killed; 0 = no timer */
	bool quiet;	     /* write() is counted, not shown; nor is a kill */
	/* what came of it */
	enum user_end end;
	u64 status;
	char why[120];
	u64 syscalls, written, yields, preemptions;
};

/* How system calls went back, on this machine since the boot. */
extern u64 user_returns_sysret, user_returns_iret;

/*
 * A program from an image of code at USER_CODE, with a stack page; entry in regs. NULL without
 * memory. Give it back with user_destroy().
 */
struct user *user_create(const void *code, size_t len);
void user_destroy(struct user *u);

/* Run it to its end. Interrupts off; they are on in user mode. */
void user_run(struct user *u);

#endif
