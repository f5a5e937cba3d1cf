/* SPDX-License-Identifier: MIT */
/*
 * What is privileged, by the instruction's bytes (SDM vol. 2, APM vol. 3) and in words of our own:
 * capstone's words change from release to release, and its privileged group has rdtscp and str but
 * neither rdmsr nor in. Of that group is only what the table does not know, which no kernel here
 * needs: VMX's and SVM's.
 */
#include <string.h>
#include "imgcheck.h"

csh cs;
cs_insn *insn;

/* What must stand behind the opcode: a ModRM of this register field, or this very byte. */
enum { MEM = 0x100, REG = 0x200, ANY = 0x300, REST = 0x400 };

/* Privileged, or as good as that at some IOPL or in some CR4, or different at another level. */
static const struct {
	const char *word;
	u8 prefix, map, opcode; /* 0: whatever prefix; map 0x0f and 0x38 for 0f, 0f 38 */
	u16 modrm;		/* 0: none */
} table[] = {
	{ "ins", 0, 0, 0x6c, 0 },
	{ "ins", 0, 0, 0x6d, 0 },
	{ "outs", 0, 0, 0x6e, 0 },
	{ "outs", 0, 0, 0x6f, 0 },
	{ "pushf", 0, 0, 0x9c, 0 },
	{ "popf", 0, 0, 0x9d, 0 },
	{ "int", 0, 0, 0xcd, 0 },
	{ "iret", 0, 0, 0xcf, 0 },
	{ "in", 0, 0, 0xe4, 0 },
	{ "in", 0, 0, 0xe5, 0 },
	{ "out", 0, 0, 0xe6, 0 },
	{ "out", 0, 0, 0xe7, 0 },
	{ "in", 0, 0, 0xec, 0 },
	{ "in", 0, 0, 0xed, 0 },
	{ "out", 0, 0, 0xee, 0 },
	{ "out", 0, 0, 0xef, 0 },
	{ "int1", 0, 0, 0xf1, 0 },
	{ "hlt", 0, 0, 0xf4, 0 },
	{ "cli", 0, 0, 0xfa, 0 },
	{ "sti", 0, 0, 0xfb, 0 },

	{ "sldt", 0, 0x0f, 0x00, ANY | 0 },
	{ "str", 0, 0x0f, 0x00, ANY | 1 },
	{ "lldt", 0, 0x0f, 0x00, ANY | 2 },
	{ "ltr", 0, 0x0f, 0x00, ANY | 3 },
	{ "verr", 0, 0x0f, 0x00, ANY | 4 },
	{ "verw", 0, 0x0f, 0x00, ANY | 5 },
	{ "lkgs", 0xf2, 0x0f, 0x00, ANY | 6 },
	{ "sgdt", 0, 0x0f, 0x01, MEM | 0 },
	{ "sidt", 0, 0x0f, 0x01, MEM | 1 },
	{ "lgdt", 0, 0x0f, 0x01, MEM | 2 },
	{ "lidt", 0, 0x0f, 0x01, MEM | 3 },
	{ "smsw", 0, 0x0f, 0x01, ANY | 4 },
	{ "lmsw", 0, 0x0f, 0x01, ANY | 6 },
	{ "invlpg", 0, 0x0f, 0x01, MEM | 7 },
	{ "enclv", 0, 0x0f, 0x01, REST | 0xc0 },
	{ "vmcall", 0, 0x0f, 0x01, REST | 0xc1 },
	{ "pconfig", 0, 0x0f, 0x01, REST | 0xc5 },
	{ "wrmsr", 0, 0x0f, 0x01, REST | 0xc6 }, /* wrmsrns; f2 and f3: lists of MSRs */
	{ "monitor", 0, 0x0f, 0x01, REST | 0xc8 },
	{ "mwait", 0, 0x0f, 0x01, REST | 0xc9 },
	{ "iret", 0xf2, 0x0f, 0x01, REST | 0xca }, /* erets */
	{ "iret", 0xf3, 0x0f, 0x01, REST | 0xca }, /* eretu */
	{ "clac", 0, 0x0f, 0x01, REST | 0xca },
	{ "stac", 0, 0x0f, 0x01, REST | 0xcb },
	{ "encls", 0, 0x0f, 0x01, REST | 0xcf },
	{ "xsetbv", 0, 0x0f, 0x01, REST | 0xd1 },
	{ "vmmcall", 0, 0x0f, 0x01, REST | 0xd9 },
	{ "setssbsy", 0xf3, 0x0f, 0x01, REST | 0xe8 },
	{ "swapgs", 0, 0x0f, 0x01, REST | 0xf8 },
	{ "invlpgb", 0, 0x0f, 0x01, REST | 0xfe }, /* f2 and f3: rmpupdate, rmpadjust */
	{ "tlbsync", 0, 0x0f, 0x01, REST | 0xff }, /* f2 and f3: pvalidate, psmash */
	{ "lar", 0, 0x0f, 0x02, 0 },
	{ "lsl", 0, 0x0f, 0x03, 0 },
	{ "syscall", 0, 0x0f, 0x05, 0 },
	{ "clts", 0, 0x0f, 0x06, 0 },
	{ "sysret", 0, 0x0f, 0x07, 0 },
	{ "invd", 0, 0x0f, 0x08, 0 },
	{ "wbinvd", 0, 0x0f, 0x09, 0 },
	{ "movcr", 0, 0x0f, 0x20, 0 },
	{ "movdr", 0, 0x0f, 0x21, 0 },
	{ "movcr", 0, 0x0f, 0x22, 0 },
	{ "movdr", 0, 0x0f, 0x23, 0 },
	{ "wrmsr", 0, 0x0f, 0x30, 0 },
	{ "rdmsr", 0, 0x0f, 0x32, 0 },
	{ "rdpmc", 0, 0x0f, 0x33, 0 },
	{ "sysenter", 0, 0x0f, 0x34, 0 },
	{ "sysexit", 0, 0x0f, 0x35, 0 },
	{ "getsec", 0, 0x0f, 0x37, 0 },
	{ "cpuid", 0, 0x0f, 0xa2, 0 },
	{ "rsm", 0, 0x0f, 0xaa, 0 },
	{ "rdfsbase", 0xf3, 0x0f, 0xae, REG | 0 },
	{ "rdgsbase", 0xf3, 0x0f, 0xae, REG | 1 },
	{ "wrfsbase", 0xf3, 0x0f, 0xae, REG | 2 },
	{ "wrgsbase", 0xf3, 0x0f, 0xae, REG | 3 },
	{ "clrssbsy", 0xf3, 0x0f, 0xae, MEM | 6 },
	{ "xrstors", 0, 0x0f, 0xc7, MEM | 3 },
	{ "xsaves", 0, 0x0f, 0xc7, MEM | 5 },
	{ "invpcid", 0x66, 0x38, 0x82, 0 },
	{ "wruss", 0x66, 0x38, 0xf5, 0 },
};

