/* SPDX-License-Identifier: MIT */
/*
 * imgcheck ALLOWLIST anole.elf: does the linked image keep what the kernel promises?
 *
 *   layout.c   laid out as memory, the ways in where loaders look, no segment W and X
 *   text.c     what is privileged, or can tell at what level it runs, stands only in native ops, in
 *              replacements and where the allow list says; .smp_locks names LOCK prefixes, the
 *              static calls' table calls and jumps
 *   table.c    alt_plan() takes every record, and replacements leave the stack as it was
 *   allow.c    the allow list holds no more than is needed
 *
 * A sentence for each finding. Exits with 0 for none, 1 for some, 2 when it could not look.
 */
#include "imgcheck.h"

int main(int argc, char **argv)
{
	if (argc != 3)
		die("usage: imgcheck ALLOWLIST anole.elf");
	open_image(argv[2]);
	open_disassembler();
	read_allowlist(argv[1]);

	check_layout();
	check_text();
	check_table();
	check_allowances();
	if (!findings)
		printf("%s: nothing found\n", image);
	return findings != 0;
}
