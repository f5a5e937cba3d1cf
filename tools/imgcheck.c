/* SPDX-License-Identifier: MIT */
/*
 * imgcheck ALLOWLIST anole.elf: does the linked image keep what the kernel promises?
 *
 *   instructions   what is privileged, or can tell at what level it runs, stands only in native
 *                  ops, in replacements and where the allow list says; that list holds no more
 *   patch table    alt_plan() takes every record, whatever the features; a site begins and ends
 *                  between instructions, holds nothing privileged and is not in .noinstr.text
 *   replacements   leave the stack as it was and do not jump into themselves
 *   other tables   .smp_locks names LOCK prefixes, the static calls' table calls and jumps
 *   file           laid out as memory, the ways in where loaders look, no segment W and X
 *
 * A sentence for each finding. Exits with 0 for none, 1 for some, 2 when it could not look.
 */
#define _GNU_SOURCE /* FNM_EXTMATCH */
#include <capstone/capstone.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <static_call_types.h>
#include <asm/alt_plan.h>

#define MB1_OFFSET   8144 /* arch/x86/boot/headers.S */
#define finding(...) (findings++, printf("%s: ", image), printf(__VA_ARGS__), puts(""))
#define die(...)     (finding(__VA_ARGS__), exit(2))
#define value(name)  (named(name)->at)

struct symbol {
	u64 at, size;
	const char *name;
};

struct code {
	const u8 *p;
	size_t left;
	u64 at;
};

/* Not in capstone's privileged group, but as good as that, or different at another level. */
static const char sensitive[] =
	" pushf pushfd pushfq popf popfd popfq sgdt sidt sldt smsw str lar lsl verr verw cpuid "
	"clts rdmsr syscall sysenter int int1 in out insb insw insd outsb outsw outsd monitor "
	"mwait ";

static struct allowed {
	char *symbol, *insn;
	unsigned int line;
	bool used;
} allowed[256];
static const char *image = "imgcheck";
static unsigned int findings;
static Elf *elf;
static const Elf64_Phdr *phdrs, *ph;
static const u8 *raw;
static size_t raw_size, nr_phdrs, nr_symbols, nr_allowed;
static struct symbol *symbols;
static u8 *boundaries; /* [address - text]: an instruction begins there */
static u64 text, base;
static csh cs;
static cs_insn *insn; /* what was decoded last */
static u32 caps[NCAPINTS];
static struct alt_context ctx;

/* Of several at one address the last gives the name: not one that begins with '_'. */
static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->at != y->at ? (x->at < y->at ? -1 : 1) : strcmp(x->name, y->name);
}

static void read_symbols(Elf_Scn *scn, u32 strings)
{
	const Elf_Data *data = elf_getdata(scn, NULL);
	const Elf64_Sym *sym = data->d_buf, *end = sym + data->d_size / sizeof(*sym);

	symbols = calloc(end - sym + 1, sizeof(*symbols));
	symbols[nr_symbols++].name = "(no symbol)"; /* symbol_of() always finds one */
	for (; sym < end; sym++) {
		const char *name = elf_strptr(elf, strings, sym->st_name);

		if (*name != '.' && sym->st_shndx && ELF64_ST_TYPE(sym->st_info) < STT_SECTION)
			symbols[nr_symbols++] =
				(struct symbol){ sym->st_value, sym->st_size, name };
	}
	qsort(symbols, nr_symbols, sizeof(*symbols), by_address);
}

static const struct symbol *named(const char *name)
{
	size_t i;

	for (i = 0; i < nr_symbols; i++)
		if (!strcmp(symbols[i].name, name))
			return &symbols[i];
	die("no symbol %s", name);
}

static const struct symbol *symbol_of(u64 at)
{
	const struct symbol *s = symbols + nr_symbols - 1;

	while (s->at > at)
		s--;
	return s;
}

static bool within(u64 at, const char *start, const char *end)
{
	return at >= value(start) && at < value(end);
}

static const char *where(u64 at)
{
	static char sentence[160];
	const struct symbol *s = symbol_of(at);

	snprintf(sentence, sizeof(sentence), "%016lx %s+0x%lx", at, s->name, at - s->at);
	return sentence;
}

/* The file lies as memory does: check_file() saw to it. */
static const u8 *bytes_at(u64 at, u64 len)
{
	u64 offset = at - phdrs->p_vaddr + phdrs->p_offset;

	if (at < phdrs->p_vaddr || offset > raw_size || len > raw_size - offset)
		die("the %lu bytes at %s are not in the file", len, where(at));
	return raw + offset;
}

