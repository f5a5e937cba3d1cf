/* SPDX-License-Identifier: MIT */
/*
 * Watches of xenstore. What xenstored says is only which watch it is about, by a token that is the
 * watch's place here: who is called looks for itself, in a thread that may ask xenstore again.
 */
#include <printk.h>
#include <sched.h>
#include <string.h>
#include <asm/atomic.h>
#include <xen/io.h>
#include <xen/xenstore.h>
#include "xenstore.h"

#define MAX_WATCHES 8

static struct watch {
	const char *path; /* NULL = this place is free */
	void (*fn)(const char *path);
	bool fired;
} watches[MAX_WATCHES];

static struct completion fired = { .lock = __SPIN_LOCK_UNLOCKED(xenstore_fired) };
static struct task_struct *thread;

static int xenwatch(void *data)
{
	u32 i;

	(void)data;
	for (;;) {
		wait_for_completion(&fired);
		for (i = 0; i < MAX_WATCHES; i++) {
			const char *path = watches[i].path;

			if (path && xchg(&watches[i].fired, false))
				watches[i].fn(path);
		}
	}
	return 0;
}

void xenstore_watch_event(const char *token)
{
	u32 i = *token - 'a';

	if (i >= MAX_WATCHES || token[1])
		return;
	WRITE_ONCE(watches[i].fired, true);
	complete(&fired);
}

/* The path and the token, both with their 0. */
static int tell(u32 type, u32 i)
{
	const char token[] = { 'a' + i, 0 };

	return xenstore_ask(type, watches[i].path, token, sizeof(token), NULL, 0);
}

int xenstore_watch(const char *path, void (*fn)(const char *path))
{
	u32 i = 0;
	int error;

	if (!thread)
		thread = kthread_run(xenwatch, NULL, "xenwatch", 0);
	if (!thread)
		return -ENOMEM;
	while (i < MAX_WATCHES && watches[i].path)
		i++;
	if (i == MAX_WATCHES)
		return -ENOMEM;
	watches[i] = (struct watch){ path, fn, false };
	error = tell(XS_WATCH, i);
	if (error < 0)
		watches[i].path = NULL;
	return min(error, 0);
}

int xenstore_unwatch(const char *path)
{
	int error;
	u32 i;

	for (i = 0; i < MAX_WATCHES; i++)
		if (watches[i].path && !strcmp(watches[i].path, path)) {
			error = tell(XS_UNWATCH, i);
			watches[i].path = NULL;
			return min(error, 0);
		}
	return -ENOENT;
}

void xenstore_watch_again(void)
{
	int error;
	u32 i;

	for (i = 0; i < MAX_WATCHES; i++) {
		if (!watches[i].path)
			continue;
		error = tell(XS_WATCH, i);
		if (error < 0 && error != -EEXIST) /* after a checkpoint it knows them still */
			printk("xenstore: can't watch %s again: %s\n", watches[i].path,
			       xenstore_error(error));
		xenstore_watch_event((const char[]){ 'a' + i, 0 });
	}
}
