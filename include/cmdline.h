/* SPDX-License-Identifier: MIT */
/* The kernel's command line, parsed once: what each word asked for. */
#ifndef CMDLINE_H
#define CMDLINE_H

#include <types.h>

struct cmdline {
	const char *test; /* test=GLOB: self-tests by group/name; "none" runs none */
	u64 seed, rounds; /* seed=N, rounds=N: of the tests that are random; rounds 0 = their own */
	bool patchlog;	  /* patchlog: a line for each patched site */
	bool nopatch;	  /* nopatch: leave every site as compiled, if it can be */
	bool bench;	  /* bench: count what ops and patching cost, after the tests */
	bool textdump;	  /* textdump: print text after the boot patch, for tools/whatif's test */
};
extern struct cmdline cmdline;

/* Parse; on a word it does not know, says so and ends the machine with EXIT_USAGE. */
void cmdline_parse(const char *s, bool cut);

#endif
