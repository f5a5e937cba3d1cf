/* SPDX-License-Identifier: MIT */
/* Reading and writing a user program's memory: every pointer is checked, every access may fault. */
#ifndef UACCESS_H
#define UACCESS_H

#include <types.h>

/* 0, or the number of bytes that could not be copied. Any state with the program's mm loaded. */
size_t copy_from_user(void *to, const void *from, size_t n);
size_t copy_to_user(void *to, const void *from, size_t n);

#endif
