/* SPDX-License-Identifier: MIT */
/*
 * copy_from_user() and copy_to_user(): a string instruction whose fault the exception table turns
 * into an early end, with rcx bytes left. SMAP is opened around just that.
 */
#include <uaccess.h>
#include <asm/extable.h>
#include <asm/uaccess.h>

#include <asm/sysret.h>

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

size_t copy_from_user(void *to, const void *from, size_t n)
{
	return in_user_space(from, n) ? copy(to, from, n) : n;
}

size_t copy_to_user(void *to, const void *from, size_t n)
{
	return in_user_space(to, n) ? copy(to, from, n) : n;
}