static void check_file(void)
{
	const u32 *mb1 = (const u32 *)(raw + MB1_OFFSET);
	size_t at, next, name, desc;
	u64 says[32] = { 0 };
	GElf_Nhdr nh;

	for (ph = phdrs; ph < phdrs + nr_phdrs; ph++) {
		Elf_Data *data = elf_getdata_rawchunk(elf, ph->p_offset, ph->p_filesz, ELF_T_NHDR);

		if ((ph->p_flags & (PF_W | PF_X)) == (PF_W | PF_X))
			finding("segment %zu (%s) is both writable and executable", ph - phdrs,
				where(ph->p_vaddr));
		if (ph->p_type == PT_LOAD &&
		    (ph->p_vaddr - ph->p_paddr != base ||
		     (ph->p_filesz &&
		      (ph->p_filesz != ph->p_memsz ||
		       ph->p_offset - ph->p_paddr != phdrs->p_offset - phdrs->p_paddr))))
			die("segment %zu (%s) does not lie in the file as in memory: offset %lx, "
			    "physical %lx, expected %lx more and KERNEL_BASE below its address",
			    ph - phdrs, where(ph->p_vaddr), ph->p_offset, ph->p_paddr,
			    phdrs->p_paddr - phdrs->p_offset);
		if (ph->p_type != PT_NOTE || !data)
			continue;
		for (at = 0; (next = gelf_getnote(data, at, &nh, &name, &desc)); at = next)
			if (nh.n_type < 32 && nh.n_descsz == 8 &&
			    !strcmp((char *)data->d_buf + name, "Xen"))
				memcpy(&says[nh.n_type], (char *)data->d_buf + desc, 8);
	}
	if (says[1] != value("startup_xen") || says[18] != value("startup_pvh") - base)
		finding("Xen's notes ENTRY and PHYS32_ENTRY say %lx and %lx, expected startup_xen "
			"and startup_pvh",
			says[1], says[18]);
	if (raw_size < MB1_OFFSET + 48 || mb1[0] != 0x1badb002 || mb1[0] + mb1[1] + mb1[2] ||
	    mb1[3] != value("multiboot1_header") - base)
		finding("no Multiboot 1 header at file offset %d", MB1_OFFSET);
}

static bool step(struct code *c)
{
	return c->left && cs_disasm_iter(cs, &c->p, &c->left, &c->at, insn);
}

/* Is the last instruction's name in the list? */
static bool among(const char *list)
{
	char name[40];

	snprintf(name, sizeof(name), " %s ", cs_insn_name(cs, insn->id));
	return strstr(list, name);
}

/* The allow list's word for an instruction that is privileged or sensitive; NULL for others. */
static const char *privilege(void)
{
	if (among(" mov ") && strstr(insn->op_str, "cr"))
		return "movcr";
	if (among(" mov ")) /* not of segments: what may be loaded is the same everywhere */
		return strstr(insn->op_str, "dr") ? "movdr" : NULL;
	if (among(sensitive) || (cs_insn_group(cs, insn, X86_GRP_PRIVILEGE) && !among(" rdtscp ")))
		return cs_insn_name(cs, insn->id);
	return NULL;
}

static void read_allowlist(const char *path)
{
	char line[512], symbol[128], list[256], *one, *rest;
	unsigned int nr = 1;
	FILE *f = fopen(path, "r");
	int reason;

	if (!f)
		die("can't open the allow list %s", path);
	for (; fgets(line, sizeof(line), f); nr++) {
		if (strchr("#\n", *line))
			continue;
		reason = 0;
		if (sscanf(line, "%127s %255s %n", symbol, list, &reason) != 2 || !line[reason])
			die("%s:%u: expected SYMBOL INSTRUCTION,... REASON", path, nr);
		for (rest = list; (one = strsep(&rest, ",")) && nr_allowed < ARRAY_SIZE(allowed);)
			allowed[nr_allowed++] =
				(struct allowed){ strdup(symbol), strdup(one), nr, false };
	}
	fclose(f);
}

static bool is_allowed(u64 at, const char *what)
{
	const char *function = symbol_of(at)->name;
	bool ok = false;
	char name[128];
	size_t i;

	/* Without what gcc appends for a clone. */
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(function, "."), function);
	for (i = 0; i < nr_allowed; i++)
		if (!strcmp(allowed[i].insn, what) &&
		    !fnmatch(allowed[i].symbol, name, FNM_EXTMATCH))
			allowed[i].used = ok = true;
	return ok;
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

		stop = s + 1 < symbols + nr_symbols ? min(s[1].at, end) : end;
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

