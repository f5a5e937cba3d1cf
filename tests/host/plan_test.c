/* SPDX-License-Identifier: MIT */
/*
 * Unit test of the planner, arch/x86/patch/{plan,emit,nops,static_call_plan}.c, on the host.
 *
 * Every form and every refusal is a line of plan_cases.h: the original, its records, and what the
 * site must hold, in a little assembler whose relative operands name their target; plan_oracle.h
 * judges each plan a second time. All that the planner reads is malloc'ed to its size, so that
 * AddressSanitizer sees one byte too many. Speaks TAP.
 */
#include <stdio.h>
#include <stdlib.h>
#include <static_call.h>
#include "plan_cases.h"
#include "plan_oracle.h"

static unsigned int tests, failed;
static u64 repl_at = REPL;
static unsigned int spare; /* behind the last replacement: with 4, short forms are remembered */
static struct alt_context ctx;
static struct alt_instr records[8];
static struct alt_memo memo; /* one for all tests, to be wrong in a later one if ever */
static struct alt_plan *plan;
static void *held[ALT_MAX_SITE];
static unsigned int nr_held;

static void report(const char *what, const char *wrong)
{
	printf("%sok %u - plan: %s\n", wrong ? "not " : "", ++tests, what);
	if (wrong)
		printf("# %s\n", wrong);
	failed += !!wrong;
	while (nr_held)
		free(held[--nr_held]);
}

/* A copy that ends where its memory ends; the next report() frees it. */
static void *exact(const void *from, size_t size)
{
	u8 *copy = held[nr_held++] = malloc(size + !size);

	memcpy(copy, from, size);
	return size ? copy : copy + 1;
}

/*
 * Two digits are a byte, *n repeats it to n; >fn is the rel32 to symbol f in an instruction that
 * goes on for n bytes behind it, ~fn the rel8. Ends at | or at the text's end.
 */
static unsigned int assemble(u8 *out, const char **text, u64 at)
{
	const char *p = *text;
	unsigned int n = 0, i;

	for (; *p && *p != '|'; p++) {
		if (*p == '>' || *p == '~') {
			u32 size = *p == '>' ? 4 : 1;
			u64 disp = symbols[(u8)p[1]] - (at + n + size + p[2] - '0');

			memcpy(out + n, &disp, size);
			n += size;
			p += 2;
		} else if (*p == '*') {
			for (i = strtoul(p + 1, NULL, 10); i > 1; i--, n++)
				out[n] = out[n - 1];
			p += strspn(p + 1, "0123456789");
		} else if (*p != ' ' && sscanf(p++, "%2x", &i) == 1) {
			out[n++] = i;
		}
	}
	*text = *p ? p + 1 : p;
	return n;
}

static void set(u32 record, enum field field, u64 value)
{
	if (field < CPUID) /* from itself */
		value -= RECORDS + record * sizeof(records[0]) + field;
	memcpy((u8 *)&records[record] + field, &value, field < CPUID ? 4 : field < ILEN ? 2 : 1);
}

/* An image with sites SPACING apart, and the context to plan them. */
static void build(const char *const (*site)[2], unsigned int nr)
{
	const u64 slots[] = { FUNC, 0, NOP, RET0, symbols['x'] };
	const u32 caps[] = { 0, 1 << (HAS - 32) };
	u32 text_len = 0, repl_len = 0, i, n = 0;
	u8 text[128], repl[128];

	memset(text, 0x90, sizeof(text));
	memset(repl, 0xfc, sizeof(repl));
	for (i = 0; i < nr; i++) {
		const char *p = site[i][0];
		u32 start = SPACING * i, len = assemble(text + start, &p, TEXT + start);

		text_len = start + len;
		for (p = site[i][1]; *p; n++) {
			static const char letters[] = "!dr"; /* as the flags' bits */

			for (records[n].flags = 0; *p && strchr(letters, *p); p++)
				records[n].flags |= 1 << (strchr(letters, *p) - letters);
			set(n, CPUID, *p++ == 'y' ? HAS : LACKS);
			set(n, ILEN, *p == ':' ? strtoul(p + 1, (char **)&p, 10) : len);
			set(n, SITE, TEXT + start);
			set(n, REPLACEMENT, repl_at + repl_len);
			set(n, RLEN, assemble(repl + repl_len, &p, repl_at + repl_len));
			repl_len += records[n].replacementlen;
		}
	}
	ctx = (struct alt_context){
		.records_at = RECORDS,
		.nr_records = n,
		.nr_features = NR_FEATURES,
		.caps = exact(caps, sizeof(caps)),
		.text = { TEXT, TEXT + text_len, exact(text, text_len) },
		.repl = { repl_at, repl_at + repl_len + spare, exact(repl, repl_len + spare) },
		.slots = { SLOTS, SLOTS + sizeof(slots), exact(slots, sizeof(slots)) },
		.nop_func = NOP,
		.ret0_func = RET0,
		.bug_func = BUG,
	};
}

/* Plan twice, over different rubbish, without memory and with; then ask the oracle. */
static enum alt_error judge(u32 record, u64 prev_site, u64 prev_end, const char **wrong)
{
	struct alt_plan first;
	enum alt_error error;

	ctx.memo = NULL;
	memset(&first, 0xa5, sizeof(first));
	error = alt_plan(&ctx, record, prev_site, prev_end, &first);
	ctx.memo = &memo;
	memset(plan, 0x5a, sizeof(*plan));
	*wrong = NULL;
	if (alt_plan(&ctx, record, prev_site, prev_end, plan) != error ||
	    first.record != plan->record || (!error && !oracle_equal(&first, plan)))
		*wrong = "planned twice, two answers";
	else if (!error)
		*wrong = oracle(&ctx, plan);
	return error;
}

