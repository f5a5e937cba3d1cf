/* SPDX-License-Identifier: MIT */
/*
 * odd SEED FILE: odd boot structures by this seed, for the stub loader (odd_blob.h). Prints the way
 * in and how many pieces there are. Exits with 2 when it could not write.
 */
#include "odd.h"
#include "odd_blob.h"
#include <stdio.h>
#include <stdlib.h>

static uint64_t state;

/* splitmix64: Steele, Lea, Flood, 2014. */
static uint32_t draw(uint32_t n)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return n ? (z ^ z >> 31) % n : 0;
}

int main(int argc, char **argv)
{
	static const char *const ways[] = { "mb1", "mb2", "pvh" };
	static struct odd_set set = { .draw = draw, .lane = true };
	struct odd_blob blob = { .magic = ODD_MAGIC };
	uint32_t i;
	FILE *f;

	if (argc != 3 || !(f = fopen(argv[2], "w"))) {
		fprintf(stderr, "usage: odd SEED FILE\n");
		return 2;
	}
	state = strtoull(argv[1], NULL, 0);
	odd_make(&set);
	blob.way = set.way;
	blob.structure = set.structure;
	blob.nr_pieces = set.nr_pieces;
	fwrite(&blob, sizeof(blob), 1, f);
	for (i = 0; i < set.nr_pieces; i++) {
		struct odd_piece piece = { set.pieces[i].address, set.pieces[i].size };

		fwrite(&piece, sizeof(piece), 1, f);
	}
	for (i = 0; i < set.nr_pieces; i++)
		fwrite(set.pieces[i].bytes, set.pieces[i].size, 1, f);
	if (fclose(f)) {
		perror(argv[2]);
		return 2;
	}
	printf("%s, %u pieces, %u entries of the map\n", ways[set.way], set.nr_pieces, set.nr_map);
	return 0;
}
