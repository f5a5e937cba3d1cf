/* SPDX-License-Identifier: MIT */
/*
 * Every instruction of the image: what is privileged stands only in native ops, in replacements and
 * where the allow list says. And the sites in text that are not the patch table's: .smp_locks names
 * LOCK prefixes, the static calls' table calls and jumps.
 */
#include <static_call_types.h>
#include <string.h>
#include "imgcheck.h"

#define MAX_IMAGE (64UL << 20)

static u8 *boundaries; /* [address - text]: an instruction begins there */
static u64 text, nr_boundaries;

bool begins_insn(u64 at)
{
	return at - text < nr_boundaries && boundaries[at - text];
}

/* A native op is what pv_ops holds when nobody has overlaid it. */
static void judge(const struct symbol *function)
{
	const char *what = privilege();
	bool ok = !what;
	size_t i;

	for (i = 0; !ok && i < named("pv_ops")->size; i += 8)
		ok = !memcmp(bytes_at(value("pv_ops") + i, 8), &function->at, 8);
	if (!ok && !is_allowed(insn->address, what))
		finding("%s: %s %s (%s) is neither in a native op nor allowed",
			where(insn->address), insn->mnemonic, insn->op_str, what);
}

/* From symbol to symbol, so that a label inside an instruction is a finding and not a guess. */
static void check_code(u64 at, u64 end)
{
	for (u64 stop; at < end; at = stop) {
		const struct symbol *s = symbol_of(at);
		struct code c;

		stop = next_symbol(s, end);
		if (within(at, "mb2_header", "mb2_end") ||
		    within(at, "multiboot1_header", "multiboot1_end") ||
		    within(at, "__alt_replacements", "__alt_replacements_end"))
			continue;
		cs_option(cs, CS_OPT_MODE,
			  within(at, "startup_pvh", "startup_64") ? CS_MODE_32 : CS_MODE_64);
		c = (struct code){ bytes_at(at, stop - at), stop - at, at };
		do {
			boundaries[c.at - text] = 1;
			if (c.left > 5 && !memcmp(c.p, "\x0f\x0bxen", 5)) /* "emulate", to Xen */
				c = (struct code){ c.p + 5, c.left - 5, c.at + 5 };
			else if (step(&c))
				judge(s);
			else
				break;
		} while (c.left);
		if (c.left)
			finding("%s does not decode up to the next symbol", where(c.at));
	}
}

/* One of static calls is call, jmp, or jmp through the key. */
static void check_static_calls(void)
{
	static const u16 opcodes[] = { 0xe8, 0xe9, 0x25ff }, masks[] = { 0xff, 0xff, 0xffff };
	u64 at = value("symbols_header"), left = number_at(at + 4, 4);

	for (at += 16 + 8ul * number_at(at, 4); left--; at += sizeof(struct static_call_site)) {
		u64 site = text + (s32)number_at(at, 4), kind = number_at(at + 8, 4);

		if (!within(site, "_text", "_etext") || !begins_insn(site) || kind > 2 ||
		    (number_at(site, 4) & masks[kind]) != opcodes[kind])
			finding("a static call's record names %s, expected a call of kind %lu",
				where(site), kind);
		else if (within(site, "__noinstr_text_start", "__noinstr_text_end"))
			finding("the static call at %s lies in .noinstr.text", where(site));
	}
}

static void check_lock_prefixes(void)
{
	u64 at;

	for (at = value("__smp_locks"); at < value("__smp_locks_end"); at += 4) {
		u64 lock = at + (s32)number_at(at, 4);

		if (!within(lock, "_text", "_etext") || !begins_insn(lock) ||
		    number_at(lock, 1) != 0xf0)
			finding("the record %lx of .smp_locks names %s, expected a LOCK prefix", at,
				where(lock));
	}
}

void check_text(void)
{
	const Elf64_Phdr *ph;

	text = value("_text");
	nr_boundaries = value("_image_end") - text + 1;
	if (nr_boundaries > MAX_IMAGE)
		die("the image ends at %lx, its text begins at %lx", value("_image_end"), text);
	boundaries = calloc(nr_boundaries, 1);
	for (ph = file.phdrs; ph < file.phdrs + file.nr_phdrs; ph++) {
		if (ph->p_type != PT_LOAD || !(ph->p_flags & PF_X))
			continue;
		if (ph->p_vaddr - text > nr_boundaries ||
		    ph->p_filesz >= nr_boundaries - (ph->p_vaddr - text))
			die("segment %zu (%s) has code outside of the image", ph - file.phdrs,
			    where(ph->p_vaddr));
		check_code(ph->p_vaddr, ph->p_vaddr + ph->p_filesz);
	}
	check_static_calls();
	check_lock_prefixes();
}
