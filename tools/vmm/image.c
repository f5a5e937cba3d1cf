/* SPDX-License-Identifier: MIT */
/*
 * The image under test: an ELF64 put where its program headers say, and its PVH entry.
 *
 * The entry is not e_entry (that is another way in) but Xen's note PHYS32_ENTRY. Every number in
 * the file is checked before it is used, and a refusal says what was found.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vmm.h"

#define XEN_ELFNOTE_PHYS32_ENTRY 18 /* Xen: public/elfnote.h */

struct image {
	const char *path;
	const uint8_t *bytes;
	uint64_t size;
	const Elf64_Phdr *headers;
	unsigned int count;
};

static bool inside(uint64_t offset, uint64_t size, uint64_t total)
{
	return offset <= total && size <= total - offset;
}

static void image_open(struct image *image, const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || fstat(fd, &status))
		die(EXIT_MISSING, "%s cannot be read: %s", path, strerror(errno));
	if (!S_ISREG(status.st_mode) || status.st_size < (off_t)sizeof(Elf64_Ehdr))
		die(EXIT_MISSING, "%s is no ELF64 image: not a file of at least %zu bytes", path,
		    sizeof(Elf64_Ehdr));
	image->path = path;
	image->size = status.st_size;
	image->bytes = mmap(NULL, image->size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (image->bytes == MAP_FAILED)
		die(EXIT_MISSING, "%s cannot be mapped: %s", path, strerror(errno));
	close(fd);
}

static void check_header(struct image *image)
{
	const Elf64_Ehdr *elf = (const void *)image->bytes;

	if (memcmp(elf->e_ident, ELFMAG, SELFMAG))
		die(EXIT_MISSING, "%s is no ELF file: it starts with %02x %02x %02x %02x",
		    image->path, elf->e_ident[0], elf->e_ident[1], elf->e_ident[2],
		    elf->e_ident[3]);
	if (elf->e_ident[EI_CLASS] != ELFCLASS64 || elf->e_machine != EM_X86_64)
		die(EXIT_MISSING, "%s has ELF class %u and machine %u, expected %u and %u",
		    image->path, elf->e_ident[EI_CLASS], elf->e_machine, ELFCLASS64, EM_X86_64);
	if (!elf->e_phnum || elf->e_phentsize != sizeof(Elf64_Phdr) || elf->e_phoff % 8)
		die(EXIT_MISSING,
		    "%s has %u program headers of %u bytes at %#lx, expected some of "
		    "%zu bytes",
		    image->path, elf->e_phnum, elf->e_phentsize, elf->e_phoff, sizeof(Elf64_Phdr));
	if (!inside(elf->e_phoff, elf->e_phnum * sizeof(Elf64_Phdr), image->size))
		die(EXIT_MISSING,
		    "%s is truncated: %u program headers at %#lx, file of %#lx "
		    "bytes",
		    image->path, elf->e_phnum, elf->e_phoff, image->size);
	image->headers = (const void *)(image->bytes + elf->e_phoff);
	image->count = elf->e_phnum;
}

/* Fresh guest memory reads as zero, so what a segment has beyond its file part is done. */
static void load_segment(struct vm *vm, const struct image *image, const Elf64_Phdr *header)
{
	uint64_t end = header->p_paddr + header->p_memsz;
	void *target = guest_ram(vm, header->p_paddr, header->p_memsz);

	if (header->p_filesz > header->p_memsz)
		die(EXIT_MISSING, "%s has a segment of %#lx bytes with %#lx in the file",
		    image->path, header->p_memsz, header->p_filesz);
	if (!target || (header->p_paddr < HIGH_RAM && end > LOW_RAM_END))
		die(EXIT_MISSING,
		    "%s wants %#lx..%#lx, which is not all RAM of a guest with "
		    "%llu MiB",
		    image->path, header->p_paddr, end, vm->ram_size / MIB);
	memcpy(target, image->bytes + header->p_offset, header->p_filesz);
}

/* A note is {name size, value size, type}, name, value, each padded to 4 bytes (or to 8). */
static bool find_entry(const struct image *image, const Elf64_Phdr *header, uint64_t *entry)
{
	uint64_t pad = header->p_align == 8 ? 7 : 3, at = 0, name, value;
	const uint8_t *notes = image->bytes + header->p_offset;
	Elf64_Nhdr note;

	while (inside(at, sizeof(note), header->p_filesz)) {
		memcpy(&note, notes + at, sizeof(note));
		name = at + sizeof(note);
		value = name + ((note.n_namesz + pad) & ~pad);
		if (!inside(value, note.n_descsz, header->p_filesz))
			return false;
		if (note.n_type == XEN_ELFNOTE_PHYS32_ENTRY && note.n_namesz == 4 &&
		    !memcmp(notes + name, "Xen", 4) && (note.n_descsz == 4 || note.n_descsz == 8)) {
			*entry = 0;
			memcpy(entry, notes + value, note.n_descsz);
			return true;
		}
		at = value + ((note.n_descsz + pad) & ~pad);
	}
	return false;
}

uint64_t image_load(struct vm *vm, const char *path)
{
	const Elf64_Phdr *header;
	bool have_entry = false;
	struct image image;
	uint64_t entry = 0;

	image_open(&image, path);
	check_header(&image);
	for (header = image.headers; header < image.headers + image.count; header++) {
		if (header->p_type != PT_LOAD && header->p_type != PT_NOTE)
			continue;
		if (!inside(header->p_offset, header->p_filesz, image.size))
			die(EXIT_MISSING,
			    "%s is truncated: %#lx bytes at %#lx wanted, file of "
			    "%#lx bytes",
			    path, header->p_filesz, header->p_offset, image.size);
		if (header->p_type == PT_LOAD)
			load_segment(vm, &image, header);
		else if (!have_entry)
			have_entry = find_entry(&image, header, &entry);
	}
	if (!have_entry)
		die(EXIT_MISSING, "%s has no PVH entry: no Xen note of type %u in a PT_NOTE", path,
		    XEN_ELFNOTE_PHYS32_ENTRY);
	if (entry > UINT32_MAX || !guest_ram(vm, entry, 1))
		die(EXIT_MISSING, "%s has its PVH entry at %#lx, which is not RAM", path, entry);
	munmap((void *)image.bytes, image.size);
	return entry;
}
