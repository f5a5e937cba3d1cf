/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer target for the ways in: the input's bytes choose boot structures
 * (tests/boot/stub/odd.c), which Multiboot 1's, Multiboot 2's or PVH's parser reads, then ACPI's
 * and the command line's. Oracles: regions ascend and do not overlap, and nothing is usable that an
 * entry calls something else; all of what is usable is so in the map, unless neighbours were
 * joined; structures that are whole come out entry for entry; strings end; a read ends where the
 * bytes end that were asked for (ASan); the parsers ask no more often than the input is long. A
 * panic with a sentence is an end as good as any. Says at exit what became of the inputs.
 * tests/host/fuzz-boot.t and `make fuzz TARGET=boot` run it.
 *
 * The linker gives the parsers __wrap_boot_info_region() and its like for the real ones, so that
 * all they say is written down here.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../arch/x86/boot/boot_info.c"
#include "../../arch/x86/boot/boot.h"
#include "../boot/stub/odd.h"
#include <acpi.h>
#include <cmdline.h>
#include <console.h>
#include <platform.h>

#define MAX_CLAIMS (MAX_ENTRIES + 4096)
#define MAX_MAPS   4096
/* 8192 looks at the BIOS' memory; a few for each entry, tag, table and character. */
#define MAX_ASKED (200000 + 40 * ODD_BYTES)

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
bool __real_boot_info_region(u64 start, u64 size, u32 type);
bool __wrap_boot_info_region(u64 start, u64 size, u32 type);
void __real_boot_info_keep(u64 start, u64 size, enum mem_type type);
void __wrap_boot_info_keep(u64 start, u64 size, enum mem_type type);
bool __real_boot_info_module(u64 start, u64 size);
bool __wrap_boot_info_module(u64 start, u64 size);

static const u8 *input;
static size_t input_left;
static u64 tail;
static struct odd_set set;
static jmp_buf out;
static char sentence[512];

/* What the parsers said of memory. */
static struct claim {
	u64 start, end;
	u32 type;
} claims[MAX_CLAIMS];
static u32 nr_claims, nr_said;
static struct odd_region said[ODD_ENTRIES];

/* What phys_map() gave for this input: each its own allocation, so that ASan sees its end. */
static void *given[MAX_MAPS];
static u32 nr_given;
static unsigned long asked;
static bool all_mapped; /* memory that holds no structure reads as 0; else it is not there */
static u8 *zeros;	/* ends where an allocation does */

static unsigned long inputs, panics, noes, joined_maps, notes, good_acpi, ways[ODD_WAYS];

static void report(void)
{
	fprintf(stderr,
		"fuzz: %lu inputs: %lu by Multiboot 1, %lu by Multiboot 2, %lu by PVH\n"
		"fuzz: %lu panics, %lu with notes, %lu with more pieces than fit,\n"
		"fuzz: %lu command lines refused, %lu with CPUs in ACPI\n",
		inputs, ways[ODD_MB1], ways[ODD_MB2], ways[ODD_PVH], panics, notes, joined_maps,
		noes, good_acpi);
}

static _Noreturn void fail(const char *why, u64 a, u64 b)
{
	fprintf(stderr, "fuzz: way %u: %s (%lx, %lx)\n", set.way, why, a, b);
	abort();
}

/* Allocations are many and small, and where they come from is plain. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "malloc_context_size=1:quarantine_size_mb=4";
}

/* The input's bytes; behind them nothing odd comes, or numbers out of its first bytes. */
static u32 draw(u32 n)
{
	u32 bytes = n <= 256 ? 1 : n <= 65536 ? 2 : 4, value = 0;

	if (n < 2)
		return 0;
	if (input_left < bytes) {
		input_left = 0;
		tail = tail * 6364136223846793005 + (tail != 0);
		return (tail >> 33) % n;
	}
	memcpy(&value, input, bytes);
	input += bytes;
	input_left -= bytes;
	return value % n;
}

/* ---- what the kernel has besides ---------------------------------------------------------- */

static bool touches(u64 pa, u64 len)
{
	u32 i;

	/* The BIOS' area is scanned at every 16 bytes, and holds nothing of ours. */
	if (pa >= 0xa0000 && pa + len <= 0x100000)
		return false;
	for (i = 0; i < set.nr_pieces; i++)
		if (pa < (u64)set.pieces[i].address + set.pieces[i].size &&
		    set.pieces[i].address < pa + len)
			return true;
	return false;
}

