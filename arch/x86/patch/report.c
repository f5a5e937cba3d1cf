/* SPDX-License-Identifier: MIT */
/* What the boot patch did: a table of the op groups, and on `patchlog` each site. */
#include <printk.h>
#include <string.h>
#include <asm/alt_sites.h>
#include <asm/cpufeature.h>
#include <asm/page.h>
#include <asm/paravirt_types.h>

static const char *const kind_names[ALT_KINDS] = {
	[ALT_NATIVE] = "native", [ALT_CALL] = "call", [ALT_NOP] = "no-op",
	[ALT_RET0] = "return-0", [ALT_TRAP] = "trap", [ALT_ORIGINAL] = "original",
};

static void hex(char *out, const u8 *bytes, unsigned int len, const char *between)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		out += snprintf(out, 4, "%s%02x", i ? between : "", bytes[i]);
}

/* The feature that decided, as a word: "ALWAYS", "!XENPV", "#258". */
static void condition(char *out, size_t size, const struct alt_site *site)
{
	const struct alt_instr *a = &__alt_instructions[site->winner];
	const char *name;

	if (site->winner < 0) {
		snprintf(out, size, "-");
		return;
	}
	name = feature_name(a->cpuid);
	if (name)
		snprintf(out, size, "%s%s", a->flags & ALT_FLAG_NOT ? "!" : "", name);
	else
		snprintf(out, size, "%s#%u", a->flags & ALT_FLAG_NOT ? "!" : "", a->cpuid);
}

static void report_site(const struct alt_site *site)
{
	char before[3 * ALT_MAX_SITE], after[3 * ALT_MAX_SITE], why[24];
	int slot = alt_site_slot(site);

	hex(before, site->original, site->len, " ");
	hex(after, (const u8 *)site->address, site->len, " ");
	condition(why, sizeof(why), site);
	printk("%016lx %pS %s %s %s: %s -> %s\n", site->address, (void *)site->address,
	       slot < 0 ? "alternative" : pv_op_names[slot], why, kind_names[site->kind], before,
	       after);
}

void alt_report(bool each, bool nopatch)
{
	/* The groups of pv_ops by where they end, and what is no pv call. */
	static const struct {
		const char *name;
		unsigned int end;
	} groups[] = {
		{ "pv_cpu", offsetof(struct paravirt_patch_template, irq) / sizeof(void *) },
		{ "pv_irq", offsetof(struct paravirt_patch_template, apic) / sizeof(void *) },
		{ "pv_apic", offsetof(struct paravirt_patch_template, time) / sizeof(void *) },
		{ "pv_time", offsetof(struct paravirt_patch_template, mmu) / sizeof(void *) },
		{ "pv_mmu", offsetof(struct paravirt_patch_template, lock) / sizeof(void *) },
		{ "pv_lock", offsetof(struct paravirt_patch_template, test) / sizeof(void *) },
		{ "test", PARAVIRT_SLOTS },
		{ "alternative", ~0u },
	};
	u32 count[ARRAY_SIZE(groups)][ALT_KINDS] = { 0 }, nr, i, g, k;
	const struct alt_site *sites = alt_sites(&nr);

	for (i = 0; i < nr; i++) {
		unsigned int slot = alt_site_slot(&sites[i]); /* -1: beyond every slot */

		g = 0;
		while (g < ARRAY_SIZE(groups) - 1 && slot >= groups[g].end)
			g++;
		count[g][sites[i].kind]++;
		if (each)
			report_site(&sites[i]);
		if (nopatch && sites[i].kind != ALT_ORIGINAL)
			printk("nopatch: %pS has no original that is right here\n",
			       (void *)sites[i].address);
	}
	printk("%s %u sites on %s\n", nopatch ? "left unpatched:" : "patched", nr, pv_info.name);
	printk("%-12s", "group");
	for (k = 0; k < ALT_KINDS; k++)
		printk(" %8s", kind_names[k]);
	for (g = 0; g < ARRAY_SIZE(groups); g++) {
		printk("\n%-12s", groups[g].name);
		for (k = 0; k < ALT_KINDS; k++)
			printk(" %8u", count[g][k]);
	}
	printk("\n");
}

void features_dump(void)
{
	u32 i;

	printk("features");
	for (i = 0; i < NCAPINTS; i++)
		printk(" %08x", boot_cpu_caps[i]);
	printk("\n");
}

void text_dump(void)
{
	u64 at;

	for (at = (u64)_text; at < (u64)_etext; at += 64) {
		char line[3 * 64];

		hex(line, (const u8 *)at, min(64UL, (u64)_etext - at), "");
		printk("text %016lx %s\n", at, line);
	}
}
