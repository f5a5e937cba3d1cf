/* SPDX-License-Identifier: MIT */
/* The kernel's short names for sized integers, and the few macros that every file needs. */
#ifndef TYPES_H
#define TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#define ARRAY_SIZE(a)	 (sizeof(a) / sizeof((a)[0]))
#define ALIGN_UP(x, a)	 (((x) + (a)-1) & ~((u64)(a)-1))
#define ALIGN_DOWN(x, a) ((x) & ~((u64)(a)-1))
#define BIT(n)		 (1UL << (n))
#define min(a, b)	 ((a) < (b) ? (a) : (b))
#define max(a, b)	 ((a) > (b) ? (a) : (b))

#define __section(name) __attribute__((section(name)))
#define __used		__attribute__((used))
#define __unused	__attribute__((unused))
#define __packed	__attribute__((packed))
#define __aligned(n)	__attribute__((aligned(n)))
#define __noreturn	__attribute__((noreturn))
#define noinline	__attribute__((noinline))
#undef __always_inline /* the host's */
#define __always_inline	     inline __attribute__((always_inline))
#define __printf(fmt, first) __attribute__((format(printf, fmt, first)))
#define likely(x)	     __builtin_expect(!!(x), 1)
#define unlikely(x)	     __builtin_expect(!!(x), 0)
#define barrier()	     asm volatile("" ::: "memory")
#define READ_ONCE(x)	     (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)     (*(volatile __typeof__(x) *)&(x) = (v))

/* Written while the kernel boots, read-only once the text is sealed (mm/seal.c). */
#define __ro_after_init __section(".data..ro_after_init")
/* Text that must hold no patchable site: see design notes in arch/x86/patch/apply.c. */
#define noinstr noinline __section(".noinstr.text")
/*
 * An ordinary C function that preserves every register but %rax: what Linux builds by hand with
 * PV_CALLEE_SAVE_REGS_THUNK, done by the compiler.
 */
#define __callee_save_type __attribute__((no_caller_saved_registers)) /* of a pointer to one */
#ifdef __clang__ /* clang 14 would restore the registers and then jump to a function that loses \
		    them */
#define __callee_save __attribute__((no_caller_saved_registers, disable_tail_calls))
#else
#define __callee_save __attribute__((no_caller_saved_registers))
#endif

#define ENOENT 2
#define EIO    5
#define ENOMEM 12
#define EACCES 13
#define EFAULT 14
#define E2BIG  7
#define EBUSY  16
#define EEXIST 17
#define EINVAL 22
#define ENOSYS 38

#endif
