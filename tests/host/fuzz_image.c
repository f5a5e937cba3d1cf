/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer target for the host tools that read images: mksymbols, imgcheck, whatif, twincmp,
 * coredump. Is
 * linked with one of them, whose main() it runs in a child for each input, on a good image with a
 * few edits that the input's bytes choose:
 *
 *   | region | place (3 bytes) | how | value (3 bytes) |   up to 6 times
 *
 * A child has to end by itself, soon, with 0, 1 or 2, and with a sentence when it is not 0. What it
 * covered is brought back to libFuzzer. FUZZ_TOOL has the tool's arguments, in which @ is the image
 * FUZZ_IMAGE with its edits. Says at exit what became of the images. tests/host/fuzz-image.t runs
 * it.
 */
#include "fuzz_tool.h"
#undef exit
#undef main
#include <fcntl.h>
#include <gelf.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_EDITS   6
#define MAX_REGIONS 16
#define SECONDS	    20
#define CRASHED	    77

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);
const char *__asan_default_options(void);

static struct region {
	size_t at, size;
} regions[MAX_REGIONS];
static size_t nr_regions, nr_counters;
static uint8_t *good, *own_counters, *counters; /* counters: the child's, shared */
static size_t good_size;
static int image_fd, said_fd;
static char image_name[64], *args[16];
static int nr_args;
static unsigned long images, ends[3];

const char *__asan_default_options(void)
{
	return "detect_leaks=0:exitcode=77:allocator_may_return_null=1:handle_abort=0";
}

static void report(void)
{
	fprintf(stderr,
		"fuzz: %lu images; %lu were taken, %lu and %lu had a sentence with 1 and 2\n",
		images, ends[0], ends[1], ends[2]);
}

_Noreturn void tool_exit(int status)
{
	fflush(NULL);
	memcpy(counters, own_counters, nr_counters);
	_exit(status);
}

_Noreturn void tool_errx(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	tool_exit(status);
}

static void add_region(size_t at, size_t size)
{
	if (size && nr_regions < MAX_REGIONS)
		regions[nr_regions++] = (struct region){ at, size };
}

/* What the tools look at; the whole file is the last one. */
static void find_regions(void)
{
	static const char *const names[] = { ".symtab",
					     ".strtab",
					     ".altinstructions",
					     ".symbols",
					     ".smp_locks",
					     ".altinstr_replacement",
					     ".text",
					     ".data..ro_after_init",
					     ".rela.text",
					     ".note.Xen",
					     ".xen_prstatus",
					     ".xen_p2m",
					     ".xen_pages" };
	Elf *elf = elf_memory((char *)good, good_size);
	Elf_Scn *scn = NULL;
	GElf_Ehdr eh;
	GElf_Shdr sh;
	size_t names_at, i;

	if (!elf || !gelf_getehdr(elf, &eh) || elf_getshdrstrndx(elf, &names_at))
		errx(3, "FUZZ_IMAGE is no ELF file");
	add_region(0, 64);
	add_region(eh.e_phoff, eh.e_phnum * sizeof(Elf64_Phdr));
	add_region(eh.e_shoff, eh.e_shnum * sizeof(Elf64_Shdr));
	while ((scn = elf_nextscn(elf, scn)))
		for (i = 0; gelf_getshdr(scn, &sh) && i < sizeof(names) / sizeof(*names); i++)
			if (!strcmp(elf_strptr(elf, names_at, sh.sh_name), names[i]))
				add_region(sh.sh_offset, sh.sh_size);
	add_region(0, good_size);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *path = getenv("FUZZ_IMAGE"), *words = getenv("FUZZ_TOOL");
	FILE *f = path ? fopen(path, "rb") : NULL;
	uint8_t *end;
	char *word;

	(void)argc;
	(void)argv;
	if (!f || !words) {
		fprintf(stderr,
			"fuzz: FUZZ_IMAGE and FUZZ_TOOL have to name an image and arguments\n");
		_exit(3);
	}
	elf_version(EV_CURRENT);
	fseek(f, 0, SEEK_END);
	good_size = ftell(f);
	rewind(f);
	good = aligned_alloc(4096, (good_size + 4095) / 4096 * 4096);
	if (fread(good, 1, good_size, f) != good_size)
		_exit(3);
	fclose(f);
	find_regions();
	image_fd = memfd_create("image", 0);
	said_fd = memfd_create("said", 0);
	snprintf(image_name, sizeof(image_name), "/proc/self/fd/%d", image_fd);
	if (image_fd < 0 || said_fd < 0 || write(image_fd, good, good_size) != (ssize_t)good_size)
		_exit(3);
	args[nr_args++] = "tool";
	for (word = strtok(strdup(words), " "); word && nr_args < 15; word = strtok(NULL, " "))
		args[nr_args++] = strcmp(word, "@") ? word : image_name;
	/* clang has names of its own for these two, which a declaration would take away. */
	asm("leaq __start___sancov_cntrs(%%rip), %0; leaq __stop___sancov_cntrs(%%rip), %1"
	    : "=r"(own_counters), "=r"(end));
	nr_counters = end - own_counters;
	counters =
		mmap(NULL, nr_counters, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counters == MAP_FAILED)
		_exit(3);
	atexit(report);
	return 0;
}

