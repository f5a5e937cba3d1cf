/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer target for the planner: the input's bytes choose an image (sites, records,
 * replacements, slots, features, distances) that is right but for a few mutations, so that
 * acceptance is not rare. All its sites are planned and written into a copy of text by the loop of
 * apply.c, under these oracles: alt_plan() on the original text says the same; plan_oracle.h
 * agrees; a site decodes to its end; no byte outside a planned site changes, a refused site's
 * neither. Says at exit what became of the tables. tests/host/fuzz.t and `make fuzz` run it.
 */
#include <stdio.h>
#include <stdlib.h>
#include "plan_oracle.h"
#include "../../arch/x86/patch/plan_site.h"

#define TEXT	   0xffffffff81000000
#define SLOTS	   (TEXT + 0x100000)
#define FUNC	   (TEXT + 0x200000)
#define NR_SLOTS   8
#define NR_RECORDS 24

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static const u8 *input;
static size_t input_left;
static struct alt_instr records[NR_RECORDS];
static u32 nr_records;
static u64 records_at, repl_at;
static u8 text[512], repl[1024];
static unsigned int text_len, repl_len;

static unsigned long tables, accepted, declined, refused[ALT_ERR_SLOT + 1], kinds[ALT_KINDS];

static void report(void)
{
	static const char *const kind_names[] = { "native", "call", "no-op",
						  "ret0",   "trap", "original" };
	unsigned int i;

	fprintf(stderr, "fuzz: %lu tables, %lu accepted; sites:", tables, accepted);
	for (i = 0; i < ALT_KINDS; i++)
		fprintf(stderr, " %lu %s,", kinds[i], kind_names[i]);
	fprintf(stderr, " %lu that capstone can't judge\n", declined);
	for (i = ALT_OK + 1; i <= ALT_ERR_SLOT; i++)
		fprintf(stderr, "fuzz: %9lu refused: %s\n", refused[i], alt_error_text(i));
}

static _Noreturn void fail(const char *why, const struct alt_plan *plan)
{
	unsigned int i;

	fprintf(stderr, "fuzz: record %u, site %#llx, winner %d: %s\nfuzz: planned", plan->record,
		(unsigned long long)plan->site, plan->winner, why);
	for (i = 0; i < plan->len && i < ALT_MAX_SITE; i++)
		fprintf(stderr, " %02x", plan->bytes[i]);
	fprintf(stderr, "\n");
	abort();
}

static unsigned int take(void)
{
	return input_left ? input_left--, *input++ : 0;
}

/* What forms are made of; rel is where a relative operand lies, at the end but for tail bytes. */
static const struct {
	u8 len, rel, size, tail, bytes[10];
} insns[] = {
	/* clang-format off */
	{ 1, 0, 0, 0, { 0xfa } },		     { 1, 0, 0, 0, { 0x50 } },
	{ 1, 0, 0, 0, { 0x90 } },		     { 1, 0, 0, 0, { 0xc3 } },
	{ 2, 0, 0, 0, { 0x48, 0xcf } },		     { 2, 0, 0, 0, { 0x0f, 0x0b } },
	{ 2, 0, 0, 0, { 0x0f, 0x30 } },		     { 3, 0, 0, 0, { 0x0f, 0x01, 0xf8 } },
	{ 4, 0, 0, 0, { 0x0f, 0x38, 0x0b, 0xc1 } },  { 3, 0, 0, 0, { 0x48, 0x0f, 0x07 } },
	{ 9, 0, 0, 0, { 0x65, 0x48, 0x8b, 0x04, 0x25, 0x10 } }, { 10, 0, 0, 0, { 0x48, 0xb8 } },
	{ 2, 0, 0, 0, { 0xff, 0xe0 } },		     { 3, 0, 0, 0, { 0x4c, 0x89, 0xf8 } },
	{ 5, 1, 4, 0, { 0xe8 } },		     { 5, 1, 4, 0, { 0xe9 } },
	{ 2, 1, 1, 0, { 0xeb } },		     { 2, 1, 1, 0, { 0x75 } },
	{ 6, 2, 4, 0, { 0x0f, 0x84 } },		     { 2, 1, 1, 0, { 0xe3 } },
	{ 7, 3, 4, 0, { 0x48, 0x8b, 0x05 } },	     { 7, 2, 4, 1, { 0x83, 0x3d } },
	{ 10, 2, 4, 4, { 0xc7, 0x05 } },	     { 6, 2, 4, 0, { 0xff, 0x25 } },
	/* clang-format on */
};

