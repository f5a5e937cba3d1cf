/* SPDX-License-Identifier: MIT */
/*
 * alt_plan(): what a site shall hold. A pure function of a record table, a feature bitmap, the
 * slots of pv_ops and the original bytes; the boot patcher, the tools and the tests share it.
 */
#ifndef ASM_ALT_PLAN_H
#define ASM_ALT_PLAN_H

#include <types.h>
#include <asm/alternative.h>

/* The longest site. The originals are kept in slots of this size (struct alt_site). */
#define ALT_MAX_SITE 32

/* What stretches an instruction: emit.c has the rules. */
#define CS_PREFIX    0x2e
#define MAX_PREFIXES 3

/* Bytes that lie at [start, end) in the image: bytes[0] is at start. */
struct alt_range {
	u64 start, end;
	const u8 *bytes;
};

/*
 * Forms of at most 4 bytes whose bytes do not depend on where they run, as they came out for sites
 * of at most 8: a kernel has a dozen of them and a thousand sites. All zero to begin with.
 */
struct alt_memo {
	struct alt_memo_entry {
		u64 key; /* the form's bytes, the room, its length; 0 = empty */
		u64 bytes;
	} entries[32];
};

enum alt_mode {
	ALT_FULL,
	ALT_ONLY_REQUIRED, /* `nopatch`: leave what can be left */
	ALT_ONLY_CALLS,	   /* for measuring: calls stay calls where an instruction would do */
};

struct alt_context {
	const struct alt_instr *records;
	u64 records_at; /* address of records[0] */
	u32 nr_records;
	u32 nr_features;		   /* bits in caps */
	const u32 *caps;		   /* 32 features a word */
	struct alt_range text;		   /* with the ORIGINAL bytes at the sites */
	struct alt_range repl;		   /* .altinstr_replacement */
	struct alt_range slots;		   /* pv_ops, as this machine has it */
	u64 nop_func, ret0_func, bug_func; /* paravirt_nop, paravirt_ret0, paravirt_BUG */
	enum alt_mode mode;
	struct alt_memo *memo; /* speed only; NULL = none */
};

/* What became of a site. */
enum alt_kind {
	ALT_NATIVE,   /* an instruction took the place of the call, or of other instructions */
	ALT_CALL,     /* a direct call to the slot's function */
	ALT_NOP,      /* the slot holds the no-op function: padding only */
	ALT_RET0,     /* the slot holds the function that returns 0: the instruction that does */
	ALT_TRAP,     /* the slot is NULL: a call to a function that panics */
	ALT_ORIGINAL, /* no record's condition held, or none may */
	ALT_KINDS
};

enum alt_error {
	ALT_OK,
	ALT_ERR_FEATURE,      /* a feature number beyond the table */
	ALT_ERR_FLAGS,	      /* an unknown flag */
	ALT_ERR_SITE,	      /* the site is not inside text */
	ALT_ERR_SITE_LENGTH,  /* zero, or longer than ALT_MAX_SITE */
	ALT_ERR_ORDER,	      /* before the site of the record before: sites ascend */
	ALT_ERR_OVERLAP,      /* begins inside the site before */
	ALT_ERR_REPL,	      /* the replacement is not inside .altinstr_replacement */
	ALT_ERR_REPL_LENGTH,  /* longer than its site */
	ALT_ERR_INSN,	      /* the replacement does not decode */
	ALT_ERR_DISPLACEMENT, /* a moved operand no longer reaches its target */
	ALT_ERR_CALL_SITE,    /* DIRECT_CALL, and the original is not call *slot(%rip) */
	ALT_ERR_CALL_REPL,    /* DIRECT_CALL, and the replacement is not call rel32 */
	ALT_ERR_SLOT,	      /* DIRECT_CALL, and the slot is not one of pv_ops */
};

struct alt_plan {
	u64 site;   /* address */
	u64 target; /* ALT_CALL, ALT_TRAP: what is called */
	u32 record; /* the first record of the site; on an error the one to blame */
	u32 next;   /* the first record of the next site */
	s32 winner; /* the record that decided, -1 = none */
	u8 len;	    /* of the site: the greatest instrlen of its records */
	u8 kind;    /* enum alt_kind */
	u8 bytes[ALT_MAX_SITE];
};

/*
 * Plan the site whose first record is `record`. prev_site and prev_end are where the site before
 * began and ended, 0 and 0 for the first. On an error nothing in *plan but `record` is meant.
 */
enum alt_error alt_plan(const struct alt_context *ctx, u32 record, u64 prev_site, u64 prev_end,
			struct alt_plan *plan);

/* A sentence's end for an error: "names feature %u, ..." without the number. */
const char *alt_error_text(enum alt_error error);

/* The slot's address if the bytes of a site at `site` are call *slot(%rip), else 0. */
u64 alt_call_slot(const u8 *bytes, u64 site);

/*
 * One form for one place: `len` bytes of instructions assembled for address `from`, at `to` with
 * room for `room` bytes. Moves what counts from the instruction pointer and fills the rest so that
 * as little as possible executes. `out` has ALT_MAX_SITE bytes, whatever the room. emit.c
 */
enum alt_error alt_emit(u8 *out, unsigned int room, u64 to, const u8 *bytes, unsigned int len,
			u64 from);

/* Does one of these instructions count from where it runs? Only for what alt_emit() has taken. */
bool alt_moves(const u8 *bytes, unsigned int len);

/* Fill [p, p + len) with one instruction that does nothing: nops.c. */
void alt_pad(u8 *p, unsigned int len);

#endif
