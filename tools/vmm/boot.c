/* SPDX-License-Identifier: MIT */
/*
 * What the guest starts with: the image, and the start_info that a PVH guest finds through ebx.
 *
 * The image is an ELF64 put where its program headers say. The entry is not e_entry (that is
 * another way in) but Xen's note PHYS32_ENTRY. Every number in the file is checked before it is
 * used, and a refusal says what was found.
 *
 * Layout: Xen's public/arch-x86/hvm/start_info.h, version 1; memory types as in E820.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "vmm.h"

#define PHYS32_ENTRY 18 /* Xen: public/elfnote.h */

enum { MEMMAP_RAM = 1, MEMMAP_RESERVED = 2 };

struct start_info {
	uint32_t magic, version, flags, nr_modules;
	uint64_t modules, cmdline, rsdp, memmap;
	uint32_t memmap_entries, reserved;
};

struct memmap_entry {
	uint64_t address, size;
	uint32_t type, reserved;
};

_Static_assert(sizeof(struct start_info) == 56 && sizeof(struct memmap_entry) == 24, "version 1");

/* The one image. */
static const char *path;
static const uint8_t *bytes;
static uint64_t file_size;

#define refuse(format, ...) die(EXIT_MISSING, "%s " format, path, __VA_ARGS__)

static bool inside(uint64_t offset, uint64_t size, uint64_t total)
{
	return offset <= total && size <= total - offset;
}

static const Elf64_Ehdr *open_image(void)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const Elf64_Ehdr *elf;
	struct stat status;

	if (fd < 0 || fstat(fd, &status))
		refuse("cannot be read: %s", strerror(errno));
	file_size = status.st_size;
	if (!S_ISREG(status.st_mode) || file_size < sizeof(*elf))
		refuse("is no ELF64 image: not a file of at least %zu bytes", sizeof(*elf));
	bytes = mmap(NULL, file_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		refuse("cannot be mapped: %s", strerror(errno));
	close(fd);
	elf = (const void *)bytes;
	if (memcmp(bytes, ELFMAG, SELFMAG))
		refuse("is no ELF file: it starts with %02x %02x %02x %02x", bytes[0], bytes[1],
		       bytes[2], bytes[3]);
	if (bytes[EI_CLASS] != ELFCLASS64 || elf->e_machine != EM_X86_64)
		refuse("has ELF class %u and machine %u, expected %u and %u", bytes[EI_CLASS],
		       elf->e_machine, ELFCLASS64, EM_X86_64);
	if (!elf->e_phnum || elf->e_phentsize != sizeof(Elf64_Phdr) || elf->e_phoff % 8)
		refuse("has %u program headers of %u bytes at %#lx, expected some of %zu bytes",
		       elf->e_phnum, elf->e_phentsize, elf->e_phoff, sizeof(Elf64_Phdr));
	if (!inside(elf->e_phoff, elf->e_phnum * sizeof(Elf64_Phdr), file_size))
		refuse("is truncated: %u program headers at %#lx, file of %#lx bytes", elf->e_phnum,
		       elf->e_phoff, file_size);
	return elf;
}

/* Fresh guest memory reads as zero, so what a segment has beyond its file part is done. */
static void load_segment(struct vm *vm, const Elf64_Phdr *header)
{
	uint64_t end = header->p_paddr + header->p_memsz;
	void *target = guest_ram(vm, header->p_paddr, header->p_memsz);

	if (header->p_filesz > header->p_memsz)
		refuse("has a segment of %#lx bytes with %#lx in the file", header->p_memsz,
		       header->p_filesz);
	if (!target || (header->p_paddr < HIGH_RAM && end > LOW_RAM_END))
		refuse("wants %#lx..%#lx, which is not all RAM of a guest with %llu MiB",
		       header->p_paddr, end, vm->ram_size / MIB);
	memcpy(target, bytes + header->p_offset, header->p_filesz);
}

/* A note is {name size, value size, type}, name, value, each padded to 4 bytes (or to 8). */
static bool find_entry(const Elf64_Phdr *header, uint64_t *entry)
{
	uint64_t pad = header->p_align == 8 ? 7 : 3, at = 0, name, value;
	const uint8_t *notes = bytes + header->p_offset;
	Elf64_Nhdr note;

	while (inside(at, sizeof(note), header->p_filesz)) {
		memcpy(&note, notes + at, sizeof(note));
		name = at + sizeof(note);
		value = name + ((note.n_namesz + pad) & ~pad);
		if (!inside(value, note.n_descsz, header->p_filesz))
			return false;
		if (note.n_type == PHYS32_ENTRY && note.n_namesz == 4 &&
		    !memcmp(notes + name, "Xen", 4) && (note.n_descsz == 4 || note.n_descsz == 8)) {
			memcpy(entry, notes + value, note.n_descsz);
			return true;
		}
		at = value + ((note.n_descsz + pad) & ~pad);
	}
	return false;
}

static uint64_t load_image(struct vm *vm)
{
	const Elf64_Ehdr *elf = open_image();
	const Elf64_Phdr *header = (const void *)(bytes + elf->e_phoff), *end;
	bool have_entry = false;
	uint64_t entry = 0;

	for (end = header + elf->e_phnum; header < end; header++) {
		if (header->p_type != PT_LOAD && header->p_type != PT_NOTE)
			continue;
		if (!inside(header->p_offset, header->p_filesz, file_size))
			refuse("is truncated: %#lx bytes at %#lx wanted, file of %#lx bytes",
			       header->p_filesz, header->p_offset, file_size);
		if (header->p_type == PT_LOAD)
			load_segment(vm, header);
		else if (!have_entry)
			have_entry = find_entry(header, &entry);
	}
	if (!have_entry)
		refuse("has no PVH entry: no Xen note of type %u in a PT_NOTE", PHYS32_ENTRY);
	if (entry > UINT32_MAX || !guest_ram(vm, entry, 1))
		refuse("has its PVH entry at %#lx, which is not RAM", entry);
	return entry;
}

void boot_load(struct vm *vm, const char *image, const char *cmdline)
{
	struct memmap_entry memmap[] = {
		{ 0, LOW_RAM_END, MEMMAP_RAM, 0 },
		{ LOW_RAM_END, HIGH_RAM - LOW_RAM_END, MEMMAP_RESERVED, 0 },
		{ HIGH_RAM, vm->low_size - HIGH_RAM, MEMMAP_RAM, 0 },
		{ 4 * GIB, vm->ram_size - vm->low_size, MEMMAP_RAM, 0 },
	};
	struct start_info info = { 0x336ec578, 1, .cmdline = CMDLINE, .memmap = MEMMAP };

	path = image;
	machine_set_entry(vm, load_image(vm));
	if (strlen(cmdline) >= CMDLINE_MAX)
		die(EXIT_USAGE, "the guest's command line has %zu bytes, the limit is %d",
		    strlen(cmdline), CMDLINE_MAX - 1);
	info.rsdp = acpi_build(vm);
	info.memmap_entries = vm->ram_size > vm->low_size ? 4 : 3;
	memcpy(vm->ram + START_INFO, &info, sizeof(info));
	memcpy(vm->ram + MEMMAP, memmap, sizeof(memmap));
	memcpy(vm->ram + CMDLINE, cmdline, strlen(cmdline) + 1);
}
