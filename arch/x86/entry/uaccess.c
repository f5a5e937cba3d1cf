/* SPDX-License-Identifier: MIT */
/*
 * The kernel's hand in a program's memory: an instruction whose fault the exception table turns
 * into an early end, of a copy with rcx bytes left. SMAP is opened around just that.
 */
#include <uaccess.h>
#include <asm/extable.h>
#include <asm/sysret.h>
#include <asm/uaccess.h>

static size_t copy(void *to, const void *from, size_t n)
{
	user_access_begin();
	asm volatile("1: rep movsb\n"
		     "2:\n" _ASM_EXTABLE(1b, 2b)
		     : "+D"(to), "+S"(from), "+c"(n)
		     :
		     : "memory");
	user_access_end();
	return n;
}

static bool in_user_space(const void *p, size_t n)
{
	return (u64)p < TASK_SIZE_MAX && n <= TASK_SIZE_MAX - (u64)p;
}

int get_user(u64 *to, const u64 *from)
{
	int error = -EFAULT;
	u64 word = 0;

	if (!in_user_space(from, sizeof(*from)))
		return error;
	user_access_begin();
	asm volatile("1: movq %2, %0\n"
		     "xorl %1, %1\n"
		     "2:\n" _ASM_EXTABLE(1b, 2b)
		     : "=&r"(word), "+r"(error)
		     : "m"(*from)
		     : "cc");
	user_access_end();
	if (!error)
		*to = word;
	return error;
}

size_t copy_from_user(void *to, const void *from, size_t n)
{
	return in_user_space(from, n) ? copy(to, from, n) : n;
}

size_t copy_to_user(void *to, const void *from, size_t n)
{
	return in_user_space(to, n) ? copy(to, from, n) : n;
}
