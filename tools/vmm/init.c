/* SPDX-License-Identifier: MIT */
/*
 * Pid 1 of the Linux that runs inside QEMU or Bochs (tools/inner-linux.sh).
 *
 * It loads KVM, runs this same program once for each line of /jobs, and ends QEMU through its
 * isa-debug-exit, which carries the verdict out, or Bochs by its shutdown port, which does not. A
 * line of /jobs is vmm's options and the image, as words; after a tab the rest of the line is the
 * guest's command line. The guest's console is this Linux's serial console, unaltered; a line from
 * here starts with "# inner Linux: ".
 *
 * What goes out: a guest's odd code by its own value, so that QEMU ends with that very code, and
 * an even one (those of vmm.h) as EVEN_CODE plus it, which tools/kvm-in-tcg takes back: a guest
 * should keep its own values below EVEN_CODE.
 */
#include <errno.h>
#include <fcntl.h>
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

#include "vmm.h"

#define EVEN_CODE     0x60 /* fits 2, 4, 6 and 8; the time limit goes out as 0x7c */
#define EVEN_TIMEOUT  0x7c
#define SHUTDOWN_PORT 0x8900 /* Bochs' */
#define MAX_WORDS     32

#define speak(...) (printf("# inner Linux: " __VA_ARGS__), fflush(stdout))

static void __attribute__((noreturn)) leave(int code)
{
	unsigned char value = code % 2 ? code >> 1 : EVEN_CODE + code;
	const char *s;

	if (code == EXIT_TIMEOUT)
		value = EVEN_TIMEOUT;
	fflush(stdout);
	tcdrain(STDOUT_FILENO);
	if (!ioperm(DEBUG_EXIT_PORT, DEBUG_EXIT_SIZE, 1))
		outb(value, DEBUG_EXIT_PORT);
	if (!ioperm(SHUTDOWN_PORT, 1, 1))
		for (s = "Shutdown"; *s; s++)
			outb(*s, SHUTDOWN_PORT);
	/* Pid 1 must not return. */
	speak("neither QEMU's debug exit nor Bochs' shutdown port ends this machine\n");
	for (;;)
		pause();
}

static void need(int failed, const char *what)
{
	if (failed) {
		speak("%s failed: %s\n", what, strerror(errno));
		leave(EXIT_INNER);
	}
}

/* Raw, or the tty would make CR LF of the guest's LF. What comes in is kvm-in-tcg's pulse alone. */
static void open_console(void)
{
	struct termios tty;
	int fd = open("/dev/ttyS0", O_RDWR | O_NOCTTY | O_CLOEXEC);

	need(fd < 0, "open /dev/ttyS0");
	need(tcgetattr(fd, &tty), "tcgetattr /dev/ttyS0");
	cfmakeraw(&tty);
	tty.c_cflag &= ~(tcflag_t)CREAD;
	cfsetspeed(&tty, B115200);
	need(tcsetattr(fd, TCSANOW, &tty), "tcsetattr /dev/ttyS0");
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
}

/* EBUSY: the kernel may have mounted devtmpfs by itself. */
static void mount_at(const char *type, const char *where)
{
	mkdir(where, 0755);
	need(mount(type, where, type, 0, NULL) && errno != EBUSY, where);
}

static void load_module(const char *file, const char *parameters)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	need(fd < 0, file);
	need(syscall(SYS_finit_module, fd, parameters, 0), file);
	close(fd);
}

/* The child keeps its own time limit; tools/kvm-in-tcg keeps one around all of this. */
static int run_job(char *line)
{
	char *words[MAX_WORDS + 3] = { "vmm" }, *cmdline = line, *word;
	int status, n = 1;
	pid_t child;

	line = strsep(&cmdline, "\t");
	while ((word = strsep(&line, " ")) && n < MAX_WORDS)
		if (*word)
			words[n++] = word;
	if (cmdline)
		words[n++] = "-a";
	words[n] = cmdline;
	child = fork();
	need(child < 0, "fork");
	if (!child) {
		execv("/proc/self/exe", words);
		speak("vmm cannot be started: %s\n", strerror(errno));
		_exit(EXIT_INNER);
	}
	need(waitpid(child, &status, 0) != child, "waitpid");
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	speak("vmm was ended by signal %d\n", WTERMSIG(status));
	return EXIT_INNER;
}

int init_main(void)
{
	int n = 0, code, all = EXIT_INNER;
	struct utsname name;
	const char *kvm;
	char *line = NULL;
	size_t size = 0;
	FILE *jobs;

	mount_at("devtmpfs", "/dev");
	mount_at("proc", "/proc");
	mount_at("sysfs", "/sys");
	mount_at("tracefs", "/sys/kernel/tracing");
	open_console();
	load_module("/irqbypass.ko", "");
	/* The default of 250 ppm calls TCG's TSC unstable now and then. */
	load_module("/kvm.ko", "tsc_tolerance_ppm=500000");
	kvm = access("/kvm-intel.ko", F_OK) ? "/kvm-amd.ko" : "/kvm-intel.ko";
	load_module(kvm, "");

	uname(&name);
	jobs = fopen("/jobs", "re");
	need(!jobs, "open /jobs");
	while (getline(&line, &size, jobs) > 0) {
		line[strcspn(line, "\n")] = '\0';
		speak("%s, %s, guest %d\n", name.release, kvm + 1, ++n);
		code = run_job(line);
		speak("guest %d ended with code %d\n", n, code);
		all = n == 1 || code == all ? code : EXIT_MIXED;
	}
	if (!n)
		speak("/jobs is empty\n");
	leave(all);
}
