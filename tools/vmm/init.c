/* SPDX-License-Identifier: MIT */
/*
 * Pid 1 of the Linux that runs inside QEMU, for hosts whose own /dev/kvm is missing or not whole.
 *
 * It loads KVM, runs this same program once for each line of /jobs, and ends QEMU through its
 * isa-debug-exit, which carries the verdict out. A line of /jobs is vmm's options and the image,
 * as words; after a tab the rest of the line is the guest's command line. The guest's console is
 * this Linux's serial console, unaltered; a line from here starts with "# inner Linux: ".
 *
 * What goes out: a guest's odd code by its own value, so that QEMU ends with that very code, and
 * an even one (those of vmm.h) as EVEN_CODE plus it: tools/kvm-in-tcg takes that back. A guest
 * should therefore keep its own values below EVEN_CODE.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "vmm.h"

#define EVEN_CODE    0x60 /* fits 2, 4, 6 and 8; the time limit goes out as 0x7c */
#define EVEN_TIMEOUT 0x7c
#define MAX_JOBS     256
#define MAX_WORDS    32

#define speak(...) (printf("# inner Linux: " __VA_ARGS__), fflush(stdout))

static void leave(int code) __attribute__((noreturn));

static void leave(int code)
{
	unsigned char value = code >> 1;

	if (code == EXIT_TIMEOUT)
		value = EVEN_TIMEOUT;
	else if (code % 2 == 0)
		value = EVEN_CODE + code;
	fflush(stdout);
	tcdrain(STDOUT_FILENO);
	if (!ioperm(DEBUG_EXIT_PORT, DEBUG_EXIT_SIZE, 1))
		outb(value, DEBUG_EXIT_PORT);
	/* Not inside QEMU, or without the device: pid 1 must not return. */
	speak("QEMU's debug exit is missing, nothing ends this machine\n");
	for (;;)
		pause();
}

static void need(int failed, const char *what)
{
	if (!failed)
		return;
	speak("%s failed: %s\n", what, strerror(errno));
	leave(EXIT_INNER);
}

/* Raw, or the tty would make CR LF of the guest's LF. */
static void open_console(void)
{
	struct termios tty;
	int fd = open("/dev/ttyS0", O_RDWR | O_NOCTTY);

	need(fd < 0, "open /dev/ttyS0");
	need(tcgetattr(fd, &tty), "tcgetattr /dev/ttyS0");
	cfmakeraw(&tty);
	cfsetspeed(&tty, B115200);
	need(tcsetattr(fd, TCSANOW, &tty), "tcsetattr /dev/ttyS0");
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

static void mount_all(void)
{
	static const struct {
		const char *type, *where;
	} mounts[] = {
		{ "devtmpfs", "/dev" },
		{ "proc", "/proc" },
		{ "sysfs", "/sys" },
		{ "debugfs", "/sys/kernel/debug" },
	};
	unsigned int i;

	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].where, 0755);
		/* The kernel may have mounted devtmpfs by itself. */
		need(mount(mounts[i].type, mounts[i].where, mounts[i].type, 0, NULL) &&
			     errno != EBUSY,
		     mounts[i].where);
	}
}

static void load_modules(void)
{
	static const struct {
		const char *file, *parameters;
	} modules[] = {
		{ "/irqbypass.ko", "" },
		/* The default of 250 ppm calls TCG's TSC unstable now and then. */
		{ "/kvm.ko", "tsc_tolerance_ppm=500000" },
		{ "/kvm-amd.ko", "" },
	};
	unsigned int i;
	int fd;

	for (i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		fd = open(modules[i].file, O_RDONLY | O_CLOEXEC);
		need(fd < 0, modules[i].file);
		need(syscall(SYS_finit_module, fd, modules[i].parameters, 0), modules[i].file);
		close(fd);
	}
}

static void exec_job(char *line)
{
	char *words[MAX_WORDS + 3] = { "vmm" }, *cmdline = line, *word;
	int n = 1;

	line = strsep(&cmdline, "\t");
	while ((word = strsep(&line, " ")) && n < MAX_WORDS)
		if (*word)
			words[n++] = word;
	if (cmdline) {
		words[n++] = "-a";
		words[n++] = cmdline;
	}
	execv("/proc/self/exe", words);
	speak("vmm cannot be started: %s\n", strerror(errno));
	_exit(EXIT_INNER);
}

/* The child keeps its own time limit; tools/kvm-in-tcg keeps one around all of this. */
static int run_job(char *line)
{
	pid_t child = fork();
	int status;

	need(child < 0, "fork");
	if (!child)
		exec_job(line);
	need(waitpid(child, &status, 0) != child, "waitpid");
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	speak("vmm was ended by signal %d\n", WTERMSIG(status));
	return EXIT_INNER;
}

static int read_jobs(char **jobs)
{
	FILE *file = fopen("/jobs", "r");
	size_t size = 0;
	int n = 0;

	need(!file, "open /jobs");
	while (n < MAX_JOBS) {
		jobs[n] = NULL;
		if (getline(&jobs[n], &size, file) < 0)
			break;
		jobs[n][strcspn(jobs[n], "\n")] = '\0';
		if (*jobs[n])
			n++;
	}
	fclose(file);
	return n;
}

int init_main(void)
{
	char *jobs[MAX_JOBS];
	struct utsname name;
	int i, n, code, all = EXIT_INNER;

	mount_all();
	open_console();
	load_modules();
	n = read_jobs(jobs);
	if (!n)
		speak("/jobs is empty\n");
	uname(&name);
	for (i = 0; i < n; i++) {
		speak("%s, kvm-amd, guest %d of %d\n", name.release, i + 1, n);
		code = run_job(jobs[i]);
		speak("guest %d of %d ended with code %d\n", i + 1, n, code);
		if (i && code != all)
			code = EXIT_MIXED;
		all = code;
	}
	leave(all);
}
