/* SPDX-License-Identifier: MIT */
/* Formatting, patterns and symbols: what every other test's words rest on. */
#include <printk.h>
#include <selftest.h>
#include <string.h>
#include <symbols.h>

SELFTEST(lib, printf)
{
	char s[80];
	int len;

	len = snprintf(s, sizeof(s), "%d|%5u|%-5x|%05d|%lx|%c|%s|%%", -7, 42u, 0xabcu, 33,
		       0x123456789abcUL, 'z', "str");
	CHECK(t, !strcmp(s, "-7|   42|abc  |00033|123456789abc|z|str|%"), "'%s'", s);
	CHECK(t, len == (int)strlen(s), "length %d of '%s'", len, s);
	len = snprintf(s, 5, "%s", "truncated");
	CHECK(t, len == 9 && !strcmp(s, "trun"), "%d '%s'", len, s);
}

SELFTEST(lib, glob)
{
	static const struct {
		const char *pattern, *s;
		bool match;
	} cases[] = {
		{ "*", "a/b", true },	      { "irq/*", "irq/save", true },
		{ "irq/*", "trap/x", false }, { "*/s?ve", "irq/save", true },
		{ "a*b*c", "axxbyyc", true }, { "a*b*c", "axxbyy", false },
		{ "", "x", false },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		CHECK(t, glob_match(cases[i].pattern, cases[i].s) == cases[i].match, "'%s' '%s'",
		      cases[i].pattern, cases[i].s);
}

SELFTEST(lib, symbols)
{
	u64 offset = 1;
	const char *name = symbol_name((u64)panic, &offset);

	CHECK(t, name && !strcmp(name, "panic") && !offset, "panic is called %s", name);
	name = symbol_name((u64)panic + 3, &offset);
	CHECK(t, name && !strcmp(name, "panic") && offset == 3, "panic+3 is %s+%lu", name, offset);
	CHECK(t, !symbol_name(0x1000, &offset), "address 1000 has a name");
}
