/* SPDX-License-Identifier: MIT */
/* A core of a Xen PV domain: xencore.h says what is in it. Nothing in it is relied on. */
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "elffile.h"
#include "xencore.h"
#include <asm/page.h>

/* xen/include/public/elfnote.h and xenctrl.h. */
#define NOTE_HEADER  0x2000001
#define NOTE_VERSION 0x2000002
#define CORE_MAGIC   0xf00febed
#define CORE_HVM     0xf00febee
#define MAX_VCPUS    8192
#define ENTRY_FRAME  PTE_PFN_MASK
#define NR_LEVELS    4

struct header_note {
	u64 magic, nr_vcpus, nr_pages, page_size;
};

struct p2m {
	u64 pfn, mfn;
};

struct section {
	const char *name;
	const u8 *at;
	u64 size;
};

static const u8 *raw;
static u64 raw_size;
static struct section note = { .name = ".note.Xen" }, prstatus = { .name = ".xen_prstatus" },
		      p2m = { .name = ".xen_p2m" }, pages = { .name = ".xen_pages" };
static struct place {
	u64 mfn, page; /* .xen_pages' page-th */
} * places;	       /* sorted by mfn */
static u64 nr_places;

/* A core is as large as its domain's memory: it is looked at where it is. */
static const char *map_file(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		if (fd >= 0)
			close(fd);
		return wrong("can't be read");
	}
	raw_size = st.st_size;
	raw = raw_size ? mmap(NULL, raw_size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
	close(fd);
	return raw == MAP_FAILED ? wrong("can't be read") : NULL;
}

static const char *find_sections(Elf *elf)
{
	struct section *const wanted[] = { &note, &prstatus, &p2m, &pages };
	Elf_Scn *scn = NULL;
	size_t names, i;
	GElf_Shdr sh;

	while ((scn = elf_nextscn(elf, scn)))
		if (gelf_getshdr(scn, &sh) &&
		    (sh.sh_offset > raw_size || sh.sh_size > raw_size - sh.sh_offset))
			return wrong(
				"is truncated: it has %lu bytes, and section %zu ends behind them",
				raw_size, elf_ndxscn(scn));
	if (elf_getshdrstrndx(elf, &names))
		return wrong("is damaged: its sections have no names");
	for (i = 0; i < ARRAY_SIZE(wanted); i++)
		wanted[i]->at = NULL;
	while ((scn = elf_nextscn(elf, scn))) {
		const char *name =
			gelf_getshdr(scn, &sh) ? elf_strptr(elf, names, sh.sh_name) : NULL;

		for (i = 0; name && i < ARRAY_SIZE(wanted); i++) {
			if (strcmp(name, wanted[i]->name) || wanted[i]->at)
				continue;
			wanted[i]->at = raw + sh.sh_offset;
			wanted[i]->size = sh.sh_size;
		}
	}
	for (i = 0; i < ARRAY_SIZE(wanted); i++)
		if (!wanted[i]->at)
			return wrong("is no core of a Xen PV domain: it has no section %s",
				     wanted[i]->name);
	return NULL;
}

/* Notes of the name "Xen" are { namesz 4, descsz, type, "Xen", desc }, padded to four bytes. */
static const char *read_notes(struct xencore *core)
{
	struct header_note header = { 0 };
	u32 head[4];
	u64 at = 0;

	*core = (struct xencore){ 0 };
	while (note.size - at >= sizeof(head)) {
		memcpy(head, note.at + at, sizeof(head));
		at += sizeof(head);
		if (head[0] != 4 || memcmp(&head[3], "Xen", 4) || head[1] > note.size - at)
			return wrong("is damaged: at %lu of its .note.Xen there is no note of "
				     "Xen's",
				     at - sizeof(head));
		if (head[2] == NOTE_HEADER && head[1] >= sizeof(header))
			memcpy(&header, note.at + at, sizeof(header));
		if (head[2] == NOTE_VERSION && head[1] >= 2 * sizeof(u64)) {
			memcpy(&core->major, note.at + at, sizeof(u64));
			memcpy(&core->minor, note.at + at + sizeof(u64), sizeof(u64));
		}
		at = min(at + ALIGN_UP((u64)head[1], 4), note.size);
	}
	if (header.magic == CORE_HVM)
		return wrong("is the core of a hardware domain; this reads PV domains'");
	if (header.magic != CORE_MAGIC)
		return wrong("is damaged: its magic number is %lx, not %x", header.magic,
			     CORE_MAGIC);
	if (header.page_size != PAGE_SIZE)
		return wrong("is damaged: it has pages of %lu bytes", header.page_size);
	if (!header.nr_vcpus || header.nr_vcpus > MAX_VCPUS ||
	    prstatus.size / sizeof(struct vcpu_guest_context) < header.nr_vcpus)
		return wrong("is damaged: it is of %lu virtual CPUs, with %lu bytes for them",
			     header.nr_vcpus, prstatus.size);
	if (pages.size / PAGE_SIZE < header.nr_pages ||
	    p2m.size / sizeof(struct p2m) < header.nr_pages)
		return wrong("is damaged: it is of %lu pages, and has %lu with numbers for %lu",
			     header.nr_pages, pages.size / PAGE_SIZE,
			     p2m.size / sizeof(struct p2m));
	core->nr_vcpus = header.nr_vcpus;
	core->nr_pages = header.nr_pages;
	return NULL;
}