const void *phys_map(u64 pa, u64 len)
{
	u64 start, end;
	bool whole = false;
	u8 *copy;
	u32 i;

	if (asked++ > MAX_ASKED)
		fail("the parsers don't come to an end", asked, pa);
	/* No structure is longer, and sums over megabytes of zeros would be most of the work. */
	if (pa >= 1UL << 32 || len > (1UL << 32) - pa || len > ODD_BYTES)
		return NULL;
	if (!touches(pa, len)) {
		if (!all_mapped)
			return NULL;
		if (len <= 4096)
			return zeros + 4096 - len;
	}
	if (nr_given == MAX_MAPS) { /* some of the oldest have to go: nobody keeps them for long */
		for (i = 0; i < MAX_MAPS / 2; i++)
			free(given[i]);
		memmove(given, given + MAX_MAPS / 2, sizeof(given) / 2);
		nr_given = MAX_MAPS / 2;
	}
	given[nr_given++] = copy = calloc(1, len ? len : 1);
	for (i = 0; i < set.nr_pieces; i++) {
		u64 at = set.pieces[i].address, behind = at + set.pieces[i].size;

		start = max(pa, at);
		end = min(pa + len, behind);
		whole |= at <= pa && pa + len <= behind;
		if (start < end)
			memcpy(copy + (start - pa), set.pieces[i].bytes + (start - at),
			       end - start);
	}
	return whole || all_mapped ? copy : NULL;
}

void panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, args);
	va_end(args);
	if (strlen(sentence) < 20)
		fail("a panic without a sentence", 0, 0);
	longjmp(out, 1);
}

void printk(const char *fmt, ...)
{
	char line[2048];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
}

u32 console_bits(const char *s)
{
	return !strcmp(s, "com1");
}

bool platform_take_word(const char *word)
{
	return !strcmp(word, "no-kvmclock");
}

void platform_show_words(void)
{
}

void machine_exit(enum exit_code code)
{
	(void)code;
	noes++;
	longjmp(out, 2);
}

/* ---- what was said, and what came out of it ----------------------------------------------- */

static void claim(u64 start, u64 end, u32 type)
{
	if (nr_claims == MAX_CLAIMS)
		fail("more claims than entries may be", nr_claims, 0);
	claims[nr_claims++] = (struct claim){ start, end, type };
}

bool __wrap_boot_info_region(u64 start, u64 size, u32 type)
{
	u64 end = start + size;
	bool more = __real_boot_info_region(start, size, type);

	if (nr_said < ODD_ENTRIES)
		said[nr_said] = (struct odd_region){ start, size, type };
	nr_said++;
	if (!more || !size || (end && end < start) || start >= MEM_MAP_END ||
	    (!start && size >= MEM_MAP_END))
		return more;
	claim(start, !end || end > MEM_MAP_END ? MEM_MAP_END : end, type == 1 ? 1 : 2);
	return more;
}

void __wrap_boot_info_keep(u64 start, u64 size, enum mem_type type)
{
	__real_boot_info_keep(start, size, type);
	if (size && start < MEM_MAP_END && size <= MEM_MAP_END - start)
		claim(start, start + size, 2);
}

bool __wrap_boot_info_module(u64 start, u64 size)
{
	bool more = __real_boot_info_module(start, size);

	if (more && size && start < MEM_MAP_END && size <= MEM_MAP_END - start)
		claim(start, start + size, 2);
	return more;
}

/* 1: usable, and nobody says otherwise. */
static bool said_usable(u64 at)
{
	bool usable = false;
	u32 i;

	for (i = 0; i < nr_claims; i++) {
		if (at < claims[i].start || at >= claims[i].end)
			continue;
		if (claims[i].type != 1)
			return false;
		usable = true;
	}
	return usable;
}

/* A byte at which anything changes, and the one before it. */
static void check_at(u64 at)
{
	bool is = boot_info_is_usable(at, 1), should = said_usable(at);

	if (is && !should)
		fail("usable, though somebody says that it is not", at, 0);
	if (should && !is && !mem_map.joined)
		fail("not usable, though nobody says so", at, 0);
}

