/* SPDX-License-Identifier: MIT */
/* The console that a domU shares with dom0's xenconsoled: drivers/xen/console.c. */
#ifndef XEN_CONSOLE_H
#define XEN_CONSOLE_H

#include <console.h>

extern struct console xencons_console;

/* The ring's page and channel, from start_info; again after a restore. Boot CPU, interrupts off. */
void xencons_connect(u64 pfn, u32 port);
/* From here on input interrupts: after init_irq, and after a restore. Not without a ring. */
void xencons_listen(void);
/* What was typed: up to size bytes, or 0 when in so many ns nothing came. In a thread. */
size_t xencons_read(char *buf, size_t size, u64 ns);

/* Wait until all has been taken out, for ten seconds at most, if somebody does. Any state. */
void xencons_flush(void);

#endif
