/* SPDX-License-Identifier: MIT */
/*
 * The kernel's text as a platform would have it after the boot patch, from the file alone: the
 * platform's constant tables overlay pv_ops, then the kernel's own alt_plan() and
 * static_call_plan() decide, in the order of patch() in kernel/main.c.
 *
 *   whatif [-i IMAGE] [-f WORDS] [-n] [-s] [-t FILE] bare|kvm|xen [SYMBOL]
 *
 *   SYMBOL  only this function, and its code: * marks a site, s a static call, l a LOCK prefix
 *   -i      another file than build/anole.elf     -n  as with `nopatch`
 *   -f      the feature words in hexadecimal, as the guest's `textdump` prints them; else what the
 *           platform sets by itself, all that KVM may offer, and nothing of CPUID's
 *   -s      as with several CPUs: LOCK prefixes stay
 *   -t      write the text [_text, _etext) to a file, raw
 *
 * Exit: 0; 1 a file that can't be read or that the kernel would refuse; 2 a wrong command line.
 */
#include <capstone/capstone.h>
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "image.h"
#include <platform.h>
#include <static_call.h>
#include <asm/alt_plan.h>
#include <asm/cpufeature.h>
#include <asm/paravirt_types.h>

/* Where a platform's constants are, and the features that it sets by itself. */
#define CAP(feature) (1U << X86_FEATURE_##feature % 32)
static const struct choice {
	const char *name, *symbol;
	u32 word7, word8;
} choices[] = {
	{ "bare", "platform_native", 0, 0 },
	{ "kvm", "platform_kvm", CAP(HYPERVISOR) | CAP(KVM) | CAP(PVUNLOCK) | CAP(VCPUPREEMPT),
	  ~0U },
	{ "xen", "platform_xen_pv", CAP(HYPERVISOR) | CAP(XENPV) | CAP(PVUNLOCK) | CAP(VCPUPREEMPT),
	  0 },
};

static _Alignas(4096) u8 original[IMAGE_MAX + IMAGE_PAD]; /* the image before the patch */
static char marks[IMAGE_MAX];				  /* who wrote a byte */
static u32 caps[NCAPINTS], nr_sites;
static struct alt_context ctx;
static struct alt_plan plans[IMAGE_MAX / sizeof(struct alt_instr)];
static bool nopatch, several;

#define BEFORE(address) (original + ((address)-KERNEL_BASE))

static struct alt_range range(const char *start, const char *end)
{
	struct alt_range r = { image_symbol(start), image_symbol(end), NULL };

	image_at(r.start, r.end - r.start);
	r.bytes = BEFORE(r.start);
	return r;
}

static void make_context(void)
{
	struct alt_range records = range("__alt_instructions", "__alt_instructions_end");
	u64 ops = image_symbol("pv_ops");

	image_aligned(records.start, 0, _Alignof(struct alt_instr));
	memcpy(original, image, sizeof(original));
	ctx = (struct alt_context){
		.records = (const void *)records.bytes,
		.records_at = records.start,
		.nr_records = (records.end - records.start) / sizeof(struct alt_instr),
		.nr_features = NCAPINTS * 32,
		.caps = caps,
		.text = range("_text", "_etext"),
		.repl = range("__alt_replacements", "__alt_replacements_end"),
		.slots = { ops, ops + sizeof(pv_ops), image_aligned(ops, sizeof(pv_ops), 8) },
		.nop_func = image_symbol("paravirt_nop"),
		.ret0_func = image_symbol("paravirt_ret0"),
		.bug_func = image_symbol("paravirt_BUG"),
		.mode = nopatch ? ALT_ONLY_REQUIRED : ALT_FULL,
	};
}

