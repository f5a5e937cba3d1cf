/* SPDX-License-Identifier: MIT */
/*
 * An ELF file as all host tools read it: what they take from it lies inside it, whatever it says,
 * or opening it is an error with a sentence. Numbers in it may still be any.
 */
#ifndef TOOLS_ELFFILE_H
#define TOOLS_ELFFILE_H

#include <gelf.h>
#include <stddef.h>
#include <stdint.h>

struct elf_symbol {
	uint64_t at, size;
	const char *name;
	uint16_t section;
	uint8_t type, bind;
};

struct elf_file {
	uint8_t *raw; /* the whole file, and a 0 behind it; aligned to pages */
	size_t size;
	Elf *elf;
	uint64_t entry;
	Elf64_Phdr *phdrs; /* those of PT_LOAD lie in the file and do not wrap */
	size_t nr_phdrs;
	struct elf_symbol *symbols; /* in the file's order; each has a name, perhaps "" */
	size_t nr_symbols;
};

/* A sentence for whoever asks what is wrong with a file: good until the next one. */
const char *wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Reads a 64-bit little-endian x86-64 executable with segments and a symbol table. NULL, or what
 * is wrong with it: good until the next call.
 */
const char *elf_file_open(struct elf_file *f, const char *path);

/* The file's bytes for [at, at + len) of memory, when one segment holds them; or NULL. */
const uint8_t *elf_file_at(const struct elf_file *f, uint64_t at, uint64_t len);

#endif
