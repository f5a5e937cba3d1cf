/* SPDX-License-Identifier: MIT */
/*
 * acpi_find_s5() on the host: packages as compilers of AML write them, each cut short everywhere,
 * and random ones, in memory that ends where the AML ends. Prints TAP.
 */
#include <acpi_poweroff.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AML(...) (const u8[]){ __VA_ARGS__ }, sizeof((const u8[]){ __VA_ARGS__ })
#define S5	 '_', 'S', '5', '_'

static const struct {
	const char *what;
	const u8 *aml;
	size_t len;
	int a, b; /* -1: none */
} cases[] = {
	{ "QEMU's pc", AML(0x08, S5, 0x12, 6, 4, 0, 0, 0, 0), 0, 0 },
	{ "byte constants, the root's name",
	  AML(0x08, 0x5c, S5, 0x12, 8, 4, 0x0a, 5, 0x0a, 6, 0, 0), 5, 6 },
	{ "One and Zero", AML(0x08, S5, 0x12, 4, 2, 1, 0), 1, 0 },
	{ "word, double and quad words", AML(0x08, S5, 0x12, 7, 2, 0x0b, 7, 0, 0x0c, 3, 0, 0, 0),
	  -1, -1 },
	{ "the same with room enough", AML(0x08, S5, 0x12, 10, 2, 0x0b, 7, 0, 0x0c, 3, 0, 0, 0), 7,
	  3 },
	{ "a quad word", AML(0x08, S5, 0x12, 12, 2, 0x0e, 2, 0, 0, 0, 0, 0, 0, 0, 1), 2, 1 },
	{ "ACPI 1.0's one element", AML(0x08, S5, 0x12, 5, 1, 0x0b, 4, 2), 4, 2 },
	{ "a length of two bytes", AML(0x08, S5, 0x12, 0x45, 0, 2, 1, 1), 1, 1 },
	{ "a length of four bytes", AML(0x08, S5, 0x12, 0xc7, 0, 0, 0, 2, 1, 1), 1, 1 },
	{ "behind other AML, and a name that is none",
	  AML(0x10, 0x20, S5, 0x12, 4, 2, 1, 0, 0x08, S5, 0x12, 4, 2, 0, 1), 0, 1 },
	{ "the first is damaged", AML(0x08, S5, 0x12, 4, 2, 0x55, 0, 0x08, S5, 0x12, 4, 2, 0, 1), 0,
	  1 },
	{ "a method of that name", AML(0x14, 0x0b, S5, 0, 0x12, 4, 2, 0, 0), -1, -1 },
	{ "a value that is no sleep type", AML(0x08, S5, 0x12, 6, 2, 0x0a, 8, 0x0a, 1), -1, -1 },
	{ "Ones", AML(0x08, S5, 0x12, 4, 2, 0xff, 0), -1, -1 },
	{ "no elements", AML(0x08, S5, 0x12, 2, 0, 1, 1), -1, -1 },
	{ "a length beyond the table", AML(0x08, S5, 0x12, 9, 2, 1, 1), -1, -1 },
	{ "a length of nothing", AML(0x08, S5, 0x12, 0, 2, 1, 1), -1, -1 },
	{ "a length shorter than itself", AML(0x08, S5, 0x12, 0xc1, 0, 0, 0, 2, 1, 1), -1, -1 },
	{ "another sleep state", AML(0x08, '_', 'S', '3', '_', 0x12, 4, 2, 1, 1), -1, -1 },
	{ "nothing at all", AML(0), -1, -1 },
};

/* From a block of its own, so that a byte too far is seen. */
static bool find(const u8 *aml, size_t len, u8 typ[2])
{
	u8 *copy = malloc(len + !len);
	bool found;

	memcpy(copy, aml, len);
	found = acpi_find_s5(copy, len, typ);
	free(copy);
	return found;
}

static unsigned int nr, failed;

static void ok(bool good, const char *what)
{
	failed += !good;
	printf("%sok %u - \\_S5: %s\n", good ? "" : "not ", ++nr, what);
}

int main(void)
{
	u8 typ[2], random[48];
	unsigned long rounds, found = 0, bad = 0;
	size_t i, len;

	printf("TAP version 13\n1..%zu\n", ARRAY_SIZE(cases) + 2);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bool there = find(cases[i].aml, cases[i].len, typ);

		ok(there == (cases[i].a >= 0) &&
			   (!there || (typ[0] == cases[i].a && typ[1] == cases[i].b)),
		   cases[i].what);
		for (len = 0; len < cases[i].len; len++)
			if (find(cases[i].aml, len, typ) && (typ[0] > 7 || typ[1] > 7))
				bad++;
	}
	ok(!bad, "each cut short, a value of three bits or none");
	srand(1);
	for (rounds = 0; rounds < 500000; rounds++) {
		static const u8 start[] = { 0x08, S5, 0x12 };
		static const u8 ops[] = { 0,	1,    2,    4,	  6,	8,    0x0a,
					  0x0b, 0x0c, 0x0e, 0x45, 0x81, 0xc7, 0xff };

		for (i = 0; i < sizeof(random); i++)
			random[i] = rand() % 4 ? ops[rand() % sizeof(ops)] : rand();
		i = rand() % (sizeof(random) - sizeof(start));
		memcpy(random + i, start, sizeof(start));
		if (find(random, rand() % (sizeof(random) + 1), typ)) {
			found++;
			bad += typ[0] > 7 || typ[1] > 7;
		}
	}
	printf("# %lu of %lu hold one\n", found, rounds);
	ok(!bad && found > 1000, "half a million random ones, some of which hold one");
	return !!failed;
}
