/* SPDX-License-Identifier: MIT */
/*
 * xenstore, the tree of strings by which dom0's toolstack and a domain tell each other things:
 * drivers/xen/xenstore.c. A path without a slash at its front is under this domain's own.
 *
 * All but xenstore_connect(): in a thread, which sleeps, or, before there are threads and after
 * xenstore_poll(), on the boot CPU with interrupts off. 0 or a length, or an error of xenstored's,
 * negative; -EIO when there is no xenstore, or it does not answer in ten seconds.
 */
#ifndef XEN_XENSTORE_H
#define XEN_XENSTORE_H

#include <types.h>

/* The ring's page and channel, from start_info; again after a restore. Boot CPU, interrupts off. */
void xenstore_connect(u64 pfn, u32 port);
/* From here on it interrupts: threads may sleep. */
void xenstore_listen(void);
/* From here on nobody sleeps: other threads don't run any more. */
void xenstore_poll(bool on);
bool xenstore_connected(void);
/* Until no answer is outstanding; false: in ten seconds some did not come. After xenstore_poll().
 */
bool xenstore_drain(void);

/* The value, ended by a 0 that is not counted. */
int xenstore_read(const char *path, char *buf, size_t size);
int xenstore_write(const char *path, const char *value);
/* When others may hold any lock: none is taken, and no answer is looked at. What it can't do it
 * leaves. */
void xenstore_write_in_panic(const char *path, const char *value);
int xenstore_rm(const char *path);
/* The names below a path, each ended by a 0; the length of all. */
int xenstore_list(const char *path, char *buf, size_t size);

/*
 * fn(path) in thread "xenwatch", on the boot CPU with preemption on: at once, and whenever
 * something at or below path changes; changes that follow one another closely may be one call.
 */
int xenstore_watch(const char *path, void (*fn)(const char *path));
int xenstore_unwatch(const char *path);
/* xenstored of a restored domain knows of no watch: all again, and each is called. */
void xenstore_watch_again(void);

/* "ENOENT" for -ENOENT. */
const char *xenstore_error(int error);

#endif