static void blame(u32 i, const char *what, const char *more)
{
	const struct alt_instr *a = &ctx.records[i];

	finding("record %u (site %s, feature %u, flags %x, lengths %u and %u) %s%s", i,
		where(ctx.records_at + i * sizeof(*a) + a->instr_offset), a->cpuid, a->flags,
		a->instrlen, a->replacementlen, what, more);
}

/* pushf; pop %rax leaves the stack as it was. A call comes back as it went; a jump may leave. */
static void check_replacement(u32 i)
{
	const struct alt_instr *a = &ctx.records[i];
	struct alt_context alone = ctx;
	u64 start = ctx.records_at + i * sizeof(*a) + 4 + a->repl_offset;
	u64 end = start + a->replacementlen, to;
	struct code c = { NULL, end - start, start };
	const cs_x86 *x86 = &insn->detail->x86;
	const cs_x86_op *op = x86->operands;
	struct alt_plan plan;
	enum alt_error error;
	bool gone = false; /* by an instruction that does not come back */
	cs_regs reads, writes;
	u8 nr_reads, nr = 0;
	s64 depth = 0;

	memset(caps, a->flags & ALT_FLAG_NOT ? 0 : 0xff, sizeof(caps));
	alone.records = a;
	alone.records_at += i * sizeof(*a);
	alone.nr_records = 1;
	error = alt_plan(&alone, 0, 0, 0, &plan);
	memset(caps, 0, sizeof(caps));
	if (error) {
		blame(i, alt_error_text(error), ", where it alone decides");
		return;
	}
	c.p = bytes_at(start, c.left);
	while (step(&c)) {
		bool jump = cs_insn_group(cs, insn, X86_GRP_JUMP) ||
			    cs_insn_group(cs, insn, X86_GRP_BRANCH_RELATIVE);
		bool to_sp = x86->op_count && op->type == X86_OP_REG && op->reg == X86_REG_RSP;

		to = jump && op->type == X86_OP_IMM ? (u64)op->imm : 0;
		if (to >= start && to < end && !is_allowed(plan.site, "jump-into-itself"))
			blame(i, "has a replacement that jumps into itself", "");
		if (!gone && depth && (among(" ret ") || (jump && !among(" jmp call "))))
			blame(i, "has a replacement that may leave with something pushed", "");
		gone |= among(" iret iretd iretq sysret ret ") || (among(" jmp ") && to != end);
		cs_regs_access(cs, insn, reads, &nr_reads, writes, &nr);
		if (among(" push pushfq ") && !x86->prefix[2])
			depth += 8;
		else if (among(" pop popfq ") && !x86->prefix[2] && !to_sp)
			depth -= 8;
		else if (among(" sub add ") && to_sp && op[1].type == X86_OP_IMM)
			depth += among(" sub ") ? op[1].imm : -op[1].imm;
		else
			while (!gone && !among(" call ") && nr--)
				if (strstr(cs_reg_name(cs, writes[nr]), "sp"))
					blame(i, "has a replacement that sets ",
					      "the stack pointer");
	}
	if (c.left || (depth && !gone))
		blame(i, "has a replacement that ",
		      c.left ? "does not decode" : "does not leave the stack as it was");
}

/* Every site, as it is (once) and as it would be. */
static void check_plans(const char *when, bool once)
{
	u64 prev_site = 0, prev_end = 0;
	struct alt_plan plan;
	struct code c;
	u32 i;

	for (plan.next = 0; plan.next < ctx.nr_records;) {
		enum alt_error error = alt_plan(&ctx, plan.next, prev_site, prev_end, &plan);

		prev_site = error ? 0 : plan.site;
		prev_end = error ? 0 : plan.site + plan.len;
		if (error) {
			blame(plan.record, alt_error_text(error), when);
			plan.next = plan.record + 1;
			continue;
		}
		c = (struct code){ plan.bytes, plan.len, plan.site };
		while (step(&c))
			;
		if (c.left)
			blame(plan.record, "is planned to bytes that do not decode", when);
		if (!once)
			continue;
		if (within(plan.site, "__noinstr_text_start", "__noinstr_text_end"))
			blame(plan.record, "lies in .noinstr.text, where nothing may be patched",
			      "");
		if (!boundaries[plan.site - text] || !boundaries[prev_end - text])
			blame(plan.record, "does not begin and end between instructions", "");
		c = (struct code){ bytes_at(plan.site, plan.len), plan.len, plan.site };
		while (step(&c))
			if (privilege())
				blame(plan.record, "has an original with ", privilege());
		for (i = plan.record; i < plan.next; i++)
			check_replacement(i);
	}
}

static struct alt_range range(const char *start, const char *end)
{
	u64 at = value(start), len = (end ? value(end) : at + named(start)->size) - at;

	return (struct alt_range){ at, at + len, bytes_at(at, len) };
}

