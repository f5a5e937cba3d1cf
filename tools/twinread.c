/* SPDX-License-Identifier: MIT */
/*
 * A kernel's text as lists of instructions, one for each function, without what the linker and the
 * register allocator chose: general registers (but not their width), how wide a branch is, where a
 * variable lies in the frame, addresses (a name for what lies there counts), prefixes that say
 * nothing, NOPs and int3 outside sites.
 */
#include <capstone/capstone.h>
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "twincmp.h"
#include <asm/alt_plan.h>
#include <asm/paravirt_types.h>

static csh cs;

/* The site of one record; what is no pv call has the name "alternative". */
static struct site *make_site(const struct alt_instr *a, u64 at)
{
	u64 ops = image_symbol("pv_ops"), func, name;
	u64 slot = (alt_call_slot(image_at(at, a->instrlen), at) - ops) / 8;
	struct site *site = malloc(sizeof(*site));

	*site = (struct site){ "alternative", NOP };
	if (slot >= PARAVIRT_SLOTS)
		return site;
	name = image_word(image_symbol("pv_op_names") + slot * 8);
	func = image_word(ops + slot * 8);
	site->op = strdup(image_at(name, 1));
	if (func == image_symbol("paravirt_nop"))
		site->may = NO_OP;
	if (func == image_symbol("paravirt_ret0"))
		site->may = ZERO;
	if (func == image_symbol("_paravirt_ident_64"))
		site->may = MOV;
	return site;
}

static void find_sites(struct side *side)
{
	u64 at = image_symbol("__alt_instructions"), end = image_symbol("__alt_instructions_end");
	const struct site *site = NULL;
	u64 start, last = 0;
	unsigned int i;

	for (; at < end; at += sizeof(struct alt_instr), last = start) {
		const struct alt_instr *a = image_struct(at, struct alt_instr);

		start = at + (s64)a->instr_offset;
		if (start != last)
			site = make_site(a, start);
		for (i = 0; i < a->instrlen; i++)
			side->sites[start - KERNEL_BASE + i] = site;
	}
}

static __printf(2, 3) void put(struct line *line, const char *format, ...)
{
	size_t len = strlen(line->text);
	va_list args;

	va_start(args, format);
	vsnprintf(line->text + len, sizeof(line->text) - len, format, args);
	va_end(args);
}

/* Those that are not for values by name, the others by their width. */
static void put_reg(struct line *line, x86_reg reg, unsigned int size)
{
	const char *name = cs_reg_name(cs, reg);

	line->chosen = line->chosen * 31 + reg;
	if (strstr("rsp rbp esp ebp cs ds es fs gs ss", name) || name[1] == 'r')
		put(line, "%s", name);
	else
		put(line, "r%u", size * 8);
}

/* A number; or of an address in the image, virtual or physical, what has a name there. */
static void put_value(struct line *line, u64 value)
{
	u64 at = value < IMAGE_MAX ? value + KERNEL_BASE : value;
	bool inside = at >= image_text && at < KERNEL_BASE + IMAGE_MAX;
	const char *object = inside ? image_object(at) : NULL, *name;

	if (image_in_text(at, 1)) {
		name = image_name(at, false);
		put(line, "%.*s", (int)strcspn(name, "."), name); /* as read_side() has it */
	} else if (inside) {
		put(line, "%s", object ? object : "data");
	} else {
		put(line, (s64)value < 0 ? "-0x%lx" : "0x%lx", (s64)value < 0 ? -value : value);
	}
}

static void put_operand(struct line *line, const struct function *f, const cs_insn *insn, u8 nr)
{
	bool branch = cs_insn_group(cs, insn, CS_GRP_JUMP) || cs_insn_group(cs, insn, CS_GRP_CALL);
	const cs_x86_op *ops = insn->detail->x86.operands, *op = &ops[nr];
	bool frame = op->mem.base == X86_REG_RBP || op->mem.base == X86_REG_RSP;
	bool rip = op->mem.base == X86_REG_RIP, after_reg = nr && ops[0].type == X86_OP_REG;
	u64 value = op->imm;

	put(line, nr ? ", " : " ");
	if (op->type == X86_OP_REG) {
		put_reg(line, op->reg, op->size);
		/* xor %eax, %eax is not xor %eax, %edx. */
		if (after_reg && ops[0].reg == op->reg && insn->id != X86_INS_MOV)
			put(line, " again");
	} else if (op->type == X86_OP_IMM && branch && value >= f->start && value < f->end) {
		line->target = value;
		put(line, "here");
	} else if (op->type == X86_OP_IMM && after_reg && ops[0].reg == X86_REG_RSP) {
		line->chosen += value;
		put(line, "frame");
	} else if (op->type == X86_OP_IMM) {
		put_value(line, value);
	} else {
		put(line, "%u[", op->size * 8);
		if (op->mem.segment == X86_REG_FS || op->mem.segment == X86_REG_GS)
			put_reg(line, op->mem.segment, 2);
		if (op->mem.base && !rip)
			put_reg(line, op->mem.base, 8);
		if (op->mem.index) {
			put(line, "+%d*", op->mem.scale);
			put_reg(line, op->mem.index, 8);
		}
		value = op->mem.disp + (rip ? insn->address + insn->size : 0);
		put(line, value && !frame ? "+" : "");
		if (frame)
			line->chosen += value;
		else if (value)
			put_value(line, value);
		put(line, "]");
	}
}

