/* SPDX-License-Identifier: MIT */
/*
 * A small virtual machine monitor on /dev/kvm that boots one PVH image and ends with its verdict.
 *
 * This file reads the options and keeps the time; vmm.h tells what the other files do. All that
 * the VMM itself says goes to stderr and starts with '#', so that a TAP reader passes over it.
 */
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vmm.h"

#define GRACE_SECONDS 10

void say(const char *format, ...)
{
	char text[512];
	va_list args;

	console_flush(true);
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	dprintf(STDERR_FILENO, "# vmm: %s\n", text);
}

static unsigned long number(const char *text, unsigned long min, unsigned long max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || n < min || n > max)
		die(EXIT_USAGE, "'%s' is not a number from %lu to %lu", text, min, max);
	return n;
}

uint64_t microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ull + now.tv_nsec / 1000;
}

/* The second rope: the main thread itself may be stuck, for instance behind a full stdout. */
static void out_of_time(int signal)
{
	static const char text[] = "# vmm: out of time, and stuck\n";

	(void)signal, (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(EXIT_TIMEOUT);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = { { "off", 1, NULL, 'o' },
					       { "hint", 1, NULL, 'h' },
					       { "tsc-khz", 1, NULL, 'k' },
					       { "no-msr", 1, NULL, 'n' },
					       { 0 } };
	static struct vm vm;
	unsigned int mib = 64, cpus = 1, seconds = 60;
	const char *cmdline = "";
	uint64_t end;
	int option;

	if (getpid() == 1)
		return init_main();
	if (argc == 2 && !strcmp(argv[1], "--probe"))
		return probe_main();

	opterr = 0;
	while ((option = getopt_long(argc, argv, "m:c:t:a:", longs, NULL)) != -1 && option != '?') {
		if (option == 'm')
			mib = number(optarg, 2, 1 << 20);
		else if (option == 'c')
			cpus = number(optarg, 1, MAX_CPUS);
		else if (option == 't')
			seconds = number(optarg, 1, 86400);
		else if (option == 'o')
			cpuid_off(optarg);
		else if (option == 'h')
			cpuid_hint(optarg);
		else if (option == 'k')
			cpuid_tsc_khz(number(optarg, 1000, 4000000));
		else if (option == 'n')
			cpuid_no_msr(number(optarg, 1, -1U));
		else
			cmdline = optarg;
	}
	if (option == '?' || optind != argc - 1)
		die(EXIT_USAGE,
		    "usage: vmm [-m MiB] [-c cpus] [-t seconds] "
		    "[-a \"guest command line\"] [--off feature,...] "
		    "[--hint realtime] [--tsc-khz n] [--no-msr n] image.elf | vmm --probe");

	signal(SIGALRM, out_of_time);
	alarm(seconds + GRACE_SECONDS);
	end = microseconds() + seconds * 1000000ull;

	machine_create(&vm, mib * MIB, cpus);
	boot_load(&vm, argv[optind], cmdline);
	machine_start(&vm);

	/* From here a vCPU thread ends the process, or the time does. */
	while (microseconds() < end) {
		usleep(100000);
		console_flush(false); /* a prompt is a line without an end */
	}
	say("no verdict from the guest within %u seconds", seconds);
	machine_report(&vm);
	_exit(EXIT_TIMEOUT);
}
