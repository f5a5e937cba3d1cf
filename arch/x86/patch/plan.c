/* SPDX-License-Identifier: MIT */
/*
 * alt_plan() as a function, and the words for its refusals. Pure; for the kernel's report and
 * benchmarks and for the host's tools, tests and fuzzer.
 */
#include "plan_site.h"

u64 alt_call_slot(const u8 *bytes, u64 site)
{
	return bytes[0] == 0xff && bytes[1] == 0x15 ? call_slot(bytes, site) : 0;
}

/* As it is, or with what the macros padded it with executing as one. */
enum alt_error plan_original(u64 site, unsigned int site_len, const u8 *original, bool as_it_is,
			     u8 *out)
{
	unsigned int len = 0, pad;
	struct insn insn;

	for (pad = 0; pad < site_len; pad++)
		out[pad] = original[pad];
	while (!as_it_is) {
		for (pad = len; pad < site_len && original[pad] == 0x90; pad++)
			;
		if (pad == site_len)
			return alt_emit(out, site_len, site, original, len, site);
		if (insn_decode(&insn, original + len, site_len - len))
			return ALT_ERR_INSN;
		len += insn.length;
	}
	return ALT_OK;
}

enum alt_error alt_plan(const struct alt_context *ctx, u32 record, u64 prev_site, u64 prev_end,
			struct alt_plan *plan)
{
	struct alt_context c = *ctx;
	struct alt_memo memo = { 0 };
	struct alt_cursor cursor = { &ctx->records[record],
				     ctx->records_at + record * sizeof(*ctx->records), record };

	enum alt_error error;

	if (!c.memo)
		c.memo = &memo;
	error = plan_site(&c, &cursor, prev_site, max(prev_end, c.text.start), plan, plan->bytes);
	if (!error)
		plan->record = record;
	return error;
}

const char *alt_error_text(enum alt_error error)
{
	static const char *const text[] = {
		[ALT_OK] = "is well formed",
		[ALT_ERR_FEATURE] = "names a feature beyond the feature table",
		[ALT_ERR_FLAGS] = "has an unknown flag",
		[ALT_ERR_SITE] = "has a site outside the kernel's text",
		[ALT_ERR_SITE_LENGTH] = "has a site of no length or of more than 32 bytes",
		[ALT_ERR_ORDER] = "has a site below the one before it; sites must ascend",
		[ALT_ERR_OVERLAP] = "has a site that begins inside the one before it",
		[ALT_ERR_REPL] = "has a replacement outside .altinstr_replacement",
		[ALT_ERR_REPL_LENGTH] = "has a replacement longer than its site",
		[ALT_ERR_INSN] =
			"has a replacement, or padding in its original, that does not decode",
		[ALT_ERR_DISPLACEMENT] = "has an operand that does not reach its target any more",
		[ALT_ERR_CALL_SITE] = "is a direct call, but its site is not call *slot(%rip)",
		[ALT_ERR_CALL_REPL] = "is a direct call, but its replacement is not call rel32",
		[ALT_ERR_SLOT] = "is a direct call through something that is no slot of pv_ops",
	};

	return text[error];
}
