/* SPDX-License-Identifier: MIT */
/* An ELF file that may be damaged: elffile.h says what can be relied on. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "elffile.h"

#define PAGE	 4096
#define MAX_SIZE (256u << 20)

const char *wrong(const char *format, ...)
{
	static char sentence[256];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	return sentence;
}

/* All of it, so that nothing changes while we look. */
static const char *read_file(struct elf_file *f, const char *path)
{
	FILE *file = fopen(path, "rb");
	long size = -1;

	if (file && !fseek(file, 0, SEEK_END))
		size = ftell(file);
	if (size < 0 || size > (long)MAX_SIZE || fseek(file, 0, SEEK_SET)) {
		if (file)
			fclose(file);
		return wrong(size > (long)MAX_SIZE ? "is larger than an image can be"
						   : "can't be read");
	}
	f->size = size;
	f->raw = aligned_alloc(PAGE, (f->size / PAGE + 1) * PAGE);
	if (!f->raw || fread(f->raw, 1, f->size, file) != f->size) {
		fclose(file);
		return wrong("can't be read");
	}
	f->raw[f->size] = 0;
	fclose(file);
	return NULL;
}

static const char *read_segments(struct elf_file *f)
{
	GElf_Phdr ph;
	size_t i;

	if (elf_getphdrnum(f->elf, &f->nr_phdrs) || !f->nr_phdrs)
		return wrong("is no ELF file with segments");
	f->phdrs = calloc(f->nr_phdrs, sizeof(*f->phdrs));
	for (i = 0; i < f->nr_phdrs; i++) {
		if (!gelf_getphdr(f->elf, i, &ph))
			return wrong("is truncated: program header %zu of %zu is not in it", i,
				     f->nr_phdrs);
		f->phdrs[i] = ph;
		if (ph.p_type != PT_LOAD)
			continue;
		if (ph.p_offset > f->size || ph.p_filesz > f->size - ph.p_offset)
			return wrong("is truncated: segment %zu lies behind its end", i);
		if (ph.p_filesz > ph.p_memsz || ph.p_vaddr + ph.p_memsz < ph.p_vaddr)
			return wrong("is damaged: segment %zu has %lx bytes in the file and %lx in "
				     "memory at %lx",
				     i, ph.p_filesz, ph.p_memsz, ph.p_vaddr);
	}
	return NULL;
}

static const char *read_symbols(struct elf_file *f)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;
	Elf_Data *data;
	GElf_Sym sym;
	size_t i;

	while ((scn = elf_nextscn(f->elf, scn)))
		if (gelf_getshdr(scn, &sh) && sh.sh_type == SHT_SYMTAB)
			break;
	data = scn ? elf_getdata(scn, NULL) : NULL;
	if (!data || !data->d_buf)
		return wrong("is no ELF file with a symbol table");
	f->symbols = calloc(data->d_size / sizeof(Elf64_Sym) + 1, sizeof(*f->symbols));
	for (i = 0; i < data->d_size / sizeof(Elf64_Sym) && gelf_getsym(data, i, &sym); i++) {
		const char *name = elf_strptr(f->elf, sh.sh_link, sym.st_name);

		if (!name)
			return wrong("is damaged: symbol %zu has its name at %u, where there is no "
				     "string",
				     i, sym.st_name);
		f->symbols[f->nr_symbols++] = (struct elf_symbol){
			sym.st_value,
			sym.st_size,
			name,
			sym.st_shndx,
			GELF_ST_TYPE(sym.st_info),
			GELF_ST_BIND(sym.st_info),
		};
	}
	return NULL;
}

const char *elf_file_open(struct elf_file *f, const char *path)
{
	const char *error;
	GElf_Ehdr eh;

	*f = (struct elf_file){ 0 };
	error = read_file(f, path);
	if (error)
		return error;
	elf_version(EV_CURRENT);
	f->elf = elf_memory((char *)f->raw, f->size);
	if (!f->elf || elf_kind(f->elf) != ELF_K_ELF || !gelf_getehdr(f->elf, &eh) ||
	    eh.e_ident[EI_CLASS] != ELFCLASS64 || eh.e_ident[EI_DATA] != ELFDATA2LSB ||
	    eh.e_machine != EM_X86_64)
		return wrong("is no 64-bit ELF file for x86-64");
	f->entry = eh.e_entry;
	error = read_segments(f);
	return error ? error : read_symbols(f);
}

const uint8_t *elf_file_at(const struct elf_file *f, uint64_t at, uint64_t len)
{
	const Elf64_Phdr *ph;

	for (ph = f->phdrs; ph < f->phdrs + f->nr_phdrs; ph++)
		if (ph->p_type == PT_LOAD && at >= ph->p_vaddr &&
		    at - ph->p_vaddr <= ph->p_filesz && len <= ph->p_filesz - (at - ph->p_vaddr))
			return f->raw + ph->p_offset + (at - ph->p_vaddr);
	return NULL;
}
