/* SPDX-License-Identifier: MIT */
/* The image: its file, its symbols, and the bytes that lie at an address. */
#include <string.h>
#include "imgcheck.h"

const char *image = "imgcheck";
unsigned int findings;
struct elf_file file;

static struct symbol *symbols;	    /* by address */
static const struct symbol **names; /* by name */
static size_t nr_symbols;

/* Of several at one address the last gives the name: not one that begins with '_'. */
static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->at != y->at ? (x->at < y->at ? -1 : 1) : strcmp(x->name, y->name);
}

static int by_name(const void *a, const void *b)
{
	const struct symbol *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

void open_image(const char *path)
{
	const char *error = elf_file_open(&file, path);
	const struct elf_symbol *s;
	size_t i;

	image = path;
	if (error)
		die("%s", error);
	symbols = calloc(file.nr_symbols + 1, sizeof(*symbols));
	symbols[nr_symbols++].name = "(no symbol)"; /* symbol_of() always finds one */
	for (s = file.symbols; s < file.symbols + file.nr_symbols; s++)
		if (*s->name != '.' && s->section && s->type < STT_SECTION)
			symbols[nr_symbols++] = (struct symbol){ s->at, s->size, s->name };
	qsort(symbols, nr_symbols, sizeof(*symbols), by_address);
	names = calloc(nr_symbols, sizeof(*names));
	for (i = 0; i < nr_symbols; i++)
		names[i] = &symbols[i];
	qsort(names, nr_symbols, sizeof(*names), by_name);
}

const struct symbol *named(const char *name)
{
	const struct symbol wanted = { .name = name }, *key = &wanted, **found;

	found = bsearch(&key, names, nr_symbols, sizeof(*names), by_name);
	if (found)
		return *found;
	die("no symbol %s", name);
}

const struct symbol *symbol_of(u64 at)
{
	const struct symbol *s = symbols + nr_symbols - 1;

	while (s->at > at)
		s--;
	return s;
}

u64 next_symbol(const struct symbol *s, u64 end)
{
	return s + 1 < symbols + nr_symbols && s[1].at < end ? s[1].at : end;
}

bool within(u64 at, const char *start, const char *end)
{
	return at >= value(start) && at < value(end);
}

const char *where(u64 at)
{
	static char sentence[160];
	const struct symbol *s = symbol_of(at);

	snprintf(sentence, sizeof(sentence), "%016lx %s+0x%lx", at, s->name, at - s->at);
	return sentence;
}

const u8 *bytes_at(u64 at, u64 len)
{
	const u8 *p = elf_file_at(&file, at, len);

	if (!p)
		die("the %lu bytes at %s are not in the file", len, where(at));
	return p;
}

u64 number_at(u64 at, unsigned int len)
{
	u64 number = 0;

	memcpy(&number, bytes_at(at, len), len);
	return number;
}
