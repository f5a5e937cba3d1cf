/* SPDX-License-Identifier: MIT */
/* The kernel's command line, parsed once: what each word asked for. */
#ifndef CMDLINE_H
#define CMDLINE_H

#include <types.h>

struct boot_info;

struct cmdline {
	const char *test; /* test=GLOB: self-tests by group/name; "none" runs none */
	u64 seed, rounds; /* seed=N, rounds=N: of the tests that are random; rounds 0 = their own */
	bool patchlog;	  /* patchlog: a line for each patched site */
	bool nopatch;	  /* nopatch: leave every site as compiled, if it can be */
	bool nopvspin;	  /* nopvspin: the native queued lock, whatever the machine is */
	bool nohostpoll;  /* nohostpoll: whoever runs us shall not poll when a CPU halts */
	u32 consoles;	  /* console=NAME,...: those that shall speak; see console_bits() */
	bool textdump;	  /* textdump: print text after the boot patch, for tools/whatif's test */
};
extern struct cmdline cmdline;

/*
 * Before features are known; again does no harm. The first word may be one that nobody knows where
 * bi->names_file: syslinux, iPXE and kexec put the file there.
 */
void cmdline_parse(const struct boot_info *bi);
/* When there is a platform to end: a word it did not know is said, and the machine's end. */
void cmdline_check(void);

#endif
