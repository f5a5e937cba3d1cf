/* SPDX-License-Identifier: MIT */
/*
 * The command line, split here and nowhere else: words between blanks, each known or refused. A
 * blank in quotes is part of its word, and so is what stands behind a backslash, as GRUB writes a
 * word that has blanks or quotes in it. Pure but for what the words set, on the host too.
 */
#include <boot_info.h>
#include <cmdline.h>
#include <console.h>
#include <platform.h>
#include <printk.h>
#include <string.h>

struct cmdline cmdline = { .test = "*", .seed = 1 };

static char words[BOOT_CMDLINE];
static const char *unknown, *wrong; /* the first word that is not known; whose value is not */
static const char *file;	    /* what was taken for the kernel's own name */
static bool too_long, open_quote;

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

/* Decimal digits and nothing else, below 2^64. */
static bool take_number(const char *s, u64 *number)
{
	u64 value = 0, digit;

	if (!*s)
		return false;
	for (; *s; s++) {
		digit = *s - '0';
		if (*s < '0' || *s > '9' || value > (-1UL - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*number = value;
	return true;
}

enum taken { UNKNOWN, WRONG, TAKEN };

static enum taken take(const char *word)
{
	size_t i;

	if (!strncmp(word, "console=", 8))
		return take_consoles(word + 8) ? TAKEN : WRONG;
	for (i = 0; i < ARRAY_SIZE(known); i++) {
		size_t len = strlen(known[i].word);

		if (known[i].value && !strncmp(word, known[i].word, len)) {
			*known[i].value = word + len;
			return TAKEN;
		}
		if (known[i].number && !strncmp(word, known[i].word, len))
			return take_number(word + len, known[i].number) ? TAKEN : WRONG;
		if (known[i].flag && !strcmp(word, known[i].word)) {
			*known[i].flag = true;
			return TAKEN;
		}
	}
	return platform_take_word(word) ? TAKEN : UNKNOWN;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The word at s to `to`, without its quotes. Gives where it ends; *to is behind the copy's 0. */
static const char *copy_word(const char *s, char **to)
{
	char quote = 0;

	for (; *s && (quote || !is_blank(*s)); s++) {
		if (*s == '\\' && (s[1] == '\\' || s[1] == '\'' || s[1] == '"'))
			*(*to)++ = *++s;
		else if (quote ? *s == quote : *s == '\'' || *s == '"')
			quote = quote ? 0 : *s;
		else
			*(*to)++ = *s;
	}
	*(*to)++ = 0;
	open_quote |= quote != 0;
	return s;
}

void cmdline_parse(const struct boot_info *bi)
{
	const char *s = bi->cmdline, *word;
	bool first = true;
	char *to = words;

	unknown = wrong = file = NULL;
	open_quote = false;
	too_long = bi->cmdline_cut;
	for (; !too_long; first = false) {
		enum taken taken;

		while (is_blank(*s))
			s++;
		if (!*s)
			break;
		word = to;
		s = copy_word(s, &to);
		taken = take(word);
		if (taken == WRONG && !wrong)
			wrong = word;
		else if (taken == UNKNOWN && first && bi->names_file)
			file = word;
		else if (taken == UNKNOWN && !unknown)
			unknown = word;
	}
}

void cmdline_check(void)
{
	size_t i;

	if (file)
		printk("command line: its first word '%s' is taken for the kernel's file\n", file);
	if (too_long)
		printk("command line: longer than %zu bytes\n", sizeof(words) - 1);
	else if (open_quote)
		printk("command line: a quote is not closed: '%s'\n", boot_info.cmdline);
	else if (wrong)
		printk("command line: '%s' has no such value; the known words are:\n", wrong);
	else if (unknown)
		printk("command line: unknown word '%s'; the known ones are:\n", unknown);
	else
		return;
	for (i = 0; (unknown || wrong) && i < ARRAY_SIZE(known); i++)
		printk("  %-10s %s\n", known[i].word, known[i].help);
	if (unknown || wrong)
		platform_show_words();
	machine_exit(EXIT_USAGE);
}
