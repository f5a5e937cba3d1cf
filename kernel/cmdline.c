/* SPDX-License-Identifier: MIT */
/* The command line: words between blanks, each known or refused. */
#include <cmdline.h>
#include <console.h>
#include <platform.h>
#include <printk.h>
#include <string.h>

struct cmdline cmdline = { .test = "*", .seed = 1 };

static char words[1024];
static const char *unknown; /* the first one */
static bool too_long;

static const struct {
	const char *word;   /* with '=' at its end: a value follows */
	const char **value; /* for the first kind */
	u64 *number;
	bool *flag; /* for a word without '=' */
	const char *help;
} known[] = {
	{ "test=", &cmdline.test, NULL, NULL, "self-tests to run, a pattern of group/name; none" },
	{ "seed=", NULL, &cmdline.seed, NULL, "what random tests start from" },
	{ "rounds=", NULL, &cmdline.rounds, NULL, "how many rounds random tests make" },
	{ "console=", NULL, NULL, NULL,
	  "where text goes: com1, com2, vga, e9; several between commas" },
	{ "patchlog", NULL, NULL, &cmdline.patchlog, "show every patched site" },
	{ "nopatch", NULL, NULL, &cmdline.nopatch, "leave every site as compiled" },
	{ "nopvspin", NULL, NULL, &cmdline.nopvspin, "native spinlocks under a hypervisor too" },
	{ "nohostpoll", NULL, NULL, &cmdline.nohostpoll, "a halt is worth no polling to the host" },
	{ "textdump", NULL, NULL, &cmdline.textdump, "print the kernel's text as it runs" },
};

/* Names of consoles between commas; again, more of them. */
static bool take_consoles(const char *s)
{
	u32 bits = console_bits(s);

	cmdline.consoles |= bits;
	return bits != 0;
}

/* Decimal digits and nothing else. */
static bool take_number(const char *s, u64 *number)
{
	u64 value = 0;

	if (!*s)
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return false;
		value = value * 10 + *s - '0';
	}
	*number = value;
	return true;
}

static bool take(const char *word)
{
	size_t i;

	if (!strncmp(word, "console=", 8))
		return take_consoles(word + 8);
	for (i = 0; i < ARRAY_SIZE(known); i++) {
		size_t len = strlen(known[i].word);

		if (known[i].value && !strncmp(word, known[i].word, len)) {
			*known[i].value = word + len;
			return true;
		}
		if (known[i].number && !strncmp(word, known[i].word, len))
			return take_number(word + len, known[i].number);
		if (known[i].flag && !strcmp(word, known[i].word)) {
			*known[i].flag = true;
			return true;
		}
	}
	return platform_take_word(word);
}

void cmdline_parse(const char *s, bool cut)
{
	char *p = words, *word;

	too_long = cut || strlcpy(words, s, sizeof(words)) >= sizeof(words);
	while (*p && !too_long) {
		for (; *p == ' '; p++)
			*p = 0;
		for (word = p; *p && *p != ' '; p++)
			;
		if (*p)
			*p++ = 0;
		if (*word && !take(word) && !unknown)
			unknown = word;
	}
}

void cmdline_check(void)
{
	size_t i;

	if (too_long)
		printk("command line: longer than %zu bytes\n", sizeof(words) - 1);
	else if (unknown)
		printk("command line: unknown word '%s'; the known ones are:\n", unknown);
	else
		return;
	for (i = 0; unknown && i < ARRAY_SIZE(known); i++)
		printk("  %-10s %s\n", known[i].word, known[i].help);
	if (unknown)
		platform_show_words();
	machine_exit(EXIT_USAGE);
}
