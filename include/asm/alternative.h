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
#define ALT_FLAGS_MASK	     (ALT_FLAG_NOT | ALT_FLAG_DIRECT_CALL)

#define ALT_FLAGS_SHIFT		 16
#define ALT_NOT(feature)	 ((ALT_FLAG_NOT << ALT_FLAGS_SHIFT) | (feature))
#define ALT_DIRECT_CALL(feature) ((ALT_FLAG_DIRECT_CALL << ALT_FLAGS_SHIFT) | (feature))
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

/* yes where the feature is there, no where it is not; oldinstr until the boot patch. */
#define ALTERNATIVE_TERNARY(oldinstr, feature, yes, no) \
	ALTERNATIVE_2(oldinstr, no, X86_FEATURE_ALWAYS, yes, feature)

extern const struct alt_instr __alt_instructions[], __alt_instructions_end[];

/*
 * The boot patch (arch/x86/patch/apply.c): every site gets the form of this machine. Boot CPU,
 * interrupts off, the others not started, platform and features known. Panics by name on a table
 * that it can't believe.
 */
void apply_alternatives(void);

#else
/* clang-format off */

.macro ALT_ENTRY site, site_end, repl, repl_end, ft_flags
	.long	\site - .
	.long	\repl - .
	.long	\ft_flags
	.byte	\site_end - \site
	.byte	\repl_end - \repl
.endm

/* The same as the C macro; 777 lies between the padding for one form and for the other. */
.macro ALTERNATIVE_TERNARY oldinstr, feature, yes, no
771:	\oldinstr
772:	.skip	-(((775f - 774f) - (772b - 771b)) > 0) * ((775f - 774f) - (772b - 771b)), 0x90
777:	.skip	-(((776f - 775f) - (777b - 771b)) > 0) * ((776f - 775f) - (777b - 771b)), 0x90
773:
	.pushsection .altinstructions, "a"
	ALT_ENTRY 771b, 773b, 774f, 775f, X86_FEATURE_ALWAYS
	ALT_ENTRY 771b, 773b, 775f, 776f, \feature
	.popsection
	.pushsection .altinstr_replacement, "ax"
774:	\no
775:	\yes
776:
	.popsection
.endm
/* clang-format on */

#endif
#endif
