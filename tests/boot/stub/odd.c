/* SPDX-License-Identifier: MIT */
/* Odd boot structures: where they lie, the memory map, and the order of all. */
#include "odd.h"
#include <string.h>

/* Of a machine of 64 MiB; the image is at 1 MiB, the stub loader and its files from 12 to 24. */
#define RAM_END 0x3e00000
static const struct odd_region truth[] = {
	{ 0, 0x9fc00, 1 },	    { 0x9fc00, 0x400, 2 },	    { 0xf0000, 0x10000, 2 },
	{ 0x100000, 0x3d00000, 1 }, { RAM_END, 0x200000, 3 },	    { 0xfec00000, 0x1000, 2 },
	{ 0xfffc0000, 0x40000, 2 }, { 0xfd00000000, 3UL << 32, 2 },
};
static const struct {
	uint32_t start, end;
} areas[3] = { { 0x2000, 0x80000 }, { 0x400000, 0xb00000 }, { 0x2000000, 0x3000000 } };

bool odd_one_in(struct odd_set *set, uint32_t n)
{
	return set->draw(n) == n - 1;
}

void odd_put(uint8_t *at, uint64_t value, size_t bytes)
{
	memcpy(at, &value, bytes);
}

uint8_t *odd_place_at(struct odd_set *set, uint32_t n, uint32_t address)
{
	uint8_t *bytes = set->bytes + set->used;

	if (set->nr_pieces == ODD_PIECES || n > ODD_BYTES - set->used)
		return NULL;
	memset(bytes, 0, n);
	set->used += n;
	set->pieces[set->nr_pieces].address = address;
	set->pieces[set->nr_pieces].size = n;
	set->pieces[set->nr_pieces].solid = false;
	set->pieces[set->nr_pieces++].bytes = bytes;
	return bytes;
}

uint8_t *odd_place(struct odd_set *set, uint32_t n, uint32_t *address)
{
	uint32_t area = (set->draw(3) + 1) % 3, at;

	if (areas[area].end - set->next[area] < n + 16)
		area = 2;
	at = set->next[area] + (odd_one_in(set, 8) ? set->draw(8) : 0);
	set->next[area] = ((at + n + 7) & ~7U) + (odd_one_in(set, 4) ? 0x1000 : 0);
	if (address)
		*address = at;
	return odd_place_at(set, n, at);
}

uint32_t odd_string(struct odd_set *set, const char *s)
{
	uint32_t address, n = strlen(s) + 1;
	uint8_t *p = odd_place(set, n, &address);

	if (p)
		memcpy(p, s, n);
	return address;
}

/* Any, and rather those at which sums and limits turn. */
uint64_t odd_number(struct odd_set *set)
{
	static const uint64_t edges[] = { 0,	     0x1000,	0x9f000,   0xa0000,    0x100000,
					  0x150000,  0x1000000, RAM_END,   0xffffffff, 1UL << 32,
					  1UL << 40, 1UL << 52, 1UL << 63, -0x1000UL,  -1UL };
	uint64_t number = edges[set->draw(sizeof(edges) / sizeof(*edges))];

	switch (set->draw(4)) {
	case 0:
		return number;
	case 1:
		return number + (set->draw(64) << 12);
	case 2:
		return number + set->draw(0x2000) - 0x1000;
	default:
		return (uint64_t)set->draw(0xffff) << set->draw(48);
	}
}

static void add(struct odd_set *set, uint64_t start, uint64_t size, uint32_t type)
{
	if (set->nr_map < ODD_ENTRIES)
		set->map[set->nr_map++] = (struct odd_region){ start, size, type };
}

static void add_odd(struct odd_set *set)
{
	static const uint32_t types[] = { 2, 1, 3, 4, 5, 0, 7, 12, 0xffffffff };
	uint32_t type = types[set->draw(sizeof(types) / sizeof(*types))];
	uint64_t start = odd_number(set), size = odd_number(set);

	switch (set->draw(3)) {
	case 0: /* a few pages of what is there */
		start = (uint64_t)set->draw(RAM_END >> 12) << 12;
		size = (uint64_t)set->draw(64) << 12;
		break;
	case 1: /* to the byte */
		start = (uint64_t)set->draw(0xffff) * set->draw(1000);
		size = set->draw(0xffff);
		break;
	}
	/* What wraps, begins at 2^52 or is everything is no memory, whatever its type. */
	if (set->lane && type == 1 && !(start + size < start) && start < 1UL << 52 &&
	    !(!start && size >= 1UL << 52)) {
		start %= RAM_END;
		size %= RAM_END - start;
	}
	if (set->lane && type != 1 && size > 0x800000 && start < RAM_END)
		size &= 0x7fffff;
	add(set, start, size, type);
}

static void make_map(struct odd_set *set)
{
	uint32_t i, n;

	for (i = 0; i < sizeof(truth) / sizeof(*truth); i++)
		if (!odd_one_in(set, 20))
			add(set, truth[i].start, truth[i].size, truth[i].type);
	for (n = odd_one_in(set, 2) ? set->draw(8) : 0; n; n--)
		add_odd(set);
	if (odd_one_in(set, 80)) /* pieces, more than there is room for perhaps */
		for (n = set->draw(1100); n; n--)
			add(set, 0x1000000 + n * 0x3000, 0x1000, 2 + n % 3);
	if (odd_one_in(set, 3)) /* in any order */
		for (i = 1; i < set->nr_map; i++) {
			struct odd_region one = set->map[i];

			n = set->draw(i + 1);
			set->map[i] = set->map[n];
			set->map[n] = one;
		}
}

/* A few random bytes, anywhere. */
static void damage(struct odd_set *set)
{
	uint32_t n, i;

	for (n = set->draw(5); n; n--) {
		i = set->draw(set->nr_pieces);
		if (set->pieces[i].solid || !set->pieces[i].size)
			continue;
		set->pieces[i].bytes[set->draw(set->pieces[i].size)] ^= 1 + set->draw(255);
		set->exact = false;
	}
}

void odd_make(struct odd_set *set)
{
	uint32_t i;

	set->nr_map = set->nr_pieces = set->used = 0;
	set->structure = set->rsdp = 0;
	set->exact = true;
	for (i = 0; i < 3; i++)
		set->next[i] = areas[i].start;
	set->way = set->draw(ODD_WAYS);
	make_map(set);
	odd_acpi(set);
	odd_structures(set);
	if (odd_one_in(set, 3))
		damage(set);
}
