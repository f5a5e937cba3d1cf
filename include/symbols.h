/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own symbol table, linked behind everything else by a second link (tools/mksymbols
 * makes it from the first), and with it the static calls' sites and the checksum of the
 * patch table.
 */
#ifndef SYMBOLS_H
#define SYMBOLS_H

#include <static_call_types.h>
#include <types.h>

struct symbol {
	u32 offset; /* of the function, from _text */
	u32 name;   /* of its name, from the strings */
};

struct symbols_header {
	u32 nr;
	u32 nr_static_calls;
	u64 alt_sum; /* of .altinstructions and .altinstr_replacement */
	struct symbol symbols[];
	/* behind the last symbol: struct static_call_site[nr_static_calls], then the strings */
};
extern const struct symbols_header symbols_header;

static inline const struct static_call_site *symbols_static_calls(void)
{
	return (const void *)&symbols_header.symbols[symbols_header.nr];
}

/* The function that holds an address, and how far in; NULL outside text or without a table. */
const char *symbol_name(u64 address, u64 *offset);

#endif
