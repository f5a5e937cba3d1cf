/* SPDX-License-Identifier: MIT */
/* The sites of this boot, after apply_alternatives(): where, what they held, what they became. */
#ifndef ASM_ALT_SITES_H
#define ASM_ALT_SITES_H

#include <asm/alt_plan.h>

struct alt_site {
	u64 address;
	u32 record; /* its first record in .altinstructions */
	s32 winner; /* the record that decided, -1 = none */
	u8 len;
	u8 kind;		   /* enum alt_kind */
	u8 original[ALT_MAX_SITE]; /* behind len: whatever follows the site */
	u8 reserved[6];
};
/* linker.ld reserves one for each record, by size. */
_Static_assert(sizeof(struct alt_site) == 4 * sizeof(struct alt_instr),
	       "linker.ld multiplies by 4");

/* What the boot patcher plans from: this image in memory, this machine's features and ops. */
void alt_boot_context(struct alt_context *ctx);

/*
 * Plan and write all of a table's sites into ctx->text.bytes, keep what they held in sites[], one
 * for each record at most. On an error *plan names the record, and the sites before it are written.
 */
enum alt_error alt_apply_table(const struct alt_context *ctx, struct alt_site *sites, u32 *nr,
			       struct alt_plan *plan);

/* Of the table and the replacements; tools/mksymbols computes the same from the file. */
u64 alt_table_sum(void);

/* All sites, ascending by address; *nr is 0 before the boot patch. */
const struct alt_site *alt_sites(u32 *nr);

/* The site that holds an address, or NULL. */
const struct alt_site *alt_site_at(u64 address);

/* The slot of pv_ops that the site's original calls through, or -1 when it is no paravirt call. */
int alt_site_slot(const struct alt_site *site);

/* Is one of its records flagged ALT_FLAG_REQUIRED? */
bool alt_site_required(const struct alt_site *site);

/*
 * The boot's report: sites by op group and what they became; `each` adds a line for each
 * site, `nopatch` says that only what is required was patched.
 */
void alt_report(bool each, bool nopatch);

/* The CPU features that decided, for `tools/whatif -f`; all of text as it is now, in hexadecimal.
 */
void features_dump(void);
void text_dump(void);

#endif
