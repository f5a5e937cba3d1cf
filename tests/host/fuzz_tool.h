/* SPDX-License-Identifier: MIT */
/* Before everything else in a host tool that tests/host/fuzz_image.c runs: its ends are the
 * fuzzer's. */
#ifndef FUZZ_TOOL_H
#define FUZZ_TOOL_H

#define _GNU_SOURCE
#include <err.h>
#include <stdlib.h>

_Noreturn void tool_exit(int status);
_Noreturn void tool_errx(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
int tool_main(int argc, char **argv);

#define exit tool_exit
#define errx tool_errx
#define err  tool_errx
#define main tool_main

#endif
