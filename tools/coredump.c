/* SPDX-License-Identifier: MIT */
/*
 * What a core of a domain on Xen says of its end: the panic's reason and registers, and where each
 * virtual CPU was and who had called, by the image's symbols.
 *
 *   coredump [-i IMAGE] [-t FILE [-r ADDRESS,LENGTH]] CORE
 *
 *   -i   another file than build/anole.elf: the one that the domain ran
 *   -t   write the domain's text [_text, _etext) to a file, raw, as `whatif -t` does
 *   -r   ... not its text, but this: hexadecimal
 *
 * Exit: 0; 1 a file that can't be read, or they don't belong together; 2 a wrong command line.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "image.h"
#include "xencore.h"
#include <crash_note.h>
#include <asm/cpufeature.h>

#define MAX_FRAMES 32
#define MAX_RANGE  (1UL << 30)

static struct xencore core;
static struct crash_note note;

/* Does the core hold what the image says that never changes? */
static void check_image(void)
{
	u64 at = image_symbol("symbols_header"), end = image_symbol("_esymbols"), len = 0;
	u8 *seen;

	if (end > at && end - at <= IMAGE_MAX)
		len = end - at;
	image_at(at, len);
	seen = malloc(len + 1);
	if (!len || !seen || !xencore_read(0, at, seen, len))
		errx(1, "the core is not of %s: at %016lx it has no symbols", image_path, at);
	if (memcmp(seen, image_at(at, len), len))
		errx(1, "the core is not of %s: at %016lx it has other symbols", image_path, at);
	free(seen);
}

static void show_regs(const struct pt_regs *r)
{
	printf("rip %016lx  rsp %016lx  flags %08lx  cs %04lx ss %04lx\n", r->ip, r->sp, r->flags,
	       r->cs & 0xffff, r->ss & 0xffff);
	printf("rax %016lx  rbx %016lx  rcx %016lx  rdx %016lx\n", r->ax, r->bx, r->cx, r->dx);
	printf("rsi %016lx  rdi %016lx  rbp %016lx  r8  %016lx\n", r->si, r->di, r->bp, r->r8);
	printf("r9  %016lx  r10 %016lx  r11 %016lx  r12 %016lx\n", r->r9, r->r10, r->r11, r->r12);
	printf("r13 %016lx  r14 %016lx  r15 %016lx\n", r->r13, r->r14, r->r15);
}

/* As the kernel's show_backtrace(). */
static void show_backtrace(unsigned int cpu, const struct pt_regs *r)
{
	u64 bp = r->bp, frame[2];
	int i;

	printf("backtrace:\n  %016lx %s\n", r->ip, image_name(r->ip, true));
	for (i = 0; i < MAX_FRAMES && bp; i++) {
		if (bp % 8 || !xencore_read(cpu, bp, frame, sizeof(frame))) {
			printf("  (the frame pointer %016lx is no frame)\n", bp);
			return;
		}
		if (!frame[1])
			return;
		printf("  %016lx %s\n", frame[1], image_caller(frame[1]));
		if (frame[0] && frame[0] <= bp) {
			printf("  (the next frame pointer %016lx goes down)\n", frame[0]);
			return;
		}
		bp = frame[0];
	}
}

static void from_context(struct pt_regs *r, const struct vcpu_guest_context *c)
{
	/* clang-format off */
#define SAME(reg) .reg = c->user_regs.reg
	*r = (struct pt_regs){
		SAME(r15), SAME(r14), SAME(r13), SAME(r12), SAME(bp), SAME(bx), SAME(r11), SAME(r10),
		SAME(r9), SAME(r8), SAME(ax), SAME(cx), SAME(dx), SAME(si), SAME(di), SAME(ip),
		SAME(cs), SAME(flags), SAME(sp), SAME(ss),
	};
#undef SAME
	/* clang-format on */
}

