/* SPDX-License-Identifier: MIT */
/*
 * What is left of the paravirt layer in the patched kernel, by its twin that never had one:
 *
 *   twincmp IMAGE TEXT TWIN TWINTEXT
 *
 * The texts are what `whatif -i FILE -t TEXT bare` makes of both. Each function is compared as a
 * list of instructions (twinread.c says what does not count). What both share is their longest
 * common subsequence, where a site's instructions count more. A site, of IMAGE's .altinstructions,
 * executes what the twin does, or enum exception (twincmp.h) has a name for it.
 *
 * Prints a line for each function with a difference, then the sums. Exit: 0; 1 a difference that no
 * site explains, or a file that can't be read; 2 a wrong command line.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "twincmp.h"
#include <asm/paravirt_types.h>

static struct side patched, twin;

static struct sum {
	const char *op;
	unsigned int nr[NONE + 1];
} sums[PARAVIRT_SLOTS + 2];

static unsigned int failures;

#define failure(...) (failures++, printf("FAILED: "), printf(__VA_ARGS__), puts(""))

/* Is it a line of a site that the twin need not have? */
static enum exception expected(const struct line *l)
{
	static const char *const texts[] = { [NOP] = "nop",
					     [NO_OP] = "nop",
					     [MOV] = "mov r64, r64",
					     [ZERO] = "xor r64, r64 again" };

	return l->site && !strcmp(l->text, texts[l->site->may]) ? l->site->may : SAME;
}

/* What it is worth that two lines are one; 0 when they aren't. */
static unsigned int match(const struct line *a, const struct line *b)
{
	if (strcmp(a->text, b->text) ||
	    (expected(a) && (!b->site || strcmp(a->site->op, b->site->op))))
		return 0;
	return (a->chosen == b->chosen ? 3 : 2) * (a->site ? 4 : 1);
}

/* Marks what both share. */
static void align(struct function *f, struct function *g)
{
	static u16 score[MAX_INSNS + 1][MAX_INSNS + 1];
	unsigned int i, j, w;

	for (i = f->nr + 1; i--;)
		for (j = g->nr + 1; j--;) {
			score[i][j] = 0;
			if (i == f->nr || j == g->nr)
				continue;
			w = match(&f->lines[i], &g->lines[j]);
			score[i][j] = max(score[i + 1][j], score[i][j + 1]);
			if (w)
				score[i][j] = max(score[i][j], score[i + 1][j + 1] + w);
		}
	for (i = j = 0; i < f->nr && j < g->nr;) {
		w = match(&f->lines[i], &g->lines[j]);
		if (w && score[i][j] == score[i + 1][j + 1] + w)
			f->lines[i++].same = g->lines[j++].same = true;
		else if (score[i][j] == score[i + 1][j])
			i++;
		else
			j++;
	}
}

/* Where in what both share a jump goes, 0 for no jump. */
static unsigned int place(const struct function *f, u64 target)
{
	unsigned int i, nr = 1;

	for (i = 0; i < f->nr && f->lines[i].at < target; i++)
		nr += f->lines[i].same;
	return target ? nr : 0;
}

/* Instructions of the loop that a jump closes, 0 for none. */
static unsigned int loop(const struct function *f, const struct line *jump)
{
	const struct line *l = jump;
	unsigned int nr = 0;

	if (!l->target || l->target > l->at)
		return 0;
	for (; l >= f->lines && l->at >= jump->target; l--)
		nr += l->nr;
	return nr;
}

/* What a function has more often than the twin's, or less; each text once. */
static struct difference {
	const struct line *line, *site; /* the nearest site's */
	int nr;
} differences[2 * MAX_INSNS];
static unsigned int nr_differences, moved;

static void differ(const struct line *l, const struct function *f, long i, int nr)
{
	const struct line *s, *site = NULL;
	struct difference *d = differences;

	for (s = f->lines; s < f->lines + f->nr; s++)
		if (s->site && (!site || labs(s - f->lines - i) < labs(site - f->lines - i)))
			site = s;
	while (d < differences + nr_differences && strcmp(d->line->text, l->text))
		d++;
	if (d == differences + nr_differences) {
		*d = (struct difference){ l, site, 0 };
		nr_differences++;
	}
	moved += d->nr * nr < 0;
	d->nr += nr;
}

enum verdict { IDENTICAL, REGISTERS, REMAINS };

static enum verdict compare(struct function *f, struct function *g)
{
	unsigned int i = 0, j = 0, elsewhere = 0, n, m;
	char loops[256] = "";
	enum verdict verdict = IDENTICAL;
	const struct difference *d;

