/* SPDX-License-Identifier: MIT */
/*
 * Every form that alternatives have, in C and in assembly (forms.S), decided by two features that
 * are for this only: TEST_ON is set on every machine, TEST_OFF on none. Each is judged by what it
 * returns and by its bytes. With nopatch all are originals.
 */
#include <cmdline.h>
#include <selftest.h>
#include <string.h>
#include <asm/alt_sites.h>
#include <asm/page.h>
#include <asm/paravirt_types.h>

#define ON  X86_FEATURE_TEST_ON
#define OFF X86_FEATURE_TEST_OFF

/* Each gives the number of the form that runs: 0 is the original. */
#define FORM(name, alternative)                      \
	static noinline u64 name(void)               \
	{                                            \
		u64 n;                               \
		asm volatile(alternative : "=a"(n)); \
		return n;                            \
	}
#define MOV(n) "movl $" #n ", %%eax"

FORM(alt_on, ALTERNATIVE(MOV(0), MOV(1), ON))
FORM(alt_off, ALTERNATIVE(MOV(0), MOV(1), OFF))
FORM(alt_not_on, ALTERNATIVE(MOV(0), MOV(1), ALT_NOT(ON)))
FORM(alt_not_off, ALTERNATIVE(MOV(0), MOV(1), ALT_NOT(OFF)))
FORM(two_last_wins, ALTERNATIVE_2(MOV(0), MOV(1), ON, MOV(2), ON))
FORM(two_first, ALTERNATIVE_2(MOV(0), MOV(1), ON, MOV(2), OFF))
FORM(two_none, ALTERNATIVE_2(MOV(0), MOV(1), OFF, MOV(2), ALT_NOT(ON)))
FORM(three_middle, ALTERNATIVE_3(MOV(0), MOV(1), ON, MOV(2), ON, MOV(3), OFF))
FORM(three_last, ALTERNATIVE_3(MOV(0), MOV(1), ON, MOV(2), OFF, MOV(3), ALT_NOT(OFF)))
FORM(ternary_yes, ALTERNATIVE_TERNARY(MOV(0), ON, MOV(1), MOV(2)))
FORM(ternary_no, ALTERNATIVE_TERNARY(MOV(0), OFF, MOV(1), MOV(2)))
/* Longer than the original: the site is as long as its longest form. */
FORM(longer, ALTERNATIVE(MOV(0), "movabsq $0x1, %%rax; nop; nop; nop", ON))
/* Much shorter than the original: 20 bytes of padding are one jump. */
FORM(shorter, ALTERNATIVE("movabsq $7, %%rax; movabsq $0, %%rax", "incl %%eax; movb $1, %%al", ON))

u64 forms_asm(u64 which); /* forms.S: 0 or 1 for the original, which + 10 when patched */
extern u64 forms_word;

static const struct {
	const char *name;
	u64 (*fn)(void);
	u64 want;
} forms[] = {
	{ "ALTERNATIVE, feature set", alt_on, 1 },
	{ "ALTERNATIVE, feature clear", alt_off, 0 },
	{ "ALT_NOT, feature set", alt_not_on, 0 },
	{ "ALT_NOT, feature clear", alt_not_off, 1 },
	{ "ALTERNATIVE_2, both", two_last_wins, 2 },
	{ "ALTERNATIVE_2, first", two_first, 1 },
	{ "ALTERNATIVE_2, none", two_none, 0 },
	{ "ALTERNATIVE_3, the second", three_middle, 2 },
	{ "ALTERNATIVE_3, the third", three_last, 3 },
	{ "ALTERNATIVE_TERNARY, set", ternary_yes, 1 },
	{ "ALTERNATIVE_TERNARY, clear", ternary_no, 2 },
	{ "a replacement longer than the original", longer, 1 },
};

SELFTEST(forms, in_c)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		u64 want = cmdline.nopatch ? 0 : forms[i].want, n = forms[i].fn();

		CHECK(t, n == want, "%s: form %lu ran, expected %lu", forms[i].name, n, want);
	}
	CHECK(t, (u8)shorter() == !cmdline.nopatch, "a replacement much shorter");
}

SELFTEST(forms, in_assembly)
{
	u64 i, n;

	forms_word = 0x77;
	for (i = 0; i < 8; i++) {
		n = forms_asm(i);
		CHECK(t, n == i + (cmdline.nopatch ? 0 : 10), "form %lu of forms.S gave %lu", i, n);
	}
	CHECK(t, forms_word == (cmdline.nopatch ? 0x77 : 0x78), "the RIP-relative word is %lx",
	      forms_word);
}

static noinline u64 old_func(u64 x)
{
	return x + 1;
}

static noinline u64 new_func(u64 x)
{
	return x + 100;
}

SELFTEST(forms, alternative_call)
{
	u64 ret, arg = 5, want = cmdline.nopatch ? 6 : 105;

	alternative_call(old_func, new_func, ON,
			 ASM_LIST("=a"(ret), "=D"(arg), ASM_CALL_CONSTRAINT), ASM_LIST("D"(arg)),
			 "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "memory", "cc");
	CHECK(t, ret == want, "alternative_call gave %lu, expected %lu", ret, want);
	forms_word = 0;
	alternative_2("", "addq $1, forms_word(%%rip)", ON, "addq $2, forms_word(%%rip)", ON);
	CHECK(t, forms_word == (cmdline.nopatch ? 0 : 2), "alternative_2 added %lu", forms_word);
	alternative_io("movl $5, %k0", "movl %k1, %k0", ON, "=a"(ret), "r"(9UL));
	CHECK(t, ret == (cmdline.nopatch ? 5 : 9), "alternative_io gave %lu", ret);
}