/* At most `room` bytes of instructions for address at. Their targets are in them, or not. */
static unsigned int form(u8 *out, unsigned int room, u64 at)
{
	unsigned int nr = take() % 4, len = 0, fixups[4][3], nr_fixups = 0, i, k;

	while (nr--) {
		unsigned int pick = take() % (ARRAY_SIZE(insns) + 2);

		if (pick >= ARRAY_SIZE(insns)) { /* whatever it is */
			for (k = take() % 4; k && len < room; k--)
				out[len++] = take();
			continue;
		}
		if (len + insns[pick].len > room)
			break;
		memcpy(out + len, insns[pick].bytes, insns[pick].len);
		len += insns[pick].len;
		if (insns[pick].size) {
			fixups[nr_fixups][0] = len - insns[pick].tail - insns[pick].size;
			fixups[nr_fixups][1] = insns[pick].size;
			fixups[nr_fixups++][2] = len;
		}
	}
	for (i = 0; i < nr_fixups; i++) {
		unsigned int choice = take();
		u64 target = choice & 1	  ? at + (choice >> 1) % (len + 1)
			     : choice & 2 ? TEXT + (choice & 4 ? text_len : choice)
					  : FUNC + choice;

		for (k = 0; k < fixups[i][1]; k++)
			out[fixups[i][0] + k] = (target - (at + fixups[i][2])) >> 8 * k;
	}
	return len;
}

static void set_offsets(u32 i, u64 site, u64 replacement)
{
	records[i].instr_offset = site - (records_at + i * sizeof(records[i]));
	records[i].repl_offset = replacement - (records_at + i * sizeof(records[i]) + 4);
}

/* One site behind the last: an original, 0x90 to the longest form, and its records. */
static void add_site(void)
{
	unsigned int len = 0, nr = 1 + take() % 3, longest, i;
	u8 *start;
	u64 site, slot;
	bool call = take() & 1;

	for (i = take() % 8; i; i--)
		text[text_len++] = take();
	start = text + text_len;
	site = TEXT + text_len;
	if (call) {
		slot = SLOTS + take() % (8 * NR_SLOTS + 8) / 8 * 8 - (site + 6);
		memcpy(start, (const u8[]){ 0xff, 0x15, slot, slot >> 8, slot >> 16, slot >> 24 },
		       len = 6);
	} else {
		len = form(start, ALT_MAX_SITE, site);
	}
	longest = len + take() % 8;
	for (i = nr_records; i < nr_records + nr; i++) {
		unsigned int flags = take();

		records[i].cpuid = flags >> 2;
		records[i].flags = (flags & 1) | (flags & 0x80 ? ALT_FLAG_REQUIRED : 0);
		set_offsets(i, site, repl_at + repl_len);
		records[i].replacementlen = 5;
		if (call && i == nr_records) {
			records[i].flags |= ALT_FLAG_DIRECT_CALL;
			repl[repl_len] = 0xe8;
		} else {
			records[i].replacementlen =
				form(repl + repl_len, ALT_MAX_SITE, repl_at + repl_len);
		}
		repl_len += records[i].replacementlen;
		longest = max(longest, records[i].replacementlen);
	}
	longest = min(max(longest, 1u), (unsigned int)ALT_MAX_SITE);
	memset(start + len, 0x90, longest - len);
	for (; nr_records < i; nr_records++) /* as the macros nest, the last one says it */
		records[nr_records].instrlen = nr_records + 1 == i ? longest : max(len, 1u);
	text_len += longest;
}

static void mutate(void)
{
	struct alt_instr *a = &records[take() % nr_records];
	unsigned int what = take(), value = what & 16 ? take() % 2 * 2 - 1 : take();

	switch (what % 8) {
	case 0:
		a->instr_offset += (s8)value;
		break;
	case 1:
		a->repl_offset += (s8)value * (what & 8 ? 256 : 1);
		break;
	case 2:
		a->cpuid ^= value << (what >> 4);
		break;
	case 3:
		a->flags ^= 1 << value % 16;
		break;
	case 4:
		a->instrlen += (s8)value;
		break;
	case 5:
		a->replacementlen += (s8)value;
		break;
	case 6:
		text[value % text_len] ^= 1 << what / 32;
		break;
	case 7:
		repl[value % (repl_len + 1)] ^= 1 << what / 32;
		break;
	}
}