/* As platform_overlay(). */
static void overlay_ops(u64 address)
{
	const struct pv_overlay *o;
	unsigned int i;
	u64 *to, op;

	for (; (o = image_struct(address, struct pv_overlay))->ops; address += sizeof(*o)) {
		if (o->feature >= ctx.nr_features || o->offset + o->size > sizeof(pv_ops))
			errx(1, "%s: the overlay at %016lx has feature %u, offset %u and size %u",
			     image_path, address, o->feature, o->offset, o->size);
		to = image_aligned(ctx.slots.start + o->offset, o->size, sizeof(op));
		for (i = 0; i < o->size / sizeof(op); i++) {
			op = image_word((u64)o->ops + i * sizeof(op));
			if (op && caps[o->feature / 32] >> o->feature % 32 & 1)
				to[i] = op;
		}
	}
}

/* The other half of platform_overlay(); a platform without any has NULL. */
static void overlay_static_calls(u64 address)
{
	const struct pv_static_call *c;

	for (; address && (c = image_struct(address, struct pv_static_call))->key;
	     address += sizeof(*c)) {
		if (c->feature >= ctx.nr_features)
			errx(1, "%s: the static call at %016lx has feature %u", image_path, address,
			     c->feature);
		if (caps[c->feature / 32] >> c->feature % 32 & 1)
			*image_struct((u64)c->key, u64) = (u64)c->func;
	}
}

static void poke(u64 address, const u8 *bytes, unsigned int len, char mark)
{
	if (!image_in_text(address, len))
		errx(1, "%s: %u bytes at %016lx are not in text", image_path, len, address);
	memcpy(image_at(address, len), bytes, len);
	memset(marks + (address - KERNEL_BASE), mark, len);
}

/* As apply_alternatives(), and with its sentences. */
static void apply(void)
{
	u64 prev_site = 0, prev_end = 0, at, sum = 0;
	struct alt_plan *plan = plans;
	u32 next;

	for (at = ctx.records_at; at < ctx.repl.end; at += 8)
		sum = (sum << 5 | sum >> 59) ^ image_word(at);
	if (sum != image_symbols->alt_sum)
		errx(1, "patch table: its checksum is %016lx, the linked one's was %016lx: damaged",
		     sum, image_symbols->alt_sum);
	for (next = 0; next < ctx.nr_records; next = plan++->next, nr_sites++) {
		enum alt_error error = alt_plan(&ctx, next, prev_site, prev_end, plan);
		const struct alt_instr *a = &ctx.records[plan->record];

		at = ctx.records_at + plan->record * sizeof(*a) + (s64)a->instr_offset;
		if (error)
			errx(1,
			     "patch table: record %u (site %016lx in %s, feature %u, flags %x, "
			     "lengths %u and %u) %s",
			     plan->record, at, image_name(at, false), a->cpuid, a->flags,
			     a->instrlen, a->replacementlen, alt_error_text(error));
		poke(at, plan->bytes, plan->len, '*');
		prev_site = at;
		prev_end = at + plan->len;
	}
}

/* As static_call_init(), with what the keys hold in the file and by the platform. */
static void set_static_calls(void)
{
	u64 nop = image_symbol("__static_call_nop"), ret0 = image_symbol("__static_call_return0");
	const struct static_call_site *s = image_static_calls;
	u8 bytes[STATIC_CALL_MAX];
	unsigned int len;
	u64 site, func;

	for (; s < image_static_calls + image_symbols->nr_static_calls; s++) {
		site = image_text + s->site;
		func = image_word(image_text + s->key);
		len = static_call_plan(bytes, s->kind, site, func, nop, ret0);
		if (!len)
			errx(1, "static call at %s: %016lx is out of reach", image_name(site, true),
			     func);
		poke(site, bytes, len, 's');
	}
}

/* As alternatives_smp_unlock(). */
static void unlock(void)
{
	struct alt_range locks = range("__smp_locks", "__smp_locks_end");
	u64 at, prefix;

	for (at = locks.start; at < locks.end; at += sizeof(s32)) {
		prefix = at + *image_struct(at, s32);
		if (!image_in_text(prefix, 1) || *(u8 *)image_at(prefix, 1) != 0xf0)
			errx(1, ".smp_locks: record %lu names %s, where there is no prefix",
			     (at - locks.start) / sizeof(s32), image_name(prefix, true));
		poke(prefix, (const u8[]){ 0x3e }, 1, 'l');
	}
}

