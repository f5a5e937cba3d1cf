/* SPDX-License-Identifier: MIT */
/* Odd structures of Multiboot 1, Multiboot 2 and PVH: layouts as in arch/x86/boot. */
#include "odd.h"
#include <stdio.h>
#include <string.h>

#define MAX_MODULES 40

static struct odd_region modules[MAX_MODULES];
static uint32_t nr_modules;
static char words[2000];
static const char *loader;

static void make_modules(struct odd_set *set)
{
	uint32_t n = odd_one_in(set, 3) ? set->draw(MAX_MODULES) : 0;

	for (nr_modules = 0; nr_modules < n; nr_modules++) {
		struct odd_region *m = &modules[nr_modules];

		m->start = 0x2000000 + 0x10000 * set->draw(200) + set->draw(2);
		m->size = set->draw(0x8000);
		if (odd_one_in(set, 8))
			m->start = odd_number(set);
		if (odd_one_in(set, 8))
			m->size = set->lane ? set->draw(0x400000) : odd_number(set);
	}
}

static void make_words(struct odd_set *set)
{
	static const char *const blanks[] = { " ", "  ", "\t", "\n", " \r\n " };
	static const char *const loaders[] = { "GRUB 2.06",   "",
					       "stub",	      "ISOLINUX 6.04 20200816 ",
					       "iPXE 1.21.1", "\1\200\377",
					       "GRUB" };
	static const char *const tests[] = { "test=page_alloc/*", "test=none", "'test=boot/*'",
					     "\"test=acpi/\"*" };
	static const char *const more[] = {
		"",	  "seed=7", "rounds=3", "nopatch", "'a b'", "seed=99999999999999999999",
		"\"open", "\\\"",   "seed=",	"\200"
	};
	const char *blank = blanks[set->draw(5)];

	loader = loaders[set->draw(7)];
	snprintf(words, sizeof(words), "%s%s%s%s%s%s",
		 odd_one_in(set, 4) ? "tftp://10.0.2.2/anole.elf" : "", blank, tests[set->draw(4)],
		 blank, more[odd_one_in(set, 4) ? set->draw(10) : 0],
		 odd_one_in(set, 30) ? " too long:" : "");
	if (strstr(words, "too long:"))
		memset(words + strlen(words), 'x', sizeof(words) - strlen(words) - 1);
	words[sizeof(words) - 1] = 0;
}

/* The piece that was made last tells where memory is: lane boots keep it as it is. */
static void keep_map(struct odd_set *set)
{
	set->pieces[set->nr_pieces - 1].solid = set->lane;
}

static void make_mb1(struct odd_set *set)
{
	uint32_t i, at = 0, stride = odd_one_in(set, 6) ? 24 + set->draw(9) : 24, flags, address;
	uint32_t list = 0;
	uint8_t *info = odd_place(set, 116, &set->structure), *map, *mods;

	map = odd_place(set, set->nr_map * stride, &address);
	if (!info || !map)
		return;
	keep_map(set);
	for (i = 0; i < set->nr_map; i++, at += stride) {
		odd_put(map + at, stride - 4, 4);
		odd_put(map + at + 4, set->map[i].start, 8);
		odd_put(map + at + 12, set->map[i].size, 8);
		odd_put(map + at + 20, set->map[i].type, 4);
	}
	if (odd_one_in(set, 10)) {
		static const uint32_t sizes[] = { 0, 16, -4U, -24U, 19, 21, 0x10000 };

		odd_put(map + set->draw(set->nr_map) * stride, sizes[set->draw(7)], 4);
		set->exact = false;
	}
	mods = odd_place(set, nr_modules * 16 + 1, &list);
	if (!mods)
		return;
	for (i = 0; i < nr_modules; i++) {
		odd_put(mods + 16 * i, modules[i].start, 4);
		odd_put(mods + 16 * i + 4, modules[i].start + modules[i].size, 4);
	}
	flags = 1 << 2 | 1 << 3 | 1 << 6 | (*loader ? 1 << 9 : 0);
	if (odd_one_in(set, 12)) { /* the old form of a map, or none */
		flags ^= 1 << 6 | (set->draw(2) ? 1 : 0);
		set->exact = false;
		odd_put(info + 4, 639, 4);
		odd_put(info + 8, 0x3d00000 >> 10, 4);
	}
	odd_put(info, flags, 4);
	odd_put(info + 16, odd_string(set, words), 4);
	odd_put(info + 20, nr_modules, 4);
	odd_put(info + 24, list, 4);
	if (odd_one_in(set, 20))
		at = set->draw(at + 24), set->exact = false;
	odd_put(info + 44, at, 4);
	odd_put(info + 48, address, 4);
	odd_put(info + 64, odd_string(set, loader), 4);
}