static int by_mfn(const void *a, const void *b)
{
	u64 left = ((const struct place *)a)->mfn, right = ((const struct place *)b)->mfn;

	return left < right ? -1 : left > right;
}

static const char *sort_places(u64 nr)
{
	struct p2m entry;
	u64 i;

	free(places);
	places = calloc(nr + 1, sizeof(*places));
	if (!places)
		return wrong("is too large for this machine: it has %lu pages", nr);
	for (i = 0; i < nr; i++) {
		memcpy(&entry, p2m.at + i * sizeof(entry), sizeof(entry));
		places[i] = (struct place){ entry.mfn, i };
	}
	qsort(places, nr, sizeof(*places), by_mfn);
	nr_places = nr;
	return NULL;
}

const char *xencore_open(struct xencore *core, const char *path)
{
	const char *error = map_file(path);
	GElf_Ehdr eh;
	Elf *elf;

	if (error)
		return error;
	elf_version(EV_CURRENT);
	elf = raw ? elf_memory((char *)raw, raw_size) : NULL;
	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &eh) ||
	    eh.e_ident[EI_CLASS] != ELFCLASS64 || eh.e_ident[EI_DATA] != ELFDATA2LSB ||
	    eh.e_machine != EM_X86_64)
		return wrong("is no 64-bit ELF file for x86-64");
	error = find_sections(elf);
	elf_end(elf);
	if (!error)
		error = read_notes(core);
	return error ? error : sort_places(core->nr_pages);
}

void xencore_vcpu(unsigned int nr, struct vcpu_guest_context *ctxt)
{
	memcpy(ctxt, prstatus.at + nr * sizeof(*ctxt), sizeof(*ctxt));
}

static const u8 *page_of(u64 mfn)
{
	const struct place wanted = { .mfn = mfn }, *found;

	found = bsearch(&wanted, places, nr_places, sizeof(*places), by_mfn);
	return found ? pages.at + found->page * PAGE_SIZE : NULL;
}

/* The byte of the core that is mapped there; NULL. Xen gives a PV domain no large pages. */
static const u8 *look_up(u64 root, u64 va)
{
	const u8 *table = page_of(root);
	unsigned int level;
	u64 entry;

	for (level = NR_LEVELS; table && level; level--) {
		unsigned int index = va >> (PAGE_SHIFT + 9 * (level - 1)) & 511;

		memcpy(&entry, table + index * sizeof(entry), sizeof(entry));
		if (!(entry & _PAGE_PRESENT) || (level > 1 && entry & _PAGE_PSE))
			return NULL;
		table = page_of((entry & ENTRY_FRAME) >> PAGE_SHIFT);
	}
	return table ? table + (va & (PAGE_SIZE - 1)) : NULL;
}

bool xencore_read(unsigned int nr, u64 va, void *buf, u64 len)
{
	struct vcpu_guest_context ctxt;
	u8 *to = buf;

	xencore_vcpu(nr, &ctxt);
	while (len) {
		u64 n = min(len, PAGE_SIZE - (va & (PAGE_SIZE - 1)));
		const u8 *from = look_up(ctxt.ctrlreg[3] >> PAGE_SHIFT, va);

		if (!from)
			return false;
		memcpy(to, from, n);
		to += n;
		va += n;
		len -= n;
	}
	return true;
}