/* Where a CPU was that a panic has stopped; stop.c keeps a pointer to it for each. */
static bool stopped_at(unsigned int cpu, u64 gs_base, struct pt_regs *r)
{
	u64 at;

	return xencore_read(cpu, image_symbol("stopped_at") + gs_base, &at, sizeof(at)) && at &&
	       xencore_read(cpu, at, r, sizeof(*r));
}

static void show_cpu(unsigned int cpu)
{
	struct vcpu_guest_context c;
	struct pt_regs regs;
	const char *was;

	xencore_vcpu(cpu, &c);
	from_context(&regs, &c);
	was = "is";
	if (note.set && note.cpu == cpu) {
		regs = note.regs;
		was = "panicked";
	} else if (note.set && stopped_at(cpu, c.gs_base_kernel, &regs)) {
		was = "was stopped by the panic";
	}
	printf("CPU %u %s at %s\n", cpu, was, image_name(regs.ip, true));
	show_regs(&regs);
	printf("cr2 %016lx  cr3 %lx\n", c.ctrlreg[2], c.ctrlreg[3]);
	if (user_mode(&regs) && !image_in_text(regs.ip, 1))
		printf("in user mode\n");
	else
		show_backtrace(cpu, &regs);
}

static void write_range(const char *path, u64 at, u64 len)
{
	u8 *bytes = malloc(len);
	FILE *f;

	if (!bytes)
		errx(1, "no memory for %lu bytes", len);
	if (!xencore_read(0, at, bytes, len))
		errx(1, "not all of the %lu bytes at %016lx are in the core", len, at);
	f = fopen(path, "w");
	if (!f || fwrite(bytes, len, 1, f) != 1 || fclose(f))
		err(1, "can't write %s", path);
	free(bytes);
}

/* As the guest's `textdump` does, for `whatif -f`. */
static void show_features(void)
{
	u32 caps[NCAPINTS], i;

	if (!xencore_read(0, image_symbol("boot_cpu_caps"), caps, sizeof(caps)))
		errx(1, "the core lacks the page of the features");
	printf("features");
	for (i = 0; i < NCAPINTS; i++)
		printf(" %08x", caps[i]);
	printf("\n");
}

int main(int argc, char **argv)
{
	const char *path = "build/anole.elf", *out = NULL, *range = NULL, *error;
	u64 at = 0, len = 0;
	int option, end = 0;
	unsigned int cpu;

	/* clang-format off */
	while ((option = getopt(argc, argv, ":i:r:t:")) != -1) {
		switch (option) {
		case 'i': path = optarg; break;
		case 'r': range = optarg; break;
		case 't': out = optarg; break;
		case ':': errx(2, "option -%c needs a value", optopt);
		default: errx(2, "unknown option -%c; known: -i -r -t", optopt);
		}
	}
	/* clang-format on */
	if (argc - optind != 1)
		errx(2, "usage: coredump [-i IMAGE] [-t FILE [-r ADDRESS,LENGTH]] CORE");
	if (range && (!out || sscanf(range, "%lx,%lx%n", &at, &len, &end) != 2 || range[end] ||
		      !len || len > MAX_RANGE))
		errx(2, "-r needs ADDRESS,LENGTH, hexadecimal and at most %lx, and -t; found '%s'",
		     MAX_RANGE, range);
	image_load(path);
	error = xencore_open(&core, argv[optind]);
	if (error)
		errx(1, "%s %s", argv[optind], error);
	check_image();
	if (!xencore_read(0, image_symbol("crash_note"), &note, sizeof(note)))
		errx(1, "the core lacks the page where a panic leaves its note");
	note.reason[sizeof(note.reason) - 1] = 0;

	printf("a core of a PV domain on Xen %lu.%lu: %lu virtual CPUs, %lu pages\n", core.major,
	       core.minor, core.nr_vcpus, core.nr_pages);
	show_features();
	if (note.set)
		printf("panic on CPU %u: %s\n", note.cpu, note.reason);
	else
		printf("no panic\n");
	for (cpu = 0; cpu < core.nr_vcpus; cpu++)
		show_cpu(cpu);
	if (out)
		write_range(out, range ? at : image_text, range ? len : image_etext - image_text);
	return 0;
}
