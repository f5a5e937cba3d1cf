/* SPDX-License-Identifier: MIT */
/* The few string functions that the kernel has; the compiler calls the mem* ones by itself. */
#ifndef STRING_H
#define STRING_H

#include <types.h>

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
/* Copies what fits in size - 1 bytes and ends it; returns strlen(src). */
size_t strlcpy(char *dst, const char *src, size_t size);
/* Shell patterns: * any run, ? any one character. */
bool glob_match(const char *pattern, const char *s);

#endif
