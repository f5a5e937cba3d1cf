/* SPDX-License-Identifier: MIT */
/* The stub loader, among its files. 32-bit code, flat, without paging. */
#ifndef STUB_H
#define STUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define IMAGE_AT  0x1000000 /* tools/lanes/stub.sh puts the image there, */
#define TABLES_AT 0x1400000 /* and tests/boot/tables.t what tests/boot/stub/odd makes there */

enum way { WAY_MB1, WAY_MB2, WAY_PVH };

/* What the image finds in the CPU. The layout is known to entry.S. */
struct state {
	u32 eax, ebx, entry;
	u32 cr0, cr4, eflags;
	u32 ldt; /* not 0: LDTR holds a table of two descriptors of DPL 3 */
	u32 dr7;
};
_Static_assert(offsetof(struct state, dr7) == 28, "entry.S");

struct map_entry {
	u64 start, size;
	u32 type, unused;
};
_Static_assert(sizeof(struct map_entry) == 24, "hvm_memmap_table_entry");

#define MAX_MAP	    4096
#define MAX_MODULES 64

/* What the words ask for, on top of what the machine is. */
struct plan {
	enum way way;
	bool elf_entry;
	const char *file, *loader, *words; /* of the image's command line */
	u32 nr_map, nr_modules;
	struct map_entry map[MAX_MAP];
	struct {
		u64 start, size;
	} modules[MAX_MODULES];
	u64 rsdp, cmdline_at; /* cmdline_at: PVH, in place of where it is */
	u32 odd_tag,
		odd_size; /* a Multiboot 2 tag to begin with, or the size of a map's first entry */
	bool odd;
};
extern struct plan plan;

/* Begins "# stub: ", ends the machine with the status of a wrong command line. */
void give_up(const char *why, const char *what) __attribute__((noreturn));
/* The loader's structure for the plan's way, in our own memory; its address. */
u32 build(void);

size_t length(const char *s);
void *copy(void *to, const void *from, size_t n);

#endif
