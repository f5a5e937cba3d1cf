/* SPDX-License-Identifier: MIT */
/*
 * From the first link of the image to its .symbols section (include/symbols.h): the functions'
 * addresses and names, where static calls are called (by the relocations that --emit-relocs kept),
 * and the checksum of the patch table. Prints assembly.
 *
 *   mksymbols anole.elf > symbols.S
 *   mksymbols --check anole.elf	does the image hold the table that fits its own text?
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "elffile.h"

struct function {
	uint64_t address;
	const char *name;
};

static struct function *functions;
static size_t nr_functions;
static struct elf_file file;

static _Noreturn void die(const char *what, const char *more)
{
	fprintf(stderr, "mksymbols: %s%s\n", what, more);
	exit(1);
}

static int by_address(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

/* The file's bytes for [start, end) of the image. */
static const unsigned char *bytes_at(uint64_t start, uint64_t end, const char *what)
{
	const unsigned char *p = end >= start ? elf_file_at(&file, start, end - start) : NULL;

	if (!p)
		die("no segment holds ", what);
	return p;
}

/* As alt_table_sum() in arch/x86/patch/apply.c. */
static uint64_t table_sum(uint64_t start, uint64_t end)
{
	const unsigned char *p = bytes_at(start, end, "the patch table");
	uint64_t sum = 0, word;

	for (; end - start >= 8; start += 8, p += 8) {
		memcpy(&word, p, 8);
		sum = (sum << 5 | sum >> 59) ^ word;
	}
	return sum;
}

/* The address of a symbol, 0 when there is none. */
static uint64_t symbol(const char *prefix, const char *name)
{
	char full[256];
	size_t i;

	snprintf(full, sizeof(full), "%s%s", prefix, name);
	for (i = 0; i < nr_functions; i++)
		if (!strcmp(functions[i].name, full))
			return functions[i].address;
	return 0;
}

static unsigned int static_call(uint64_t site, const char *name, int kind, uint64_t text, int print)
{
	uint64_t key = symbol("__SCK__", name);

	if (!key)
		die("a static call has no key: ", name);
	if (print)
		printf("\t.long 0x%lx, 0x%lx, %d\n", site - text, key - text, kind);
	return 1;
}

/* enum static_call_kind: 0 call, 1 jmp, 2 trampoline. Returns how many; prints them if asked. */
static unsigned int static_calls(uint64_t text, int print)
{
	unsigned int found = 0;
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;
	GElf_Rela rela;
	Elf_Data *data;
	size_t i;

	for (i = 0; i < nr_functions; i++)
		if (!strncmp(functions[i].name, "__SCT__", 7))
			found += static_call(functions[i].address, functions[i].name + 7, 2, text,
					     print);
	while ((scn = elf_nextscn(file.elf, scn))) {
		if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_RELA)
			continue;
		data = elf_getdata(scn, NULL);
		for (i = 0; data && gelf_getrela(data, i, &rela); i++) {
			const unsigned char *p;
			const char *name;

			if (GELF_R_SYM(rela.r_info) >= file.nr_symbols)
				die("a relocation names a symbol that is not there in ",
				    "the first link");
			name = file.symbols[GELF_R_SYM(rela.r_info)].name;
			if (strncmp(name, "__SCT__", 7) ||
			    (GELF_R_TYPE(rela.r_info) != R_X86_64_PLT32 &&
			     GELF_R_TYPE(rela.r_info) != R_X86_64_PC32))
				continue;
			p = bytes_at(rela.r_offset - 1, rela.r_offset + 4, name);
			if (*p != 0xe8 && *p != 0xe9)
				die("neither call nor jmp reaches ", name);
			found += static_call(rela.r_offset - 1, name + 7, *p == 0xe9, text, print);
		}
	}
	return found;
}

int main(int argc, char **argv)
{
	uint64_t text = 0, etext = 0, table = 0, table_end = 0, header = 0, sum, offset = 0;
	int check = argc == 3 && !strcmp(argv[1], "--check");
	const struct elf_symbol *s;
	const char *error;
	size_t i, nr;

	if (argc != 2 && !check) {
		fprintf(stderr, "usage: mksymbols [--check] anole.elf\n");
		return 2;
	}
	error = elf_file_open(&file, argv[argc - 1]);
	if (error) {
		fprintf(stderr, "mksymbols: %s %s\n", argv[argc - 1], error);
		return 1;
	}
	functions = calloc(file.nr_symbols + 1, sizeof(*functions));
	for (s = file.symbols; s < file.symbols + file.nr_symbols; s++) {
		const char *name = s->name;

		if (!strcmp(name, "_text"))
			text = s->at;
		else if (!strcmp(name, "_etext"))
			etext = s->at;
		else if (!strcmp(name, "__alt_instructions"))
			table = s->at;
		else if (!strcmp(name, "__alt_replacements_end"))
			table_end = s->at;
		else if (!strcmp(name, "_symbols"))
			header = s->at;
		/* Functions, and assembly's labels; not sections, files or local .L labels. */
		if (s->type <= STT_FUNC && *name && *name != '.')
			functions[nr_functions++] = (struct function){ s->at, name };
	}
	if (!text || !etext || !table || !table_end || !header)
		die("one of _text, _etext, __alt_instructions, __alt_replacements_end, _symbols ",
		    "is missing");
	sum = table_sum(table, table_end);
	if (check) {
		uint64_t linked;

		memcpy(&linked, bytes_at(header + 8, header + 16, "the symbols"), 8);
		if (linked != sum)
			die("the patch table changed between the two links of ", argv[2]);
		return 0;
	}
	qsort(functions, nr_functions, sizeof(*functions), by_address);
	for (i = 0, nr = 0; i < nr_functions; i++)
		if (functions[i].address >= text && functions[i].address < etext) {
			nr++;
			if (strpbrk(functions[i].name, "\"\\\n"))
				die("a name that no assembler would take: ", functions[i].name);
		}
	printf("\t.section .symbols, \"a\"\n\t.globl symbols_header\n\t.balign 8\n"
	       "symbols_header:\n\t.long %zu, %u\n\t.quad 0x%016lx\n",
	       nr, static_calls(text, 0), sum);
	for (i = 0; i < nr_functions; i++) {
		if (functions[i].address < text || functions[i].address >= etext)
			continue;
		printf("\t.long 0x%lx, %lu\n", functions[i].address - text, offset);
		offset += strlen(functions[i].name) + 1;
	}
	static_calls(text, 1);
	for (i = 0; i < nr_functions; i++)
		if (functions[i].address >= text && functions[i].address < etext)
			printf("\t.asciz \"%s\"\n", functions[i].name);
	return 0;
}