	nr_differences = moved = 0;
	align(f, g);
	while (i < f->nr || j < g->nr) {
		const struct line *a = &f->lines[i], *b = &g->lines[j];

		if (i < f->nr && !a->same) {
			differ(a, f, i++, a->nr);
		} else if (j < g->nr && !b->same) {
			differ(b, f, i, -b->nr);
			j++;
		} else {
			elsewhere += place(f, a->target) != place(g, b->target);
			n = loop(f, a);
			m = loop(g, b);
			if (n && m && n != m)
				snprintf(loops + strlen(loops), sizeof(loops) - strlen(loops),
					 ", loop %+d (%u, the twin %u)", (int)(n - m), n, m);
			if (a->chosen != b->chosen)
				verdict = REGISTERS;
			i++, j++;
		}
	}
	if (!nr_differences && !elsewhere)
		return verdict;
	printf("%s: %+d (%u, the twin %u):", f->name, (int)(f->executes - g->executes), f->executes,
	       g->executes);
	for (d = differences; d < differences + nr_differences; d++) {
		if (d->nr)
			printf(" %+d %s", d->nr, d->line->text);
		if (d->nr && d->site)
			printf(" (%s+0x%lx)", d->site->site->op, d->site->at - f->start);
		printf(d->nr ? ";" : "");
	}
	printf(" %u in another place, %u jump elsewhere%s\n", moved, elsewhere, loops);
	return REMAINS;
}

/* By what the twin's function has that nothing was matched with. */
static enum exception judge(const struct line *l, struct function *g)
{
	enum exception e = l->same ? SAME : expected(l);
	size_t len = strcspn(l->text, "[");
	struct line *b;

	if (!g)
		return ALONE;
	if (e == NOP)
		return l[-1].site == l->site && l[-1].size == 1 && l[-1].same ? NOP : NONE;
	if (l->same || e)
		return e;
	for (b = g->lines; b < g->lines + g->nr; b++) {
		if (b->same)
			continue;
		if (!strcmp(l->text, b->text))
			e = SAME;
		else if (l->text[len] && !strncmp(l->text, b->text, len + 1))
			e = OPERAND;
		else if (!strncmp(l->text, "call ", 5) && !strncmp(b->text, "jmp ", 4) &&
			 !strcmp(l->text + 5, b->text + 4))
			e = TAIL;
		else
			continue;
		b->same = true;
		return e;
	}
	return NONE;
}

static void judge_sites(const struct function *f, struct function *g)
{
	const struct line *l, *end = f->lines + f->nr, *next;
	enum exception e, worst;
	struct sum *sum;

	for (l = f->lines; l < end; l = next) {
		worst = SAME;
		for (next = l; next < end && next->site == l->site; next++)
			if (l->site && (e = judge(next, g)) > worst)
				worst = e;
		if (!l->site)
			continue;
		for (sum = sums; sum->op && strcmp(sum->op, l->site->op);)
			sum++;
		sum->op = l->site->op;
		sum->nr[worst]++;
		if (worst == NONE)
			failure("%s+0x%lx, a site of %s, executes '%s', which the twin does not",
				f->name, l->at - f->start, l->site->op, l->text);
	}
}

int main(int argc, char **argv)
{
	unsigned int count[REMAINS + 1] = { 0 }, alone = 0, e;
	const struct sum *s;
	struct function *f, *g;
	enum verdict verdict;

	if (argc != 5)
		errx(2, "usage: twincmp IMAGE TEXT TWIN TWINTEXT");
	read_side(&patched, argv[1], argv[2]);
	read_side(&twin, argv[3], argv[4]);
	for (f = patched.functions; f < patched.functions + patched.nr; f++) {
		verdict = REMAINS;
		/* Two files may each have one of a name. */
		for (g = twin.functions; g < twin.functions + twin.nr; g++)
			if (!g->seen && !strcmp(g->name, f->name))
				break;
		if (g < twin.functions + twin.nr) {
			g->seen = true;
			verdict = compare(f, g);
			count[verdict]++;
		} else {
			g = NULL;
			alone++;
			printf("%s: the twin has it inline\n", f->name);
		}
		judge_sites(f, g);
		if (verdict == REMAINS && !f->nr_sites)
			failure("%s differs, and has no site that could explain it", f->name);
	}
	for (g = twin.functions; g < twin.functions + twin.nr; g++)
		if (!g->seen)
			failure("%s is in %s only", g->name, argv[3]);

	printf("functions: %u identical, %u but for registers, %u differ, %u inline in the twin\n",
	       count[IDENTICAL], count[REGISTERS], count[REMAINS], alone);
	printf("sites of                    same   NOP no-op   mov  zero operand tail inline");
	for (s = sums; s->op; s++) {
		printf("\n%-26s", s->op);
		for (e = 0; e < NONE; e++)
			printf(" %5u", s->nr[e]);
	}
	printf("\ninstructions: %u, the twin %u, ratio %.4f\n", patched.executes, twin.executes,
	       (double)patched.executes / twin.executes);
	return failures != 0;
}
