/* SPDX-License-Identifier: MIT */
/*
 * A loader of ours, that leaves the CPU and its tables as odd as it is told to: lane `stub`, where
 * STUB holds its words and the image's follow behind "--" (tools/lanes/stub.sh). It takes memory
 * map and RSDP from QEMU's PVH start_info, loads the image at IMAGE_AT by its program headers, and
 * enters it. Numbers are hexadecimal, with 0x before them or not.
 *
 *   way=mb1|mb2|pvh   which header or note of the image counts; mb1
 *   entry=elf         enter at e_entry, in the segment that holds it
 *   file=WORD         the image's command line begins with it, as syslinux and iPXE have it
 *   loader=NAME       what the loader calls itself, "stub" else; nothing: no name
 *   eax=N             in place of the way's magic
 *   cr0=N cr4=N efer=N eflags=N    these bits are on beside what a loader must have set
 *   dr0=N dr7=N       a breakpoint, and what arms it
 *   ldt               LDTR holds a table with code and data of DPL 3
 *   msr=INDEX:VALUE   any other register, SYSENTER's for one; once for each
 *   map=START+SIZE:TYPE    another entry of the memory map, once for each
 *   pieces=N          N reserved pages, every second one from 32 MiB on, an entry each
 *   module=START+SIZE a module there, once for each;  modules=N  N of a page each from 30 MiB on
 *   rsdp=N cmdline=N  say that it lies there (cmdline: PVH)
 *   tag=TYPE:SIZE     way mb2: a tag of this size comes first;  mb1: the map's first entry has SIZE
 *
 * Where the structures of tests/boot/stub/odd.c lie at TABLES_AT, they are taken in place of all
 * but the CPU's state: each piece is copied to where it says, and its way in counts.
 *
 * Runs at 12 MiB, in memory that nothing reserves.
 */
#include "stub.h"
#include "odd_blob.h"
#include "elf64.h"

struct hvm_start_info {
	u32 magic, version, flags, nr_modules;
	u64 modlist, cmdline, rsdp, memmap;
	u32 memmap_entries, reserved;
};

extern u64 ldt_descriptor[];
void enter(const struct state *state) __attribute__((noreturn));
void stub_main(const struct hvm_start_info *info);

struct plan plan;
static struct state state = { .cr0 = 0x11, .eflags = 2 };
static u64 ldt[] = { 0x00affb000000ffff, 0x00cff3000000ffff };
static const u8 *const image = (const u8 *)IMAGE_AT;

static void out8(u16 port, u8 value)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

size_t length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

void *copy(void *to, const void *from, size_t n)
{
	void *at = to;

	asm volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(n) : : "memory");
	return to;
}

static void clear(void *at, size_t n)
{
	asm volatile("rep stosb" : "+D"(at), "+c"(n) : "a"(0) : "memory");
}

static void say(const char *s)
{
	for (; *s; s++)
		out8(0x3f8, *s);
}

void give_up(const char *why, const char *what)
{
	say("# stub: "), say(why), say(what), say("\n");
	for (;;)
		out8(0xf4, 0x13);
}

static bool begins(const char *word, const char *with)
{
	for (; *with && *word == *with; word++, with++)
		;
	return !*with;
}

/* Hexadecimal at *s, which moves behind it and the character `end` (0: the word ends). */
static u64 number(const char **s, char end, const char *word)
{
	const char *p = *s, *first;
	u64 value = 0;

	if (begins(p, "0x"))
		p += 2;
	for (first = p;; p++) {
		if (*p >= '0' && *p <= '9')
			value = value << 4 | (*p - '0');
		else if (*p >= 'a' && *p <= 'f')
			value = value << 4 | (*p - 'a' + 10);
		else
			break;
	}
	if (p == first || p > first + 16 || *p != end)
		give_up("not a number as tests/boot/stub/stub.c says it: ", word);
	*s = p + (end != 0);
	return value;
}

static void wrmsr(u32 index, u64 value)
{
	asm volatile("wrmsr" : : "c"(index), "a"((u32)value), "d"((u32)(value >> 32)));
}

static u64 rdmsr(u32 index)
{
	u32 low, high;

	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(index));
	return (u64)high << 32 | low;
}

