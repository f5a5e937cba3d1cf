/* SPDX-License-Identifier: MIT */
/* The allow list: what may stand outside the native ops and the replacements, and why. */
#define _GNU_SOURCE /* FNM_EXTMATCH */
#include <fnmatch.h>
#include <string.h>
#include "imgcheck.h"

static struct allowed {
	char *symbol, *insn;
	unsigned int line;
	bool used;
} allowed[256];
static size_t nr_allowed;
static const char *allowlist;

void read_allowlist(const char *path)
{
	char line[512], symbol[128], list[256], *one, *rest;
	unsigned int nr = 1;
	FILE *f = fopen(path, "r");
	int reason;

	allowlist = path;
	if (!f)
		die("can't open the allow list %s", path);
	for (; fgets(line, sizeof(line), f); nr++) {
		if (strchr("#\n", *line))
			continue;
		reason = 0;
		if (sscanf(line, "%127s %255s %n", symbol, list, &reason) != 2 || !line[reason])
			die("%s:%u: expected SYMBOL INSTRUCTION,... REASON", path, nr);
		for (rest = list; (one = strsep(&rest, ","));) {
			if (!is_privilege(one))
				die("%s:%u: %s is no word for a privileged instruction", path, nr,
				    one);
			if (nr_allowed == ARRAY_SIZE(allowed))
				die("%s:%u: more than %zu allowances", path, nr, nr_allowed);
			allowed[nr_allowed++] =
				(struct allowed){ strdup(symbol), strdup(one), nr, false };
		}
	}
	fclose(f);
}

bool is_allowed(u64 at, const char *what)
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

void check_allowances(void)
{
	size_t i;

	for (i = 0; i < nr_allowed; i++)
		if (!allowed[i].used)
			finding("%s:%u allows %s in %s, but there is none: remove it", allowlist,
				allowed[i].line, allowed[i].insn, allowed[i].symbol);
}
