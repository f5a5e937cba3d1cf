/* SPDX-License-Identifier: MIT */
/*
 * A set of boot structures as a file, from tests/boot/stub/odd.c to the stub loader: the header,
 * nr_pieces of struct odd_piece, then the pieces' bytes, one behind another.
 */
#ifndef ODD_BLOB_H
#define ODD_BLOB_H

#include <stdint.h>

#define ODD_MAGIC 0x2164646f /* "odd!" */

struct odd_blob {
	uint32_t magic, way; /* enum way: 0 Multiboot 1, 1 Multiboot 2, 2 PVH */
	uint32_t structure;  /* what ebx points at */
	uint32_t nr_pieces;
};

struct odd_piece {
	uint32_t address, size;
};

#endif