/* One edit of the image; how: its width, and whether the value is as it is, small, or near a limit.
 */
static void edit(const uint8_t *d)
{
	static const uint64_t limits[] = { 0,
					   1,
					   0x7f,
					   0xff,
					   0x7fffffff,
					   0xffffffff,
					   0x7fffffffffffffff,
					   -1UL,
					   0xffffffff80000000,
					   0xffffffff80100000,
					   0xffffffff80200000,
					   4096 };
	const struct region *r = &regions[d[0] % nr_regions];
	size_t width = 1ul << (d[4] & 3), at = (d[1] | d[2] << 8 | (size_t)d[3] << 16) % r->size;
	uint64_t value = d[5] | d[6] << 8 | (uint64_t)d[7] << 16, old = 0;

	if (d[4] >> 6 == 3 && d[0] % nr_regions == nr_regions - 1) {
		if (ftruncate(image_fd, at))
			abort();
		return;
	}
	if (!(d[4] & 4))
		at -= at % width;
	if (r->at + at + width > good_size)
		return;
	memcpy(&old, good + r->at + at, width);
	switch (d[4] >> 3 & 3) {
	case 0:
		value = limits[d[5] % (sizeof(limits) / sizeof(*limits))];
		break;
	case 1:
		value = old + (int8_t)d[5];
		break;
	case 2:
		value = old ^ 1ul << d[5] % (8 * width);
		break;
	}
	if (pwrite(image_fd, &value, width, r->at + at) != (ssize_t)width)
		abort();
}

static _Noreturn void run_tool(void)
{
	dup2(said_fd, 1);
	dup2(said_fd, 2);
	alarm(SECONDS);
	memset(own_counters, 0, nr_counters);
	tool_exit(tool_main(nr_args, args));
}

/* What the child said, for a person. */
static _Noreturn void fail(const char *why, int status)
{
	static char said[4096];
	ssize_t n = pread(said_fd, said, sizeof(said) - 1, 0);

	fprintf(stderr, "fuzz: the tool %s (wait status %x); it said:\n%.*s\n", why, status,
		(int)(n > 0 ? n : 0), said);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t edits[8 * MAX_EDITS] = { 0 };
	size_t i, n = size < sizeof(edits) ? size : sizeof(edits);
	int status;
	pid_t pid;

	if (n)
		memcpy(edits, data, n);
	for (i = 0; i < n; i += 8)
		edit(edits + i);
	if (ftruncate(said_fd, 0) || lseek(said_fd, 0, SEEK_SET))
		abort();
	pid = fork();
	if (!pid)
		run_tool();
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		abort();
	if (!WIFEXITED(status))
		fail(WTERMSIG(status) == SIGALRM ? "does not end" : "was ended by a signal",
		     status);
	if (WEXITSTATUS(status) > 2)
		fail("crashed", status);
	if (WEXITSTATUS(status) && lseek(said_fd, 0, SEEK_END) < 10)
		fail("failed without a sentence", status);
	for (i = 0; i < nr_counters; i++)
		own_counters[i] |= counters[i];
	images++;
	ends[WEXITSTATUS(status)]++;
	/* As it was, for the next. */
	if (ftruncate(image_fd, good_size) ||
	    pwrite(image_fd, good, good_size, 0) != (ssize_t)good_size)
		abort();
	return 0;
}
