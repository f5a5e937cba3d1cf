/* SPDX-License-Identifier: MIT */
/*
 * For the tests of address spaces: one to try things in, and pages of the lower half touched as
 * the kernel touches a user's, on a machine with SMAP only when it says so.
 */
#ifndef TESTS_MM_TEST_H
#define TESTS_MM_TEST_H

#include <mm.h>
#include <selftest.h>
#include <asm/cpufeature.h>
#include <asm/pgtable.h>
#include <asm/traps.h>
#include <asm/uaccess.h>

#define USER_VA 0x0000000040000000UL
#define RW_NX	(_PAGE_RW | _PAGE_NX)
#define MANY	512

static inline bool on_xen(void)
{
	return boot_cpu_has(X86_FEATURE_XENPV);
}

static inline void read_user(void *p)
{
	user_access_begin();
	READ_ONCE(*(u8 *)p);
	user_access_end();
}

static inline void write_user(void *p)
{
	user_access_begin();
	WRITE_ONCE(*(u8 *)p, 0x5a);
	user_access_end();
}

static inline void write_plainly(void *p)
{
	WRITE_ONCE(*(u8 *)p, 0x5a);
}

static inline void call_user(void *p)
{
	((void (*)(void))(u64)p)();
}

/* True when fn(va) ends in a page fault there with these bits of the error code. */
static inline bool faults(void (*fn)(void *), u64 va, u64 bits)
{
	struct fault f;
	bool got = catch_fault(fn, (void *)va, &f);

	user_access_end(); /* a fault leaves it begun */
	return got && f.vector == X86_TRAP_PF && f.address == va &&
	       (f.error_code & (X86_PF_PROT | X86_PF_WRITE | X86_PF_INSTR)) == bits;
}

static inline bool works(void (*fn)(void *), u64 va)
{
	struct fault f;
	bool got = catch_fault(fn, (void *)va, &f);

	user_access_end();
	return !got;
}

static inline struct mm *enter_mm(struct test *t)
{
	struct mm *mm = mm_create();

	if (mm)
		switch_mm(mm);
	else
		test_fail(t, "no memory for an address space");
	return mm;
}

static inline void leave_mm(struct mm *mm)
{
	switch_mm(&kernel_mm);
	mm_destroy(mm);
}

#endif
