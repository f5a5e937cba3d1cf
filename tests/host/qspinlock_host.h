/* SPDX-License-Identifier: MIT */
/*
 * For tests that include kernel/qspinlock.c: per-CPU data as the kernel has it, a template and a
 * copy of it for each of NR_CPUS "CPUs", who are whoever smp_processor_id() says; and panic().
 */
#ifndef QSPINLOCK_HOST_H
#define QSPINLOCK_HOST_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <types.h>

#undef __callee_save
#define __callee_save  /* nobody here counts on it */
#define ASM_PARAVIRT_H /* the test has its own pv_wait() and pv_kick() */
#define ASM_PERCPU_H
#define NR_CPUS 4 /* so the hash table is small, and entries collide */

extern char __start_percpu[], __stop_percpu[];
static char *areas[NR_CPUS];

#define DEFINE_PER_CPU(type, name) __section("percpu") __typeof__(type) name
#define per_cpu_ptr(ptr, cpu) \
	((__typeof__(ptr))((u64)(ptr) - (u64)__start_percpu + (u64)areas[cpu]))
#define this_cpu_ptr(ptr) per_cpu_ptr(ptr, smp_processor_id())

static void percpu_init(void)
{
	size_t size = __stop_percpu - __start_percpu;
	u32 i;

	for (i = 0; i < NR_CPUS; i++)
		areas[i] = memset(aligned_alloc(64, ALIGN_UP(size, 64)), 0, ALIGN_UP(size, 64));
}

void panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("Bail out! panic: ");
	vprintf(fmt, args);
	printf("\n");
	fflush(stdout);
	_exit(1);
}

#endif