static void check_map(void)
{
	u64 last = 0;
	u32 i, j;

	for (i = 0; i < boot_info.nr_regions; i++) {
		const struct mem_region *r = &boot_info.regions[i];

		if (!r->size || r->start < last || r->start + r->size > MEM_MAP_END)
			fail("a region is empty, out of order or too high", r->start, r->size);
		if (r->type < MEM_USABLE || r->type > MEM_LOADER)
			fail("a region of no type", r->start, r->type);
		last = r->start + r->size;
		if (r->type != MEM_USABLE || nr_claims < 200)
			continue;
		/* Many: each against each usable region is enough. */
		for (j = 0; j < nr_claims; j++)
			if (claims[j].type != 1 && claims[j].start < last &&
			    claims[j].end > r->start)
				fail("a usable region holds what is not", r->start,
				     claims[j].start);
	}
	for (i = 0; i < nr_claims && nr_claims < 200; i++) {
		check_at(claims[i].start);
		check_at(claims[i].end);
		check_at(claims[i].end - 1);
		if (claims[i].start)
			check_at(claims[i].start - 1);
	}
}

/* Structures that are whole: all entries, in their order. */
static void check_entries(void)
{
	if (!set.exact)
		return;
	if (nr_said != set.nr_map || memcmp(said, set.map, nr_said * sizeof(*said)))
		fail("entries were lost", nr_said, set.nr_map);
}

static void check_strings(void)
{
	if (!memchr(boot_info.cmdline, 0, sizeof(boot_info.cmdline)) ||
	    !memchr(boot_info.loader, 0, sizeof(boot_info.loader)))
		fail("a string does not end", 0, 0);
	if (cmdline.test && strlen(cmdline.test) >= BOOT_CMDLINE)
		fail("a word does not end", 0, 0);
}

static void keep_table(u64 address, u64 size)
{
	__wrap_boot_info_keep(address, size, MEM_ACPI);
}

static void check_acpi(void)
{
	u32 i;

	acpi_init(boot_info.rsdp);
	acpi_each_table(keep_table);
	if (acpi_info.nr_cpus > ACPI_MAX_CPUS || acpi_info.nr_ioapics > ACPI_MAX_IOAPICS ||
	    acpi_info.nr_overrides > ACPI_MAX_OVERRIDES)
		fail("more of ACPI than there is room for", acpi_info.nr_cpus,
		     acpi_info.nr_ioapics);
	good_acpi += acpi_info.nr_cpus != 0;
	for (i = 0; i < 3; i++) {
		const struct acpi_table *table = acpi_find_table(i < 2 ? "APIC" : "DSDT", i & 1);
		u32 at;
		u8 sum = 0;

		for (at = 0; table && at < table->length; at++)
			sum += ((const u8 *)table)[at];
		if (sum)
			fail("a table with a wrong sum was found", i, sum);
	}
}

static void run(void)
{
	typedef void (*parser_t)(u64);
	static const parser_t parsers[] = { multiboot1_parse, multiboot2_parse, pvh_parse };

	if (setjmp(out)) {
		panics++;
		check_map();
		return;
	}
	parsers[set.way](set.structure);
	check_entries();
	check_map();
	check_acpi();
	check_map();
	boot_info_report();
}

static void split(void)
{
	if (setjmp(out))
		return;
	cmdline_parse(&boot_info);
	check_strings();
	cmdline_check();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u64 seed = 0, i;

	if (!inputs++) {
		atexit(report);
		zeros = calloc(1, 4096);
	}
	input = data, input_left = size;
	set.draw = draw, set.lane = false;
	boot_info = (struct boot_info){ 0 };
	mem_map.nr = mem_map.joined = 0;
	nr_entries = nr_empty = nr_notes = nr_claims = nr_said = 0;
	asked = tail = 0;
	for (i = 0; i < 4; i++)
		seed = seed << 8 | draw(256);
	all_mapped = seed & 1;
	tail = seed >> 1;
	odd_make(&set);
	ways[set.way]++;
	run();
	notes += nr_notes != 0;
	joined_maps += mem_map.joined != 0;
	split();
	while (nr_given)
		free(given[--nr_given]);
	return 0;
}
