/* SPDX-License-Identifier: MIT */
/* Reading and writing a user program's memory: every pointer is checked, every access may fault. */
#ifndef UACCESS_H
#define UACCESS_H

#include <types.h>

/*
 * 0, or the number of bytes that could not be copied. Any state with the program's mm loaded. What
 * another thread writes meanwhile may come in part, and be another page's behind any byte.
 */
size_t copy_from_user(void *to, const void *from, size_t n);
size_t copy_to_user(void *to, const void *from, size_t n);

/* A word in one access: 0, or -EFAULT and no word. The same states. */
int get_user(u64 *to, const u64 *from);

#endif
