/* SPDX-License-Identifier: MIT */
/*
 * The consoles: every line goes to all that speak. Which those are is decided by what the machine
 * has, until the command line's console= names others (kernel/console.c).
 */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <types.h>

struct console {
	const char *name; /* as console= names it */
	/* Makes the device ready; false: the machine has none. NULL: there is nothing to do. Boot
	 * CPU, interrupts off; again does no harm. */
	bool (*setup)(void);
	/* Writes whole lines. Any state; must not fault and must not wait without a limit. */
	void (*write)(const char *s, size_t len);
	bool enabled; /* it speaks */
	struct console *next;
};

/*
 * A console that this machine may have; the first comes from the way in, before anything else. One
 * of the same name goes, and hands on whether it speaks: a faster way to the same device. Boot CPU,
 * interrupts off.
 */
void register_console(struct console *console);

/*
 * What console= named, bits as console_names[] counts: these speak and no others, from the boot's
 * first line on. One that this machine lacks is told; if it lacks all of them, those of before go
 * on. 0: nobody named any. Boot CPU, once.
 */
void console_choose(u32 names);

/* A list of names, between commas, as bits; 0 when one is no console's name. */
u32 console_bits(const char *names);

/* One line to all that speak. Interrupts off. */
void console_write(const char *s, size_t len);
/* A panic: from here on this CPU alone writes. Interrupts off. */
void console_bust(void);

#endif
