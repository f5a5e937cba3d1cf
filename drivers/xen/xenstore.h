/* SPDX-License-Identifier: MIT */
/* xenstore.c and watch.c among themselves. */
#ifndef DRIVERS_XEN_XENSTORE_H
#define DRIVERS_XEN_XENSTORE_H

#include <types.h>

/* A question of type XS_*, about path, with len bytes of value; as xenstore.h says. */
int xenstore_ask(u32 type, const char *path, const char *value, size_t len, char *buf, size_t size);

/* Something changed below the path of the watch with this token. Interrupts off. */
void xenstore_watch_event(const char *token);

#endif
