/* SPDX-License-Identifier: MIT */
/* The image: its file, its symbols, and the bytes that lie at an address. */
#include <fcntl.h>
#include <string.h>
#include "imgcheck.h"

const char *image = "imgcheck";
unsigned int findings;
Elf *elf;
const Elf64_Phdr *phdrs;
const u8 *raw;
size_t raw_size, nr_phdrs;

static struct symbol *symbols;
static size_t nr_symbols;

/* Of several at one address the last gives the name: not one that begins with '_'. */
static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->at != y->at ? (x->at < y->at ? -1 : 1) : strcmp(x->name, y->name);
}

static void read_symbols(Elf_Scn *scn, u32 strings)
{
	const Elf_Data *data = elf_getdata(scn, NULL);
	const Elf64_Sym *sym = data->d_buf, *end = sym + data->d_size / sizeof(*sym);

	symbols = calloc(end - sym + 1, sizeof(*symbols));
	symbols[nr_symbols++].name = "(no symbol)"; /* symbol_of() always finds one */
	for (; sym < end; sym++) {
		const char *name = elf_strptr(elf, strings, sym->st_name);

		if (*name != '.' && sym->st_shndx && ELF64_ST_TYPE(sym->st_info) < STT_SECTION)
			symbols[nr_symbols++] =
				(struct symbol){ sym->st_value, sym->st_size, name };
	}
	qsort(symbols, nr_symbols, sizeof(*symbols), by_address);
}

void open_image(const char *path)
{
	Elf_Scn *scn = NULL;
	Elf64_Shdr *sh;

	image = path;
	elf_version(EV_CURRENT);
	elf = elf_begin(open(image, O_RDONLY), ELF_C_READ, NULL);
	phdrs = elf64_getphdr(elf);
	if (!phdrs || elf_getphdrnum(elf, &nr_phdrs))
		die("is no 64-bit ELF file with segments");
	raw = (const u8 *)elf_rawfile(elf, &raw_size);
	while ((scn = elf_nextscn(elf, scn)) && (sh = elf64_getshdr(scn)))
		if (sh->sh_type == SHT_SYMTAB)
			read_symbols(scn, sh->sh_link);
}

const struct symbol *named(const char *name)
{
	size_t i;

	for (i = 0; i < nr_symbols; i++)
		if (!strcmp(symbols[i].name, name))
			return &symbols[i];
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

/* The file lies as memory does: check_layout() saw to it. */
const u8 *bytes_at(u64 at, u64 len)
{
	u64 offset = at - phdrs->p_vaddr + phdrs->p_offset;

	if (at < phdrs->p_vaddr || offset > raw_size || len > raw_size - offset)
		die("the %lu bytes at %s are not in the file", len, where(at));
	return raw + offset;
}