static void add_region(u64 start, u64 size, u32 type)
{
	if (plan.nr_map == MAX_MAP)
		give_up("too many entries of the map", "");
	plan.map[plan.nr_map++] = (struct map_entry){ start, size, type, 0 };
}

static void add_module(u64 start, u64 size)
{
	if (plan.nr_modules == MAX_MODULES)
		give_up("too many modules", "");
	plan.modules[plan.nr_modules].start = start;
	plan.modules[plan.nr_modules++].size = size;
}

static void load_ldt(void)
{
	u32 base = (u32)ldt;

	ldt_descriptor[0] = 0x0000820000000000 | (u64)(base >> 24) << 56 |
			    (u64)(base & 0xffffff) << 16 | (sizeof(ldt) - 1);
	state.ldt = 1;
}

static void take_structures(const char *word, const char *p)
{
	u64 start, size;
	u32 n, i;

	if (begins(word, "map=")) {
		start = number(&p, '+', word);
		size = number(&p, ':', word);
		add_region(start, size, number(&p, 0, word));
	} else if (begins(word, "pieces=")) {
		for (n = number(&p, 0, word), i = 0; i < n; i++)
			add_region(0x2000000 + i * 0x2000, 0x1000, 2);
	} else if (begins(word, "module=")) {
		start = number(&p, '+', word);
		add_module(start, number(&p, 0, word));
	} else if (begins(word, "modules=")) {
		for (n = number(&p, 0, word), i = 0; i < n; i++)
			add_module(0x1e00000 + i * 0x1000, 0x1000);
	} else if (begins(word, "rsdp=")) {
		plan.rsdp = number(&p, 0, word);
	} else if (begins(word, "cmdline=")) {
		plan.cmdline_at = number(&p, 0, word);
	} else if (begins(word, "tag=")) {
		plan.odd = true;
		plan.odd_tag = number(&p, ':', word);
		plan.odd_size = number(&p, 0, word);
	} else {
		give_up("unknown word, see tests/boot/stub/stub.c: ", word);
	}
}

static void take_word(const char *word)
{
	const char *p = word;
	u32 index;

	while (*p && *p++ != '=')
		;
	if (begins(word, "way=mb1"))
		plan.way = WAY_MB1;
	else if (begins(word, "way=mb2"))
		plan.way = WAY_MB2;
	else if (begins(word, "way=pvh"))
		plan.way = WAY_PVH;
	else if (begins(word, "entry=elf"))
		plan.elf_entry = true;
	else if (begins(word, "file="))
		plan.file = p;
	else if (begins(word, "loader="))
		plan.loader = p;
	else if (begins(word, "eax="))
		state.eax = number(&p, 0, word);
	else if (begins(word, "cr0="))
		state.cr0 |= number(&p, 0, word);
	else if (begins(word, "cr4="))
		state.cr4 |= number(&p, 0, word);
	else if (begins(word, "eflags="))
		state.eflags |= number(&p, 0, word);
	else if (begins(word, "efer="))
		wrmsr(0xc0000080, rdmsr(0xc0000080) | number(&p, 0, word));
	else if (begins(word, "dr0="))
		asm volatile("movl %0, %%dr0" : : "r"((u32)number(&p, 0, word)));
	else if (begins(word, "dr7="))
		state.dr7 = number(&p, 0, word);
	else if (begins(word, "msr=")) {
		index = number(&p, ':', word);
		wrmsr(index, number(&p, 0, word));
	} else if (begins(word, "ldt") && !word[3])
		load_ldt();
	else
		take_structures(word, p);
}

/* Ours up to "--", in place; the rest is the image's. */
static void take_words(char *s)
{
	while (*s) {
		char *word = s;

		while (*s && *s != ' ')
			s++;
		if (*s)
			*s++ = 0;
		if (begins(word, "--") && !word[2]) {
			plan.words = s;
			return;
		}
		if (*word)
			take_word(word);
	}
}

