/* SPDX-License-Identifier: MIT */
/*
 * ALTERNATIVE: one piece of text with more than one form, and the table that says which form
 * suits which machine. The compiler's output holds the original; the boot patcher
 * (arch/x86/patch) writes the form that this machine should have.
 *
 *   .text                    .altinstructions                 .altinstr_replacement
 *   771: original       <--- instr_offset  (to 771 from here)
 *   772: padding (90)        repl_offset   ------------------> 774: replacement 1
 *   773:                     cpuid, flags  (when to use it)    775: replacement 2
 *        (site's end)        instrlen, replacementlen          776:
 *
 * A site may have several records, one after another; the last whose condition holds wins, and
 * with none the original stays. The site is as long as its longest form.
 */
#ifndef ASM_ALTERNATIVE_H
#define ASM_ALTERNATIVE_H

#include <asm/cpufeatures.h>

/* The form suits machines WITHOUT the feature. */
#define ALT_FLAG_NOT (1 << 0)
/*
 * The original is `call *slot(%rip)`, the replacement a call whose target the patcher takes from
 * that slot.
 */
#define ALT_FLAG_DIRECT_CALL (1 << 1)
/* The original is not right everywhere: the site is patched even with `nopatch`. Ours. */
#define ALT_FLAG_REQUIRED (1 << 2)
#define ALT_FLAGS_MASK	  (ALT_FLAG_NOT | ALT_FLAG_DIRECT_CALL | ALT_FLAG_REQUIRED)

#define ALT_FLAGS_SHIFT		 16
#define ALT_NOT(feature)	 ((ALT_FLAG_NOT << ALT_FLAGS_SHIFT) | (feature))
#define ALT_DIRECT_CALL(feature) ((ALT_FLAG_DIRECT_CALL << ALT_FLAGS_SHIFT) | (feature))
#define ALT_REQUIRED(ft_flags)	 ((ALT_FLAG_REQUIRED << ALT_FLAGS_SHIFT) | (ft_flags))
#define ALT_CALL_ALWAYS		 ALT_DIRECT_CALL(X86_FEATURE_ALWAYS)

#ifndef __ASSEMBLER__
#include <types.h>

/* One record of .altinstructions, in the form that Linux has had since 2023. */
struct alt_instr {
	s32 instr_offset;  /* of the site, from this field */
	s32 repl_offset;   /* of the replacement, from this field */
	u16 cpuid;	   /* X86_FEATURE_* */
	u16 flags;	   /* ALT_FLAG_* */
	u8 instrlen;	   /* of the site, padding included */
	u8 replacementlen; /* at most instrlen */
} __packed;
_Static_assert(sizeof(struct alt_instr) == 14, "the table's stride");

#define ALT_STR_(x) #x
#define ALT_STR(x)  ALT_STR_(x)

/* Bytes still missing when `have` are there and `want` are needed; the assembler's true is -1. */
#define ALT_PAD(want, have) \
	".skip -(((" want ") - (" have ")) > 0) * ((" want ") - (" have ")), 0x90\n"

/*
 * oldinstr; newinstr where ft_flags holds. As text for asm(). The labels are those of the picture,
 * so that forms nest: an ALTERNATIVE is the oldinstr of ALTERNATIVE_2, at the same address, and
 * the longest instrlen is the site's.
 */
#define ALTERNATIVE(oldinstr, newinstr, ft_flags)                                               \
	"771: " oldinstr "\n"                                                                   \
	"772: " ALT_PAD(                                                                        \
		"775f - 774f",                                                                  \
		"772b - 771b") "773:\n"                                                         \
			       ".pushsection .altinstructions, \"a\"\n"                         \
			       " .long 771b - .\n"                                              \
			       " .long 774f - .\n"                                              \
			       " .long " ALT_STR(                                               \
				       ft_flags) "\n"                                           \
						 " .byte 773b - 771b\n"                         \
						 " .byte 775f - 774f\n"                         \
						 ".popsection\n"                                \
						 ".pushsection .altinstr_replacement, \"ax\"\n" \
						 "774: " newinstr "\n"                          \
						 "775:\n"                                       \
						 ".popsection\n"

/* Two forms over the original; where both conditions hold the second wins. */
#define ALTERNATIVE_2(oldinstr, newinstr1, ft_flags1, newinstr2, ft_flags2) \
	ALTERNATIVE(ALTERNATIVE(oldinstr, newinstr1, ft_flags1), newinstr2, ft_flags2)

#define ALTERNATIVE_3(oldinstr, new1, ft_flags1, new2, ft_flags2, new3, ft_flags3) \
	ALTERNATIVE(ALTERNATIVE_2(oldinstr, new1, ft_flags1, new2, ft_flags2), new3, ft_flags3)