/* The op that a call goes through, PARAVIRT_SLOTS when it is no such call. */
static unsigned int slot_of(const u8 *bytes, u64 address)
{
	u64 slot = (alt_call_slot(bytes, address) - ctx.slots.start) / sizeof(void *);

	return min(slot, PARAVIRT_SLOTS);
}

static const char *op_name(unsigned int slot)
{
	u64 names = image_symbol("pv_op_names");

	return slot < PARAVIRT_SLOTS ? image_at(image_word(names + slot * 8), 1) : "alternative";
}

static void print_hex(const u8 *bytes, unsigned int len)
{
	while (len--)
		printf(" %02x", *bytes++);
}

static const char *const kind_names[ALT_KINDS] = {
	[ALT_NATIVE] = "native", [ALT_CALL] = "call", [ALT_NOP] = "no-op",
	[ALT_RET0] = "return-0", [ALT_TRAP] = "trap", [ALT_ORIGINAL] = "original",
};

/* The sites in [from, to), with the lines that the guest's `patchlog` has for them. */
static void show_sites(u64 from, u64 to)
{
	const struct alt_plan *p;
	char number[8];

	for (p = plans; p < plans + nr_sites; p++) {
		const struct alt_instr *a = &ctx.records[max(p->winner, 0)];
		const char *feature = p->winner < 0 ? "-" : feature_name(a->cpuid);

		if (p->site < from || p->site >= to)
			continue;
		snprintf(number, sizeof(number), "#%u", a->cpuid);
		printf("%016lx %s %s %s%s %s:", p->site, image_name(p->site, true),
		       op_name(slot_of(BEFORE(p->site), p->site)),
		       p->winner >= 0 && a->flags & ALT_FLAG_NOT ? "!" : "",
		       feature ? feature : number, kind_names[p->kind]);
		print_hex(BEFORE(p->site), p->len);
		printf(" ->");
		print_hex(p->bytes, p->len);
		printf("\n");
		if (nopatch && p->kind != ALT_ORIGINAL)
			printf("nopatch: %s has no original that is right here\n",
			       image_name(p->site, true));
	}
}

static void show_summary(const char *platform)
{
	/* The groups of pv_ops by where they end, and what is no pv call. */
	/* clang-format off */
	static const struct { const char *name; u32 end; } groups[] = {
		{ "pv_cpu", PARAVIRT_SLOT(irq) }, { "pv_irq", PARAVIRT_SLOT(apic) },
		{ "pv_apic", PARAVIRT_SLOT(time) }, { "pv_time", PARAVIRT_SLOT(mmu) },
		{ "pv_mmu", PARAVIRT_SLOT(lock) }, { "pv_lock", PARAVIRT_SLOT(test) },
		{ "test", PARAVIRT_SLOTS }, { "alternative", ~0U },
	};
	/* clang-format on */
	u32 count[ARRAY_SIZE(groups)][ALT_KINDS] = { 0 }, g, k;
	const struct alt_plan *p;

	for (p = plans; p < plans + nr_sites; p++) {
		for (g = 0; slot_of(BEFORE(p->site), p->site) >= groups[g].end;)
			g++;
		count[g][p->kind]++;
	}
	printf("%s %u sites on %s\n%-12s", nopatch ? "left unpatched:" : "patched", nr_sites,
	       platform, "group");
	for (k = 0; k < ALT_KINDS; k++)
		printf(" %8s", kind_names[k]);
	for (g = 0; g < ARRAY_SIZE(groups); g++) {
		printf("\n%-12s", groups[g].name);
		for (k = 0; k < ALT_KINDS; k++)
			printf(" %8u", count[g][k]);
	}
	printf("\n");
}