static const Elf64_Phdr *program_headers(u32 *nr)
{
	const Elf64_Ehdr *ehdr = (const void *)image;

	if (!begins((const char *)image, ELFMAG) || ehdr->e_ident[EI_CLASS] != ELFCLASS64)
		give_up("no ELF64 file lies at 16 MiB", "");
	*nr = ehdr->e_phnum;
	return (const void *)(image + ehdr->e_phoff);
}

/* Copies the segments; gives where e_entry lies. */
static u32 load(void)
{
	u32 nr, i, entry = 0;
	const Elf64_Phdr *ph = program_headers(&nr);
	u64 e_entry = ((const Elf64_Ehdr *)image)->e_entry;

	for (i = 0; i < nr; i++, ph++) {
		if (ph->p_type != PT_LOAD)
			continue;
		copy((void *)(u32)ph->p_paddr, image + ph->p_offset, ph->p_filesz);
		clear((u8 *)(u32)ph->p_paddr + ph->p_filesz, ph->p_memsz - ph->p_filesz);
		if (e_entry - ph->p_vaddr < ph->p_memsz)
			entry = e_entry - ph->p_vaddr + ph->p_paddr;
	}
	return entry;
}

/* Multiboot Specification 0.6.96, 3.1: the header's last address field. */
static u32 mb1_entry(void)
{
	u32 at;

	for (at = 0; at < 8192; at += 4)
		if (*(const u32 *)(image + at) == 0x1badb002)
			return *(const u32 *)(image + at + 28);
	give_up("the image has no Multiboot 1 header", "");
}

/* Multiboot2 Specification 2.0, 3.1: the tag of type 3. */
static u32 mb2_entry(void)
{
	u32 at, tag;

	for (at = 0; at < 32768; at += 8) {
		if (*(const u32 *)(image + at) != 0xe85250d6)
			continue;
		for (tag = at + 16; *(const u16 *)(image + tag);
		     tag += (*(const u32 *)(image + tag + 4) + 7) & ~7U)
			if (*(const u16 *)(image + tag) == 3)
				return *(const u32 *)(image + tag + 8);
	}
	give_up("the image has no Multiboot 2 header with an entry tag", "");
}

static u32 pvh_entry(void)
{
	u32 nr, i, at;
	const Elf64_Phdr *ph = program_headers(&nr);

	for (i = 0; i < nr; i++, ph++)
		for (at = 0; ph->p_type == PT_NOTE && at < ph->p_filesz;) {
			const Elf64_Nhdr *note = (const void *)(image + ph->p_offset + at);

			at += sizeof(*note) + ((note->n_namesz + 3) & ~3U);
			if (note->n_type == 18)
				return *(const u32 *)(image + ph->p_offset + at);
			at += (note->n_descsz + 3) & ~3U;
		}
	give_up("the image has no note PHYS32_ENTRY", "");
}

/* Each piece to its place; gives the loader's structure. */
static u32 lay_out(const struct odd_blob *blob)
{
	const struct odd_piece *piece = (const void *)(blob + 1);
	const u8 *bytes = (const u8 *)(piece + blob->nr_pieces);
	u32 i;

	for (i = 0; i < blob->nr_pieces; bytes += piece[i++].size)
		copy((void *)piece[i].address, bytes, piece[i].size);
	plan.way = blob->way;
	return blob->structure;
}

void stub_main(const struct hvm_start_info *info)
{
	static const u32 magic[] = { 0x2badb002, 0x36d76289, 0x336ec578 };
	const struct odd_blob *blob = (const void *)TABLES_AT;
	const struct map_entry *map = (const void *)(u32)info->memmap;
	u32 i, elf;

	plan.loader = "stub";
	plan.words = "";
	plan.rsdp = info->rsdp;
	for (i = 0; i < info->memmap_entries; i++)
		add_region(map[i].start, map[i].size, map[i].type);
	take_words((char *)(u32)info->cmdline);
	elf = load();
	state.ebx = blob->magic == ODD_MAGIC ? lay_out(blob) : build();
	if (!state.eax)
		state.eax = magic[plan.way];
	state.entry = plan.elf_entry	    ? elf
		      : plan.way == WAY_MB1 ? mb1_entry()
		      : plan.way == WAY_MB2 ? mb2_entry()
					    : pvh_entry();
	enter(&state);
}