/* yes where the feature is there, no where it is not; oldinstr until the boot patch. */
#define ALTERNATIVE_TERNARY(oldinstr, feature, yes, no) \
	ALTERNATIVE_2(oldinstr, no, X86_FEATURE_ALWAYS, yes, feature)

/*
 * As statements. All are barriers to the compiler; the io form has operands, shared by the
 * original and its replacements: the same registers serve both.
 */
#define alternative(oldinstr, newinstr, ft_flags) \
	asm volatile(ALTERNATIVE(oldinstr, newinstr, ft_flags) : : : "memory")
#define alternative_2(oldinstr, new1, ft_flags1, new2, ft_flags2) \
	asm volatile(ALTERNATIVE_2(oldinstr, new1, ft_flags1, new2, ft_flags2) : : : "memory")
#define alternative_io(oldinstr, newinstr, ft_flags, output, input...) \
	asm volatile(ALTERNATIVE(oldinstr, newinstr, ft_flags) : output : input)

/*
 * A call of one C function or of another. What the calling convention passes and loses is the
 * caller's to say: lists of outputs and inputs in ASM_LIST(), then the clobbers.
 */
#define ASM_LIST(list...) list
#define alternative_call(oldfunc, newfunc, ft_flags, outputs, inputs, clobbers...) \
	asm volatile(ALTERNATIVE("call %c[old]", "call %c[new]", ft_flags)         \
		     : outputs                                                     \
		     : inputs, [old] "i"(oldfunc), [new] "i"(newfunc)              \
		     : clobbers)

/*
 * A LOCK prefix that goes while one CPU runs (patch/smp_locks.c). Before the instruction's text.
 * Not for words that a hypervisor shares: asm/sync_bitops.h.
 */
#define LOCK_PREFIX                        \
	".pushsection .smp_locks, \"a\"\n" \
	".balign 4\n"                      \
	".long 671f - .\n"                 \
	".popsection\n"                    \
	"671: lock; "

extern const struct alt_instr __alt_instructions[], __alt_instructions_end[];

/*
 * The boot patch (patch/apply.c): every site gets the form of this machine, or with only_required
 * just those that have to. Boot CPU, interrupts off, the others not started, platform and features
 * known, text writable. Panics by name on a table that it can't believe.
 */
void apply_alternatives(bool only_required);
/* Every site but the required ones as the compiler left it. The same states. */
void restore_alternatives(void);
/* For measuring: every pv call as a direct call, where an instruction would do too. */
void apply_direct_calls(void);

/* The LOCK prefixes: padding while one CPU runs, back before a second starts. Text writable. */
void alternatives_smp_unlock(void);
void alternatives_smp_lock(void);

#else
/* clang-format off */

.macro ALT_ENTRY repl, repl_end, ft_flags
	.pushsection .altinstructions, "a"
	.long	771b - .
	.long	\repl - .
	.long	\ft_flags
	.byte	773b - 771b
	.byte	\repl_end - \repl
	.popsection
.endm

.macro ALT_PAD repl, repl_end
772:	.skip	-(((\repl_end - \repl) - (772b - 771b)) > 0) * ((\repl_end - \repl) - (772b - 771b)), 0x90
.endm

/* The same for assembly, with one to three forms. The labels are those of the picture. */
.macro ALTERNATIVE oldinstr, new1, ft_flags1, new2, ft_flags2, new3, ft_flags3
771:	\oldinstr
	ALT_PAD 774f, 775f
	.ifnb \new2
	ALT_PAD 775f, 776f
	.endif
	.ifnb \new3
	ALT_PAD 776f, 777f
	.endif
773:
	ALT_ENTRY 774f, 775f, \ft_flags1
	.ifnb \new2
	ALT_ENTRY 775f, 776f, \ft_flags2
	.endif
	.ifnb \new3
	ALT_ENTRY 776f, 777f, \ft_flags3
	.endif
	.pushsection .altinstr_replacement, "ax"
774:	\new1
775:
	.ifnb \new2
	\new2
776:
	.endif
	.ifnb \new3
	\new3
777:
	.endif
	.popsection
.endm
#define ALTERNATIVE_2 ALTERNATIVE
#define ALTERNATIVE_3 ALTERNATIVE

.macro ALTERNATIVE_TERNARY oldinstr, feature, yes, no
	ALTERNATIVE "\oldinstr", "\no", X86_FEATURE_ALWAYS, "\yes", \feature
.endm
/* clang-format on */

#endif
#endif
