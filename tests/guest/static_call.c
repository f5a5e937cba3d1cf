/* SPDX-License-Identifier: MIT */
/* Static calls: what they return, and the bytes of their sites; by update, by NULL, by return-0. */
#include <cmdline.h>
#include <selftest.h>
#include <static_call.h>
#include <string.h>
#include <asm/pgtable.h>

static noinline long one(long x)
{
	return x + 1;
}

static noinline long two(long x)
{
	return x + 2;
}

static int counted;

void static_call_test_count(void);
void static_call_test_count(void)
{
	counted++;
}

DEFINE_STATIC_CALL(test_add, one);
DEFINE_STATIC_CALL_RET0(test_ret0, one);
DEFINE_STATIC_CALL_NULL(test_null, static_call_test_count);

static noinline long call_add(long x)
{
	return static_call(test_add)(x) + 100;
}

static noinline long tail_add(long x)
{
	return static_call(test_add)(x);
}

static noinline long call_ret0(long x)
{
	return static_call(test_ret0)(x) + 100;
}

static noinline long tail_ret0(long x)
{
	return static_call(test_ret0)(x);
}

static noinline void call_null(void)
{
	static_call(test_null)();
	counted += 10;
}

static noinline void tail_null(void)
{
	static_call(test_null)();
}

/* Does [fn, fn + 64) hold these bytes somewhere? Reads text where it executes. */
static bool holds(const void *fn, const char *bytes, size_t len)
{
	const u8 *p = fn;
	size_t i;

	for (i = 0; i < 64; i++)
		if (!memcmp(p + i, bytes, len))
			return true;
	return false;
}

/* The branch of `opcode` in fn that goes to `target`. */
static bool branches(const void *fn, u8 opcode, const void *target)
{
	const u8 *p = fn;
	s32 disp;
	size_t i;

	for (i = 0; i < 64; i++) {
		memcpy(&disp, p + i + 1, 4);
		if (p[i] == opcode && (u64)p + i + 5 + (s64)disp == (u64)target)
			return true;
	}
	return false;
}

static void update(long (*fn)(long))
{
	text_open();
	static_call_update(test_add, fn);
	text_seal();
}

SELFTEST_ALONE(static_call, results)
{
	long (*by_address)(long) = static_call(test_add);

	CHECK(t, call_add(5) == 106 && tail_add(5) == 6 && by_address(5) == 6, "before update");
	update(two);
	CHECK(t, call_add(5) == 107 && tail_add(5) == 7 && by_address(5) == 7, "after update");
	update((void *)__static_call_return0);
	CHECK(t, call_add(5) == 100 && tail_add(5) == 0 && by_address(5) == 0, "as return-0");
	update(one);
	CHECK(t, call_add(5) == 106 && tail_add(5) == 6 && by_address(5) == 6, "put back");
	CHECK(t, call_ret0(5) == 100 && tail_ret0(5) == 0, "return-0 from the start");
	counted = 0;
	call_null();
	tail_null();
	CHECK(t, counted == 10, "a NULL call ran something: %d", counted);
}

SELFTEST(static_call, sites)
{
	const void *tramp = static_call(test_add);

	if (cmdline.nopatch) {
		CHECK(t, branches(call_add, 0xe8, tramp), "no call of the trampoline");
		CHECK(t, branches(tail_add, 0xe9, tramp), "no jmp to the trampoline");
		CHECK(t, holds(tramp, "\xff\x25", 2), "the trampoline does not jump indirectly");
		return;
	}
	CHECK(t, branches(call_add, 0xe8, one), "no direct call");
	CHECK(t, branches(tail_add, 0xe9, one), "no direct tail jump");
	CHECK(t, branches(tramp, 0xe9, one), "the trampoline does not jump directly");
	CHECK(t, holds(call_ret0, "\x2e\x2e\x2e\x31\xc0", 5), "no xor %%eax,%%eax");
	CHECK(t, holds(tail_ret0, "\x31\xc0\xc3", 3), "no xor; ret");
	CHECK(t, holds(call_null, "\x0f\x1f\x44\x00\x00", 5), "no 5-byte NOP");
	CHECK(t, holds(tail_null, "\xc3\xcc\xcc\xcc\xcc", 5), "no ret");
}
