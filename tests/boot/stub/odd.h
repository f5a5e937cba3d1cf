/* SPDX-License-Identifier: MIT */
/*
 * A generator of odd boot structures: what a loader and a firmware could leave in memory, right but
 * for a few things. It takes each decision from draw(); that is a seed's random numbers for the
 * lane (tests/boot/tables.t) and the input's bytes for the fuzzer (tests/host/fuzz_boot.c). A draw
 * of 0 is the ordinary thing, so an input that has come to its end means no harm.
 */
#ifndef ODD_H
#define ODD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum odd_way { ODD_MB1, ODD_MB2, ODD_PVH, ODD_WAYS };

#define ODD_PIECES  96
#define ODD_ENTRIES 1200
#define ODD_BYTES   (256 << 10)

struct odd_region {
	uint64_t start, size;
	uint32_t type;
};

struct odd_set {
	uint32_t (*draw)(uint32_t n); /* 0 ... n - 1 */
	bool lane; /* no memory is called usable that a machine of 64 MiB does not have */

	enum odd_way way;
	uint32_t structure; /* what ebx points at */
	bool exact;	    /* the way's own structures tell all of the map below, and no more */
	uint32_t nr_map;
	struct odd_region map[ODD_ENTRIES];
	uint64_t rsdp; /* where it lies; 0 = nowhere */

	uint32_t nr_pieces;
	struct {
		uint32_t address, size;
		bool solid; /* random bytes must not change it */
		uint8_t *bytes;
	} pieces[ODD_PIECES];
	uint32_t next[3]; /* addresses */
	uint32_t used;
	uint8_t bytes[ODD_BYTES];
};

/* draw and lane are set. */
void odd_make(struct odd_set *set);

/* Among its files. */
/* n zeroed bytes at an address of its choice, on 8; *address may be NULL. */
uint8_t *odd_place(struct odd_set *set, uint32_t n, uint32_t *address);
uint8_t *odd_place_at(struct odd_set *set, uint32_t n, uint32_t address);
bool odd_one_in(struct odd_set *set, uint32_t n);
uint64_t odd_number(struct odd_set *set);
void odd_put(uint8_t *at, uint64_t value, size_t bytes);
/* A zero-ended string somewhere; its address. */
uint32_t odd_string(struct odd_set *set, const char *s);
void odd_acpi(struct odd_set *set);
void odd_structures(struct odd_set *set);

#endif