static void check_table(void)
{
	struct alt_range table = range("__alt_instructions", "__alt_instructions_end");
	u32 i, r, before = findings;
	char when[40];

	ctx = (struct alt_context){
		.records = (const void *)table.bytes,
		.records_at = table.start,
		.nr_records = (table.end - table.start) / sizeof(struct alt_instr),
		.nr_features = NCAPINTS * 32,
		.caps = caps,
		.text = range("_text", "_etext"),
		.repl = range("__alt_replacements", "__alt_replacements_end"),
		.slots = range("pv_ops", NULL),
		.nop_func = value("paravirt_nop"),
		.ret0_func = value("paravirt_ret0"),
		.bug_func = value("paravirt_BUG"),
	};
	check_plans(", without any feature", true);
	/* More would only say the same again. */
	for (i = 0; i < NCAPINTS * 32 && findings == before; i++) {
		for (r = 0; r < ctx.nr_records && ctx.records[r].cpuid != i; r++)
			;
		if (r == ctx.nr_records)
			continue;
		snprintf(when, sizeof(when), ", with feature %u alone", i);
		caps[i / 32] = 1u << i % 32;
		check_plans(when, false);
		caps[i / 32] = 0;
	}
	memset(caps, 0xff, sizeof(caps));
	if (findings == before)
		check_plans(", with all features", false);
}

/* The other sites in text. One of static calls is call, jmp, or jmp through the key. */
static void check_other_sites(void)
{
	static const u16 opcodes[] = { 0xe8, 0xe9, 0x25ff }, masks[] = { 0xff, 0xff, 0xffff };
	u64 at = value("symbols_header"), left = *(const u32 *)bytes_at(at + 4, 4);

	for (at += 16 + 8ul * *(const u32 *)bytes_at(at, 4); left--;
	     at += sizeof(struct static_call_site)) {
		const struct static_call_site *s = (const void *)bytes_at(at, sizeof(*s));
		u64 site = text + s->site;

		if (!within(site, "_text", "_etext") || !boundaries[site - text] || s->kind > 2 ||
		    (*(const u32 *)bytes_at(site, 4) & masks[s->kind]) != opcodes[s->kind])
			finding("a static call's record names %s, expected a call of kind %u",
				where(site), s->kind);
		else if (within(site, "__noinstr_text_start", "__noinstr_text_end"))
			finding("the static call at %s lies in .noinstr.text", where(site));
	}
	for (at = value("__smp_locks"); at < value("__smp_locks_end"); at += 4) {
		u64 lock = at + *(const s32 *)bytes_at(at, 4);

		if (!within(lock, "_text", "_etext") || !boundaries[lock - text] ||
		    *bytes_at(lock, 1) != 0xf0)
			finding("the record %lx of .smp_locks names %s, expected a LOCK prefix", at,
				where(lock));
	}
}

int main(int argc, char **argv)
{
	Elf64_Shdr *sh;
	size_t i;
	Elf_Scn *scn = NULL;

	if (argc != 3)
		die("usage: imgcheck ALLOWLIST anole.elf");
	image = argv[2];
	elf_version(EV_CURRENT);
	elf = elf_begin(open(image, O_RDONLY), ELF_C_READ, NULL);
	phdrs = elf64_getphdr(elf);
	if (!phdrs || elf_getphdrnum(elf, &nr_phdrs) || cs_open(CS_ARCH_X86, CS_MODE_64, &cs) ||
	    cs_option(cs, CS_OPT_DETAIL, CS_OPT_ON))
		die("is no 64-bit ELF file with segments");
	raw = (const u8 *)elf_rawfile(elf, &raw_size);
	insn = cs_malloc(cs);
	read_allowlist(argv[1]);
	while ((scn = elf_nextscn(elf, scn)) && (sh = elf64_getshdr(scn)))
		if (sh->sh_type == SHT_SYMTAB)
			read_symbols(scn, sh->sh_link);
	text = value("_text");
	base = value("KERNEL_BASE");
	boundaries = calloc(value("_image_end") - text + 1, 1);

	check_file();
	for (ph = phdrs; ph < phdrs + nr_phdrs; ph++)
		if (ph->p_type == PT_LOAD && (ph->p_flags & PF_X))
			check_code(ph->p_vaddr, ph->p_vaddr + ph->p_filesz);
	check_table();
	check_other_sites();
	for (i = 0; i < nr_allowed; i++)
		if (!allowed[i].used)
			finding("%s:%u allows %s in %s, but there is none: remove it", argv[1],
				allowed[i].line, allowed[i].insn, allowed[i].symbol);
	if (!findings)
		printf("%s: nothing found\n", image);
	return findings != 0;
}
