/* SPDX-License-Identifier: MIT */
/* A linked image for host tools: image.h says what there is. */
#include <err.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <string.h>
#include "image.h"

u8 image[IMAGE_MAX + 1];
const char *image_path;
u64 image_text, image_etext;
const struct symbols_header *image_symbols;
const struct static_call_site *image_static_calls;

static Elf *elf;
static Elf_Data *symtab;
static size_t strtab;
static u64 names; /* of the kernel's own symbol table: the last that it holds */

void *image_at(u64 address, u64 len)
{
	u64 offset = address - KERNEL_BASE;

	if (offset > IMAGE_MAX || len > IMAGE_MAX - offset)
		errx(1, "%s is damaged: it has no %lu bytes at %016lx", image_path, len, address);
	return image + offset;
}

u64 image_word(u64 address)
{
	return *(const u64 *)image_at(address, sizeof(u64));
}

u64 image_symbol(const char *name)
{
	const char *found;
	GElf_Sym sym;
	int i;

	for (i = 0; gelf_getsym(symtab, i, &sym); i++) {
		found = elf_strptr(elf, strtab, sym.st_name);
		if (found && !strcmp(found, name))
			return sym.st_value;
	}
	errx(1, "%s is no image of this kernel: it has no symbol '%s'", image_path, name);
}

const char *image_object(u64 address)
{
	static char name[256];
	GElf_Sym sym;
	int i;

	/* A section's mark and the first object behind it may share an address, or be a few bytes
	 * apart. */
	for (i = 0; gelf_getsym(symtab, i, &sym); i++)
		if (sym.st_value == address && sym.st_shndx != SHN_UNDEF &&
		    GELF_ST_TYPE(sym.st_info) == STT_NOTYPE &&
		    GELF_ST_BIND(sym.st_info) == STB_GLOBAL)
			return NULL;
	for (i = 0; gelf_getsym(symtab, i, &sym); i++)
		if (sym.st_shndx != SHN_UNDEF && address - sym.st_value < sym.st_size) {
			snprintf(name, sizeof(name), "%s+0x%lx",
				 elf_strptr(elf, strtab, sym.st_name), address - sym.st_value);
			return name;
		}
	return NULL;
}

bool image_in_text(u64 address, u64 len)
{
	return address >= image_text && address < image_etext && len <= image_etext - address;
}

const char *image_function(u32 i, u64 *start, u64 *end)
{
	const struct symbol *s = &image_symbols->symbols[i], *next = s;

	while (++next < image_symbols->symbols + image_symbols->nr && next->offset == s->offset)
		;
	*start = image_text + s->offset;
	*end = next < image_symbols->symbols + image_symbols->nr ? image_text + next->offset
								 : image_etext;
	return image_at(names + s->name, 1);
}

const char *image_name(u64 address, bool with_offset)
{
	u32 i = image_in_text(address, 1) ? image_symbols->nr : 0;
	static char name[256];
	u64 start, end;

	snprintf(name, sizeof(name), "%016lx", address);
	while (i--) {
		const char *function = image_function(i, &start, &end);

		if (start > address)
			continue;
		snprintf(name, sizeof(name), with_offset && address > start ? "%s+0x%lx" : "%s",
			 function, address - start);
		break;
	}
	return name;
}

void image_load(const char *path)
{
	size_t size, i, nr = 0;
	Elf_Scn *scn = NULL;
	const char *file;
	GElf_Phdr ph;
	GElf_Shdr sh;
	u64 header;

	image_path = path;
	memset(image, 0, sizeof(image));
	symtab = NULL;
	elf_version(EV_CURRENT);
	elf = elf_begin(open(path, O_RDONLY), ELF_C_READ, NULL);
	file = elf ? elf_rawfile(elf, &size) : NULL;
	if (!file || elf_getphdrnum(elf, &nr))
		errx(1, "%s is no ELF file that can be read", path);
	for (i = 0; i < nr; i++) {
		if (!gelf_getphdr(elf, i, &ph) || ph.p_type != PT_LOAD)
			continue;
		if (ph.p_offset > size || ph.p_filesz > size - ph.p_offset)
			errx(1, "%s is truncated: segment %zu lies behind its end", path, i);
		memcpy(image_at(ph.p_vaddr, ph.p_filesz), file + ph.p_offset, ph.p_filesz);
	}
	while (!symtab && (scn = elf_nextscn(elf, scn)))
		if (gelf_getshdr(scn, &sh) && sh.sh_type == SHT_SYMTAB) {
			symtab = elf_getdata(scn, NULL);
			strtab = sh.sh_link;
		}
	image_text = image_symbol("_text");
	image_etext = image_symbol("_etext");
	image_at(image_text, image_etext - image_text);
	header = image_symbol("symbols_header");
	image_symbols = image_at(header, sizeof(*image_symbols));
	names = header + sizeof(*image_symbols) + (u64)image_symbols->nr * sizeof(struct symbol) +
		(u64)image_symbols->nr_static_calls * sizeof(*image_static_calls);
	image_at(header, names - header);
	image_static_calls = (const void *)&image_symbols->symbols[image_symbols->nr];
}