static void disassemble(u64 from, u64 to)
{
	const u8 *code = image_at(from, to - from);
	size_t left = to - from;
	u64 next = from;
	cs_insn *insn;
	csh cs;

	if (cs_open(CS_ARCH_X86, CS_MODE_64, &cs) || cs_option(cs, CS_OPT_DETAIL, CS_OPT_ON) ||
	    cs_option(cs, CS_OPT_SYNTAX, CS_OPT_SYNTAX_ATT))
		errx(1, "capstone does not start");
	insn = cs_malloc(cs);
	printf("%016lx %s:\n", from, image_name(from, true));
	while (cs_disasm_iter(cs, &code, &left, &next, insn)) {
		unsigned int slot = slot_of(insn->bytes, insn->address);
		const cs_x86_op *op = insn->detail->x86.operands;
		u64 target = op->imm, at = insn->address;

		printf("%c %016lx", max(marks[at - KERNEL_BASE], ' '), at);
		print_hex(insn->bytes, insn->size);
		printf("%*s%s %s", max(1, 32 - 3 * insn->size), "", insn->mnemonic, insn->op_str);
		/* Who is called, or jumped to elsewhere: by name, or the op whose slot it is. */
		if (slot < PARAVIRT_SLOTS)
			printf(" <pv_ops.%s>", op_name(slot));
		else if (op->type == X86_OP_IMM && (cs_insn_group(cs, insn, CS_GRP_CALL) ||
						    (cs_insn_group(cs, insn, CS_GRP_JUMP) &&
						     (target < from || target >= to))))
			printf(" <%s>", image_name(target, true));
		printf("\n");
	}
	if (left)
		printf("  %016lx: %zu bytes that are no 64-bit instructions\n", next, left);
	cs_free(insn, 1);
	cs_close(&cs);
}

int main(int argc, char **argv)
{
	const char *path = "build/anole.elf", *words = NULL, *out = NULL;
	bool found = false;
	const struct choice *c = choices;
	const struct platform *p;
	int option, n;
	u64 from, to;
	FILE *f;
	u32 i;

	/* clang-format off */
	while ((option = getopt(argc, argv, ":f:i:nst:")) != -1) {
		switch (option) {
		case 'f': words = optarg; break;
		case 'i': path = optarg; break;
		case 'n': nopatch = true; break;
		case 's': several = true; break;
		case 't': out = optarg; break;
		case ':': errx(2, "option -%c needs a value", optopt);
		default: errx(2, "unknown option -%c; known: -f -i -n -s -t", optopt);
		}
	}
	/* clang-format on */
	argv += optind;
	if (argc - optind < 1 || argc - optind > 2)
		errx(2, "usage: whatif [-i IMAGE] [-f WORDS] [-n] [-s] [-t FILE] bare|kvm|xen "
			"[SYMBOL]");
	while (strcmp(c->name, argv[0]))
		if (++c == choices + ARRAY_SIZE(choices))
			errx(2, "unknown PLATFORM '%s'; known: bare kvm xen", argv[0]);
	caps[7] = CAP(ALWAYS) | CAP(TEST_ON) | c->word7;
	caps[8] = c->word8;
	for (i = 0; words && i < NCAPINTS; i++, words += n)
		if (sscanf(words, "%x%n", &caps[i], &n) != 1 || (i == NCAPINTS - 1 && words[n]))
			errx(2, "-f needs %u words in hexadecimal, found '%s'", NCAPINTS, words);

	image_load(path);
	make_context();
	p = image_struct(image_symbol(c->symbol), struct platform);
	overlay_ops((u64)p->overlays);
	overlay_static_calls((u64)p->static_calls);
	apply();
	if (!nopatch) {
		set_static_calls();
		if (!several)
			unlock();
	}

	if (argv[1]) {
		for (i = 0; i < image_symbols->nr; i++)
			if (!strcmp(image_function(i, &from, &to), argv[1])) {
				show_sites(from, to);
				disassemble(from, to);
				found = true; /* and go on: two files may each have one */
			}
		if (!found)
			errx(2, "%s has no function '%s' in its text", path, argv[1]);
	} else {
		show_sites(image_text, image_etext);
		show_summary(image_at((u64)p->name, 1));
	}
	if (out &&
	    (!(f = fopen(out, "w")) ||
	     fwrite(image_at(image_text, 0), image_etext - image_text, 1, f) != 1 || fclose(f)))
		err(1, "can't write %s", out);
	return 0;
}
