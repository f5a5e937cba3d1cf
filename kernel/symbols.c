/* SPDX-License-Identifier: MIT */
/* Address to name, for backtraces and the patch report. Any time, any state. */
#include <symbols.h>
#include <asm/page.h>

const char *symbol_name(u64 address, u64 *offset)
{
	const struct symbols_header *h = &symbols_header;
	const char *strings = (const char *)(symbols_static_calls() + h->nr_static_calls);
	u32 low = 0, high = h->nr, where = address - (u64)_text;

	if (address < (u64)_text || address >= (u64)_etext)
		return NULL;
	while (low < high) {
		u32 mid = (low + high) / 2;

		if (h->symbols[mid].offset <= where)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low)
		return NULL;
	*offset = where - h->symbols[low - 1].offset;
	return strings + h->symbols[low - 1].name;
}