/* One site: what becomes of it, or with `planned` NULL what it is refused for. */
static void test_site(const char *what, const char *original, const char *text, const char *planned,
		      unsigned int result)
{
	const char *const site[][2] = { { original, text } };
	const char *wrong, *p = planned;
	enum alt_error error;
	char why[128];
	u8 bytes[64];
	u32 i, n, len;

	build(site, 1);
	ctx.records = exact(records, ctx.nr_records * sizeof(records[0]));
	error = judge(0, 0, 0, &wrong);
	n = snprintf(why, sizeof(why), "error %u, kind %u:", error, plan->kind);
	if (planned) {
		len = assemble(bytes, &p, TEXT);
		for (i = 0; !error && i < plan->len; i++)
			n += snprintf(why + n, sizeof(why) - n, " %02x", plan->bytes[i]);
		if (error || plan->kind != result || plan->len != len ||
		    memcmp(plan->bytes, bytes, len))
			wrong = why;
	} else if (error != result) {
		wrong = why;
	}
	if (!wrong) { /* as for measuring, then as with nopatch: the oracle knows these */
		ctx.mode = ALT_ONLY_CALLS;
		judge(0, 0, 0, &wrong);
	}
	ctx.mode = ALT_ONLY_REQUIRED;
	if (!wrong && judge(0, 0, 0, &wrong) && !strchr(text, 'r'))
		wrong = "nopatch refuses what it leaves";
	report(what, wrong);
}

static void test_refusal(unsigned int r)
{
	enum alt_error error = ALT_OK;
	const char *wrong = NULL;
	u64 site = 0, end = 0;
	char why[64];
	u32 next;

	build(three, ARRAY_SIZE(three));
	set(refusals[r].record, refusals[r].field, refusals[r].value);
	ctx.records = exact(records, ctx.nr_records * sizeof(records[0]));
	for (next = 0; !wrong && !error && next < ctx.nr_records; next = plan->next) {
		error = judge(next, site, end, &wrong);
		site = plan->site;
		end = site + plan->len;
	}
	snprintf(why, sizeof(why), "error %u, record %u", error, plan->record);
	if (!wrong && (error != refusals[r].error || (error && plan->record != refusals[r].blamed)))
		wrong = why;
	report(refusals[r].what, wrong);
}

static void test_reach(unsigned int i, bool down, int off)
{
	bool narrow = strchr(reach[i].planned, '~');
	s64 most = narrow ? 127 : 0x7fffffff, away = (narrow ? 40 : 1 << 20) + off;
	s64 disp = down ? -most - 1 - off : most + off;
	char what[64];

	symbols['x'] = TEXT + reach[i].len + disp;
	repl_at = down ? TEXT - away : TEXT + away; /* from there it reaches */
	snprintf(what, sizeof(what), "%s by %lld", reach[i].planned, (long long)disp);
	test_site(what, reach[i].original, reach[i].records, off > 0 ? NULL : reach[i].planned,
		  off > 0 ? ALT_ERR_DISPLACEMENT : reach[i].kind);
}

static void test_static_call(unsigned int i, enum static_call_kind kind)
{
	const char *text = calls[i].planned[kind];
	u8 bytes[8], *out;
	char what[64];
	u32 len;

	snprintf(what, sizeof(what), "static call %u, kind %u: %s", i, kind, text);
	len = assemble(bytes, &text, TEXT);
	out = exact("00000000", len);
	report(what, static_call_plan(out, kind, TEXT, calls[i].func, NOP, RET0) != len ||
				     memcmp(out, bytes, len)
			     ? "another length, or other bytes"
			     : NULL);
}

int main(void)
{
	const char *wrong = NULL;
	unsigned int i, k;

	if (!oracle_open()) {
		printf("Bail out! capstone does not open\n");
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0); /* to show how far it came */
	plan = malloc(sizeof(*plan));
	printf("TAP version 13\n");
	for (i = 0; i < ARRAY_SIZE(refusals); i++)
		test_refusal(i);
	for (i = 0; i < 2 * ARRAY_SIZE(sites); i++) {
		k = i % ARRAY_SIZE(sites);
		spare = i == k ? 0 : 4;
		test_site(sites[k].what, sites[k].original, sites[k].records, sites[k].planned,
			  sites[k].result);
	}
	for (i = 0; i < 6 * ARRAY_SIZE(reach); i++)
		test_reach(i / 6, i & 1, (int)(i / 2 % 3) - 1);
	for (i = 0; i < 3 * ARRAY_SIZE(calls); i++)
		test_static_call(i / 3, i % 3);

	for (i = 1; i <= ALT_MAX_SITE && !wrong; i++) {
		held[nr_held++] = malloc(i);
		alt_pad(held[i - 1], i);
		wrong = oracle_padding(held[i - 1], i, TEXT, false);
	}
	report("padding of 1 to 32 bytes executes one instruction", wrong);

	for (i = ALT_OK; i <= ALT_ERR_SLOT; i++)
		for (k = ALT_OK; k <= i; k++)
			if (!strchr(alt_error_text(i), ' ') ||
			    (k < i && !strcmp(alt_error_text(i), alt_error_text(k))))
				wrong = "one is missing, or another's";
	report("every error has a sentence of its own", wrong);
	printf("1..%u\n", tests);
	free(plan);
	return failed != 0;
}