static uint8_t tags[64 << 10];
static uint32_t tags_end;

/* A tag with n bytes behind its head; where these go. Now and then the next one is misplaced. */
static uint8_t *tag(struct odd_set *set, uint32_t type, uint32_t n)
{
	uint8_t *p = tags + tags_end;

	odd_put(p, type, 4);
	odd_put(p + 4, n + 8, 4);
	if (odd_one_in(set, 100)) {
		static const uint32_t sizes[] = { 0, 7, 8, 15, 0x7fffffff, -1U, -7U };

		odd_put(p + 4, sizes[set->draw(7)], 4);
		set->exact = false;
	}
	tags_end += (n + 15) & ~7U;
	return p + 8;
}

static void tag_map(struct odd_set *set)
{
	uint32_t stride = odd_one_in(set, 6) ? 24 + set->draw(3) * 8 : 24, i;
	uint8_t *p = tag(set, 6, 8 + set->nr_map * stride);

	odd_put(p, stride, 4);
	if (odd_one_in(set, 20)) {
		odd_put(p, odd_one_in(set, 2) ? set->draw(32) : odd_number(set), 4);
		set->exact = false;
	}
	for (i = 0; i < set->nr_map; i++) {
		odd_put(p + 8 + i * stride, set->map[i].start, 8);
		odd_put(p + 16 + i * stride, set->map[i].size, 8);
		odd_put(p + 24 + i * stride, set->map[i].type, 4);
	}
}

/* EFI's system table, of which only the way to the RSDP is made; the address. */
static uint32_t system_table(struct odd_set *set, bool is_64)
{
	static const uint8_t guids[2][16] = { { 0x71, 0xe8, 0x68, 0x88, 0xf1, 0xe4, 0xd3, 0x11,
						0xbc, 0x22, 0, 0x80, 0xc7, 0x3c, 0x88, 0x81 },
					      { 0x30, 0x2d, 0x9d, 0xeb, 0x88, 0x2d, 0xd3, 0x11,
						0x9a, 0x16, 0, 0x90, 0x27, 0x3f, 0xc1, 0x4d } };
	uint32_t address, list, word = is_64 ? 8 : 4, n = 1 + set->draw(3), i;
	uint8_t *table = odd_place(set, 120, &address), *p = odd_place(set, n * (16 + word), &list);

	if (!table || !p)
		return 0;
	memcpy(table, "IBI SYST", 8);
	odd_put(table + (is_64 ? 104 : 64), odd_one_in(set, 10) ? odd_number(set) : n, word);
	odd_put(table + (is_64 ? 112 : 68), odd_one_in(set, 10) ? odd_number(set) : list, word);
	for (i = 0; i < n; i++, p += 16 + word) {
		memcpy(p, guids[set->draw(2)], 16);
		odd_put(p + 16, odd_one_in(set, 8) ? odd_number(set) : set->rsdp, word);
	}
	return address;
}

