/* SPDX-License-Identifier: MIT */
/*
 * sysret_allowed() on the host: what no software CPU shows is that Intel's sysret with a RIP that
 * is not canonical faults in kernel mode. Prints TAP.
 */
#include <asm/sysret.h>
/* behind the kernel's, whose words the host's headers take away */
#include <stdio.h>

static const struct {
	const char *what;
	u64 ip, cx, flags, r11, cs, ss;
	bool allowed;
} cases[] = {
	{ "plain", 0x400000, 0x400000, 0x202, 0x202, 0x33, 0x2b, true },
	{ "Xen's saved mask above cs", 0x400000, 0x400000, 0x202, 0x202, 0x100000033, 0x2b, true },
	{ "the last address but one page", 0x7fffffffeffe, 0x7fffffffeffe, 2, 2, 0x33, 0x2b, true },
	{ "the last page", 0x7ffffffff000, 0x7ffffffff000, 2, 2, 0x33, 0x2b, false },
	{ "behind a syscall at the end", 0x800000000000, 0x800000000000, 2, 2, 0x33, 0x2b, false },
	{ "a kernel address", -0x7ff00000UL, -0x7ff00000UL, 2, 2, 0x33, 0x2b, false },
	{ "rip was changed", 0x400002, 0x400000, 2, 2, 0x33, 0x2b, false },
	{ "flags were changed", 0x400000, 0x400000, 0x202, 2, 0x33, 0x2b, false },
	{ "TF", 0x400000, 0x400000, 0x302, 0x302, 0x33, 0x2b, false },
	{ "RF", 0x400000, 0x400000, 0x10202, 0x10202, 0x33, 0x2b, false },
	{ "a 32-bit code segment", 0x400000, 0x400000, 2, 2, 0x23, 0x2b, false },
	{ "another stack segment", 0x400000, 0x400000, 2, 2, 0x33, 0, false },
};

int main(void)
{
	unsigned int i, failed = 0;

	printf("TAP version 13\n1..%zu\n", ARRAY_SIZE(cases));
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pt_regs r = { .ip = cases[i].ip, .cx = cases[i].cx, .cs = cases[i].cs };
		bool ok;

		r.flags = cases[i].flags;
		r.r11 = cases[i].r11;
		r.ss = cases[i].ss;
		ok = sysret_allowed(&r) == cases[i].allowed;
		failed += !ok;
		printf("%sok %u - sysret: %s\n", ok ? "" : "not ", i + 1, cases[i].what);
	}
	return !!failed;
}