static void read_function(struct side *side, struct function *f)
{
	const u8 *code = image_at(f->start, f->end - f->start);
	size_t left = f->end - f->start;
	cs_insn *insn = cs_malloc(cs);
	u64 at = f->start;
	u8 i;

	f->lines = side->lines + side->nr_lines;
	while (left) {
		struct line *line = &f->lines[f->nr], *before = f->nr ? line - 1 : NULL;
		const struct site *site = side->sites[at - KERNEL_BASE];
		bool in_site = site && before && before->site == site, nop;

		if (f->nr == MAX_INSNS)
			errx(1, "%s: more than %u instructions in %s", image_path, MAX_INSNS,
			     f->name);
		if (line == side->lines + ARRAY_SIZE(side->lines) - 1)
			errx(1, "%s: more than %zu instructions", image_path,
			     ARRAY_SIZE(side->lines));
		*line = (struct line){ .at = at, .nr = 1, .site = site };
		if (!cs_disasm_iter(cs, &code, &left, &at, insn)) {
			put(line, "byte 0x%x", *code);
			code++, at++, left--, f->nr++;
			continue;
		}
		nop = insn->id == X86_INS_NOP ||
		      (insn->size == 2 &&
		       !memcmp(insn->bytes, "\x66\x90", 2)); /* or xchg %ax, %ax */
		if ((nop && !site) || (insn->id == X86_INS_INT3 && (!site || in_site)))
			continue;
		f->executes++;
		f->nr_sites += site && strcmp(site->op, "alternative") && !in_site;
		if (before && !strcmp(before->text, "pushfq") && before->site == site) {
			line = before;
			line->nr++;
			put(line, "; ");
		} else {
			line->size = insn->size;
			f->nr++;
		}
		put(line, "%s", nop ? "nop" : insn->mnemonic);
		for (i = 0; i < insn->detail->x86.op_count && !nop; i++)
			put_operand(line, f, insn, i);
	}
	cs_free(insn, 1);
	side->nr_lines += f->nr;
	side->executes += f->executes;
}

void read_side(struct side *side, const char *path, const char *text)
{
	struct function *f = side->functions, *end;
	const char *object;
	FILE *file;
	bool is_32;
	u32 i;

	if (cs_open(CS_ARCH_X86, CS_MODE_64, &cs) || cs_option(cs, CS_OPT_DETAIL, CS_OPT_ON))
		errx(1, "capstone does not start");
	image_load(path);
	find_sites(side);
	file = fopen(text, "r");
	if (!file || fread(image_at(image_text, 0), image_etext - image_text, 1, file) != 1 ||
	    getc(file) != EOF)
		errx(1, "%s is not the text of %s: expected a file of %lu bytes", text, path,
		     image_etext - image_text);
	fclose(file);
	if (image_symbols->nr >= ARRAY_SIZE(side->functions))
		errx(1, "%s has %u functions, expected fewer than %zu", path, image_symbols->nr,
		     ARRAY_SIZE(side->functions));
	for (i = 0; i < image_symbols->nr; i++) {
		object = image_function(i, &f->start, &f->end);
		f->name = strndup(object, strcspn(object, ".")); /* not .constprop.0, .isra.0 */
		object = image_object(f->start);
		/* Another name for the same, a header for loaders, a label inside. */
		if ((f > side->functions && f->start == f[-1].start) || strstr(f->name, "_header"))
			continue;
		if (f > side->functions && object && strcmp(strrchr(object, '+'), "+0x0"))
			f[-1].end = f->end;
		else
			f++;
	}
	side->nr = f - side->functions;
	for (end = f, f = side->functions; f < end; f++) {
		is_32 = f->start >= image_symbol("startup_pvh") &&
			f->start < image_symbol("startup_64");
		cs_option(cs, CS_OPT_MODE, is_32 ? CS_MODE_32 : CS_MODE_64);
		read_function(side, f);
	}
}
