/* SPDX-License-Identifier: MIT */
/* A linked image for host tools: image.h says what there is. */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include "elffile.h"
#include "image.h"

_Alignas(4096) u8 image[IMAGE_MAX + IMAGE_PAD];
const char *image_path;
u64 image_text, image_etext;
const struct symbols_header *image_symbols;
const struct static_call_site *image_static_calls;

static struct elf_file file;
static u64 names; /* of the kernel's own symbol table: the last that it holds */

void *image_at(u64 address, u64 len)
{
	u64 offset = address - KERNEL_BASE;

	if (offset > IMAGE_MAX || len > IMAGE_MAX - offset)
		errx(1, "%s is damaged: it has no %lu bytes at %016lx", image_path, len, address);
	return image + offset;
}

void *image_aligned(u64 address, u64 len, u64 align)
{
	if (address % align)
		errx(1, "%s is damaged: what lies at %016lx should lie at a multiple of %lu",
		     image_path, address, align);
	return image_at(address, len);
}

u64 image_word(u64 address)
{
	u64 word;

	memcpy(&word, image_at(address, sizeof(word)), sizeof(word));
	return word;
}

u64 image_symbol(const char *name)
{
	const struct elf_symbol *s;

	for (s = file.symbols; s < file.symbols + file.nr_symbols; s++)
		if (!strcmp(s->name, name))
			return s->at;
	errx(1, "%s is no image of this kernel: it has no symbol '%s'", image_path, name);
}

const char *image_object(u64 address)
{
	static char name[256];
	const struct elf_symbol *s;

	/* A section's mark and the first object behind it may share an address, or be a few bytes
	 * apart. */
	for (s = file.symbols; s < file.symbols + file.nr_symbols; s++)
		if (s->at == address && s->section != SHN_UNDEF && s->type == STT_NOTYPE &&
		    s->bind == STB_GLOBAL)
			return NULL;
	for (s = file.symbols; s < file.symbols + file.nr_symbols; s++)
		if (s->section != SHN_UNDEF && address - s->at < s->size) {
			snprintf(name, sizeof(name), "%s+0x%lx", s->name, address - s->at);
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

static const char *name_of(u64 address, bool with_offset, u64 more)
{
	u32 i = image_in_text(address, 1) ? image_symbols->nr : 0;
	static char name[256];
	u64 start, end;

	snprintf(name, sizeof(name), "%016lx", address + more);
	while (i--) {
		const char *function = image_function(i, &start, &end);

		if (start > address)
			continue;
		snprintf(name, sizeof(name),
			 with_offset && address + more > start ? "%s+0x%lx" : "%s", function,
			 address + more - start);
		break;
	}
	return name;
}

const char *image_name(u64 address, bool with_offset)
{
	return name_of(address, with_offset, 0);
}

const char *image_caller(u64 address)
{
	return name_of(address - 1, true, 1);
}

void image_load(const char *path)
{
	const char *error = elf_file_open(&file, path);
	const Elf64_Phdr *ph;
	u64 header;

	image_path = path;
	if (error)
		errx(1, "%s %s", path, error);
	memset(image, 0, sizeof(image));
	for (ph = file.phdrs; ph < file.phdrs + file.nr_phdrs; ph++)
		if (ph->p_type == PT_LOAD)
			memcpy(image_at(ph->p_vaddr, ph->p_filesz), file.raw + ph->p_offset,
			       ph->p_filesz);
	image_text = image_symbol("_text");
	image_etext = image_symbol("_etext");
	image_at(image_text, image_etext - image_text);
	header = image_symbol("symbols_header");
	image_symbols = image_struct(header, struct symbols_header);
	names = header + sizeof(*image_symbols) + (u64)image_symbols->nr * sizeof(struct symbol) +
		(u64)image_symbols->nr_static_calls * sizeof(*image_static_calls);
	image_at(header, names - header);
	image_static_calls = (const void *)&image_symbols->symbols[image_symbols->nr];
}

unsigned int image_each(const char *prefix, u64 size, void (*fn)(const char *name, u64 at))
{
	const struct elf_symbol *s;
	unsigned int nr = 0;

	for (s = file.symbols; s < file.symbols + file.nr_symbols; s++)
		if (s->type == STT_OBJECT && s->size == size &&
		    !strncmp(s->name, prefix, strlen(prefix))) {
			fn(s->name, s->at);
			nr++;
		}
	return nr;
}
