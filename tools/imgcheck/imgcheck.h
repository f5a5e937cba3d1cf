/* SPDX-License-Identifier: MIT */
/*
 * What the parts of imgcheck share. Data runs one way: file.c reads the image, insn.c tells what an
 * instruction is, allow.c what may stand where; layout.c, text.c and table.c check; main.c has the
 * order. What can't be looked at ends the tool with a sentence and status 2.
 */
#ifndef TOOLS_IMGCHECK_H
#define TOOLS_IMGCHECK_H

#include <capstone/capstone.h>
#include <stdio.h>
#include <stdlib.h>
#include <types.h>
#include "../elffile.h"

#define finding(...) (findings++, printf("%s: ", image), printf(__VA_ARGS__), puts(""))
#define die(...)     (finding(__VA_ARGS__), exit(2))
#define value(name)  (named(name)->at)

struct symbol {
	u64 at, size;
	const char *name;
};

/* Instructions still to be decoded, and the address of the first. */
struct code {
	const u8 *p;
	size_t left;
	u64 at;
};

/* file.c */
extern const char *image; /* its path */
extern unsigned int findings;
extern struct elf_file file;
void open_image(const char *path);
const struct symbol *named(const char *name);
/* The last that begins at or before the address: there always is one. */
const struct symbol *symbol_of(u64 at);
/* Where the symbol behind it begins, or `end` when that comes first. */
u64 next_symbol(const struct symbol *s, u64 end);
bool within(u64 at, const char *start, const char *end);
/* Address and symbol+offset. Good until the next call. */
const char *where(u64 at);
const u8 *bytes_at(u64 at, u64 len);
u64 number_at(u64 at, unsigned int len); /* wherever it lies */

/* insn.c */
extern csh cs;
extern cs_insn *insn; /* what was decoded last */
void open_disassembler(void);
/* Decodes one instruction; false at the end and at what is none. */
bool step(struct code *c);
/* The word of one that is privileged, or can tell at what level it runs; NULL for the others. */
const char *privilege(void);
/* Is that the last one's word? */
bool privilege_is(const char *word);
bool is_privilege(const char *word); /* of any instruction */

/* allow.c */
void read_allowlist(const char *path);
bool is_allowed(u64 at, const char *what);
void check_allowances(void);

/* layout.c */
void check_layout(void);

/* text.c */
void check_text(void);
bool begins_insn(u64 at);

/* table.c */
void check_table(void);

#endif