void open_disassembler(void)
{
	if (cs_open(CS_ARCH_X86, CS_MODE_64, &cs) || cs_option(cs, CS_OPT_DETAIL, CS_OPT_ON))
		die("capstone does not start");
	insn = cs_malloc(cs);
}

bool step(struct code *c)
{
	return c->left && cs_disasm_iter(cs, &c->p, &c->left, &c->at, insn);
}

static bool is_prefix(u8 byte)
{
	return byte && strchr("\x26\x2e\x36\x3e\x64\x65\x66\x67\xf0\xf2\xf3", byte);
}

const char *privilege(void)
{
	const u8 *p = insn->bytes, *end = p + insn->size;
	u8 map = 0, modrm;
	size_t i;

	while (p < end && is_prefix(*p))
		p++;
	/* 32-bit mode has inc and dec there, which are one byte and not in the table. */
	if (p < end && (*p & 0xf0) == 0x40)
		p++;
	if (p + 1 < end && *p == 0x0f)
		map = *p++;
	if (p + 1 < end && map && *p == 0x38)
		map = *p++;
	modrm = p + 1 < end ? p[1] : 0;
	for (i = 0; p < end && i < ARRAY_SIZE(table); i++) {
		u16 form = table[i].modrm & 0x700;
		u8 is = table[i].modrm, reg = modrm >> 3 & 7;

		if (table[i].map != map || table[i].opcode != *p || (form == REST && modrm != is) ||
		    (form && form != REST && reg != is) || (form == MEM && modrm >= 0xc0) ||
		    (form == REG && modrm < 0xc0) ||
		    (table[i].prefix && !memchr(insn->bytes, table[i].prefix, p - insn->bytes)))
			continue;
		return table[i].word;
	}
	/* Not loads of segments: what may be loaded is the same everywhere. */
	if (cs_insn_group(cs, insn, X86_GRP_PRIVILEGE) && insn->id != X86_INS_RDTSCP &&
	    insn->id != X86_INS_MOV && insn->id != X86_INS_POP)
		return "privileged";
	return NULL;
}

bool privilege_is(const char *word)
{
	const char *is = privilege();

	return is && !strcmp(is, word);
}

bool is_privilege(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		if (!strcmp(table[i].word, word))
			return true;
	return false;
}
