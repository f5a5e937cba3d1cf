/* SPDX-License-Identifier: MIT */
/*
 * A small virtual machine monitor on /dev/kvm that boots one PVH image and ends with its verdict.
 *
 * This file reads the options and keeps the time; vmm.h tells what the other files do. All that
 * the VMM itself says goes to stderr and starts with '#', so that a TAP reader passes over it.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "vmm.h"

#define GRACE_SECONDS	   2
#define FLUSH_MICROSECONDS 100000

static void complain(const char *text)
{
	ssize_t written = write(STDERR_FILENO, text, strlen(text));

	(void)written; /* there is no other place to say it */
}

static void vsay(const char *format, va_list args)
{
	char text[512];
	int n;

	console_end_line();
	n = snprintf(text, sizeof(text), "# vmm: ");
	vsnprintf(text + n, sizeof(text) - n - 1, format, args);
	strcat(text, "\n");
	complain(text);
}

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsay(format, args);
	va_end(args);
}

/* _exit, because other vCPU threads may be in the middle of anything. */
void die(enum exit_code code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsay(format, args);
	va_end(args);
	_exit(code);
}

static void usage(void)
{
	die(EXIT_USAGE, "usage: vmm [-m MiB] [-c cpus] [-t seconds] [-a \"guest command line\"] "
			"image.elf | vmm --probe");
}

static unsigned long number(const char *text, unsigned long min, unsigned long max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || n < min || n > max)
		die(EXIT_USAGE, "'%s' is not a number from %lu to %lu", text, min, max);
	return n;
}

static uint64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}

/* The second rope: the main thread itself may be stuck, for instance behind a full stdout. */
static void out_of_time(int signal)
{
	(void)signal;
	complain("# vmm: out of time, and stuck\n");
	_exit(EXIT_TIMEOUT);
}

int main(int argc, char **argv)
{
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
	while ((option = getopt(argc, argv, "m:c:t:a:")) != -1) {
		switch (option) {
		case 'm':
			mib = number(optarg, 2, 1 << 20);
			break;
		case 'c':
			cpus = number(optarg, 1, MAX_CPUS);
			break;
		case 't':
			seconds = number(optarg, 1, 86400);
			break;
		case 'a':
			cmdline = optarg;
			break;
		default:
			usage();
		}
	}
	if (optind != argc - 1)
		usage();

	signal(SIGALRM, out_of_time);
	alarm(seconds + GRACE_SECONDS);
	end = milliseconds() + seconds * 1000ull;

	machine_create(&vm, mib * MIB, cpus);
	machine_set_entry(&vm, image_load(&vm, argv[optind]));
	pvh_build(&vm, cmdline);
	machine_start(&vm);

	/* From here a vCPU thread ends the process, or the time does. */
	while (milliseconds() < end) {
		usleep(FLUSH_MICROSECONDS);
		console_flush(); /* a prompt is a line without an end */
	}
	say("no verdict from the guest within %u seconds", seconds);
	machine_report(&vm);
	_exit(EXIT_TIMEOUT);
}