static void tag_rsdp(struct odd_set *set)
{
	const uint8_t *rsdp = NULL;
	bool extended = set->draw(2);
	uint32_t i, n;

	for (i = 0; i < set->nr_pieces; i++)
		if (set->rsdp && set->pieces[i].address == set->rsdp)
			rsdp = set->pieces[i].bytes;
	if (!rsdp)
		return;
	n = odd_one_in(set, 6) ? set->draw(36) : extended ? 36 : 20;
	memcpy(tag(set, extended ? 15 : 14, n), rsdp, n);
	if (odd_one_in(set, 3))
		memcpy(tag(set, extended ? 14 : 15, 20), rsdp, 20);
}

static void make_mb2(struct odd_set *set)
{
	uint32_t order = set->draw(4), i;
	uint8_t *p;

	tags_end = 8;
	if (odd_one_in(set, 4))
		tag(set, 21, 4 + set->draw(40));
	if (order & 1)
		tag_map(set);
	memcpy(tag(set, 1, strlen(words) + 1), words, strlen(words) + 1);
	if (*loader)
		memcpy(tag(set, 2, strlen(loader) + 1), loader,
		       strlen(loader) + !odd_one_in(set, 4));
	for (i = 0; i < nr_modules; i++) {
		p = tag(set, 3, 9);
		odd_put(p, modules[i].start, 4);
		odd_put(p + 4, modules[i].start + modules[i].size, 4);
	}
	if (!(order & 1))
		tag_map(set);
	if (odd_one_in(set, 4)) {
		bool is_64 = set->draw(2);

		odd_put(tag(set, is_64 ? 12 : 11, is_64 ? 8 : 4), system_table(set, is_64),
			is_64 ? 8 : 4);
	}
	if (!odd_one_in(set, 4))
		tag_rsdp(set);
	if (!odd_one_in(set, 30))
		tag(set, 0, 0);
	odd_put(tags, odd_one_in(set, 30) ? set->draw(tags_end + 64) : tags_end, 4);
	odd_put(tags + 4, 0, 4);
	if (*(uint32_t *)tags != tags_end)
		set->exact = false;
	p = odd_place(set, tags_end, &set->structure);
	if (p)
		memcpy(p, tags, tags_end);
	keep_map(set);
}

static void make_pvh(struct odd_set *set)
{
	uint8_t *info = odd_place(set, 56, &set->structure), *map, *mods;
	uint32_t address, list = 0, i;

	map = odd_place(set, set->nr_map * 24, &address);
	if (!info || !map)
		return;
	keep_map(set);
	for (i = 0; i < set->nr_map; i++) {
		odd_put(map + 24 * i, set->map[i].start, 8);
		odd_put(map + 24 * i + 8, set->map[i].size, 8);
		odd_put(map + 24 * i + 16, set->map[i].type, 4);
	}
	mods = odd_place(set, nr_modules * 32 + 1, &list);
	if (!mods)
		return;
	for (i = 0; i < nr_modules; i++) {
		odd_put(mods + 32 * i, modules[i].start, 8);
		odd_put(mods + 32 * i + 8, modules[i].size, 8);
	}
	odd_put(info, 0x336ec578, 4);
	odd_put(info + 4, 1 + (odd_one_in(set, 20) ? set->draw(2) - 1 : 0), 4);
	odd_put(info + 12, nr_modules, 4);
	odd_put(info + 16, odd_one_in(set, 20) ? odd_number(set) : list, 8);
	odd_put(info + 24, odd_string(set, words), 8);
	odd_put(info + 32, odd_one_in(set, 10) ? odd_number(set) : set->rsdp, 8);
	odd_put(info + 40, address, 8);
	odd_put(info + 48, set->nr_map, 4);
	if (odd_one_in(set, 20)) {
		odd_put(info + 40, odd_number(set), 8);
		set->exact = false;
	}
}

void odd_structures(struct odd_set *set)
{
	make_modules(set);
	make_words(set);
	if (set->way == ODD_MB1)
		make_mb1(set);
	else if (set->way == ODD_MB2)
		make_mb2(set);
	else
		make_pvh(set);
}
