/* SPDX-License-Identifier: MIT */
/*
 * What the consoles show. A line is gathered and written at once: under a hypervisor a write costs,
 * not a byte. Every line that is not TAP begins with "# ", so that the console is a TAP stream.
 */
#ifndef PRINTK_H
#define PRINTK_H

#include <stdarg.h>
#include <types.h>

/*
 * %s %c %d %u %x %p, widths, '-' and '0', the length l; %pS and %ps print an address as a
 * symbol, with and without its offset, %pB a return address as the function that called. Returns
 * the length that was needed.
 */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list args);
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

/* Text to the console; a line without "# " before it gets one. */
void printk(const char *fmt, ...) __printf(1, 2);
/* A line of the TAP stream itself. */
void tap_printk(const char *fmt, ...) __printf(1, 2);
/* Write what is gathered of an unfinished line. */
void printk_flush(void);

/*
 * The end: reason, registers of the caller, backtrace, and a failing result for the machine.
 * From the first line of C on, in any state.
 */
void panic(const char *fmt, ...) __printf(1, 2) __noreturn;

struct pt_regs;
/* The same with the registers of the code that a trap interrupted. */
void panic_regs(struct pt_regs *regs, const char *fmt, ...) __printf(2, 3) __noreturn;

#endif