static void *exact(const void *from, size_t size)
{
	return memcpy(malloc(size), from, size);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const u64 repl_places[] = { TEXT + 0x60, TEXT - 0x40, TEXT + 0x100000,
					   TEXT - 0xb0000000 };
	static u8 touched[sizeof(text)];
	u64 slots[NR_SLOTS], prev_site = 0, prev_end = TEXT;
	struct alt_plan plan, again;
	struct alt_context ctx, live;
	enum alt_error error = ALT_OK;
	struct alt_memo memo = { 0 };
	struct alt_cursor cursor;
	bool any_required = false;
	const char *why;
	u8 *written;
	u32 caps[2], mode, i, nr;
	struct insn insn;

	if (!tables++ && (!oracle_open() || atexit(report)))
		abort();
	input = data;
	input_left = size;
	nr_records = text_len = repl_len = 0;
	memset(text, 0, sizeof(text));
	memset(repl, 0, sizeof(repl));
	memset(touched, 0, sizeof(touched));
	repl_at = repl_places[take() % ARRAY_SIZE(repl_places)];
	records_at = repl_at + 0x60000000;
	for (i = 0; i < NR_SLOTS; i++) {
		static const u64 functions[] = { FUNC, 0, FUNC + 16, FUNC + 32, 0x7f0000000000 };

		slots[i] = functions[take() % ARRAY_SIZE(functions)];
	}
	caps[0] = ~(take() * 0x01010101u);
	caps[1] = ~(take() * 0x01010101u);
	mode = take() % 8;
	nr = 1 + take() % 6;
	while (nr--)
		add_site();
	for (nr = take() % 8; nr > 5; nr--) /* one or two in a quarter of the tables */
		mutate();
	text_len += take() % 8;
	repl_len += take() % 2;

	ctx = (struct alt_context){
		.records = exact(records, nr_records * sizeof(records[0])),
		.records_at = records_at,
		.nr_records = nr_records,
		.nr_features = 64,
		.caps = exact(caps, sizeof(caps)),
		.text = { TEXT, TEXT + text_len, exact(text, text_len) },
		.repl = { repl_at, repl_at + repl_len, exact(repl, repl_len) },
		.slots = { SLOTS, SLOTS + sizeof(slots), exact(slots, sizeof(slots)) },
		.nop_func = FUNC + 16,
		.ret0_func = FUNC + 32,
		.bug_func = FUNC + 48,
		.mode = mode > ALT_ONLY_CALLS ? ALT_FULL : mode,
	};
	for (i = 0; i < nr_records; i++)
		any_required |= !!(records[i].flags & ALT_FLAG_REQUIRED);
	written = exact(text, text_len);
	live = ctx; /* the kernel plans from the text that it is writing */
	live.text.bytes = written;
	live.memo = &memo;
	cursor = (struct alt_cursor){ ctx.records, records_at, 0 };

	while (cursor.i < nr_records) {
		nr = cursor.i;
		memset(&plan, 0xa5, sizeof(plan));
		memset(&again, 0x5a, sizeof(again));
		error = plan_site(&live, &cursor, prev_site, prev_end, &plan, plan.bytes);
		plan.record = error ? plan.record : nr;
		if (alt_plan(&ctx, nr, prev_site, prev_end, &again) != error ||
		    plan.record != again.record || (!error && !oracle_equal(&plan, &again)))
			fail("planned twice, two answers", &plan);
		if (error) {
			if (error > ALT_ERR_SLOT || plan.record < nr || plan.record >= nr_records)
				fail("blames a record that it did not see", &plan);
			break;
		}
		if (plan.next <= nr || plan.next != cursor.i || plan.next > nr_records ||
		    plan.len > ALT_MAX_SITE || plan.site < prev_end ||
		    plan.site + plan.len > TEXT + text_len)
			fail("accepted, but not a site behind the one before", &plan);
		why = oracle(&ctx, &plan);
		declined += why == oracle_declines;
		if (why && why != oracle_declines)
			fail(why, &plan);
		for (i = 0; i < plan.len && memcmp(plan.bytes, text + (plan.site - TEXT), plan.len);
		     i += insn.length)
			if (insn_decode(&insn, plan.bytes + i, plan.len - i))
				fail("the site does not decode to its end", &plan);
		kinds[plan.kind]++;
		memcpy(written + (plan.site - TEXT), plan.bytes, plan.len);
		memset(touched + (plan.site - TEXT), 1, plan.len);
		prev_site = plan.site;
		prev_end = plan.site + plan.len;
	}
	for (i = 0; i < text_len; i++)
		if (written[i] != text[i] &&
		    (!touched[i] || (mode == ALT_ONLY_REQUIRED && !any_required)))
			fail("a byte changed that is in no site, or under nopatch", &plan);
	accepted += !error;
	refused[error]++;
	free((void *)ctx.records);
	free((void *)ctx.caps);
	free((void *)ctx.text.bytes);
	free((void *)ctx.repl.bytes);
	free((void *)ctx.slots.bytes);
	free(written);
	return 0;
}
