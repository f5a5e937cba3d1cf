/* SPDX-License-Identifier: MIT */
/*
 * The stub loader's structures for the image, from the plan: Multiboot Specification 0.6.96, 3.3;
 * Multiboot2 Specification 2.0, 3.6; xen/include/public/arch-x86/hvm/start_info.h.
 */
#include "stub.h"

static u8 memory[512 << 10] __attribute__((aligned(4096)));
static u32 used;

/* n bytes more, on 8, zeroed. */
static void *more(u32 n)
{
	void *p = memory + used;

	used += (n + 7) & ~7U;
	if (used > sizeof(memory))
		give_up("too much for the loader's structures", "");
	return p;
}

static u32 string(const char *s)
{
	return (u32)copy(more(length(s) + 1), s, length(s));
}

static u32 command_line(void)
{
	u32 n = plan.file ? length(plan.file) : 0;
	char *s = more(n + 1 + length(plan.words) + 1);

	if (n) {
		copy(s, plan.file, n);
		s[n++] = ' ';
	}
	copy(s + n, plan.words, length(plan.words));
	return (u32)s;
}

static u32 build_mb1(void)
{
	u32 *info = more(116), *mods, i, at, stride = 24;
	u8 *map = more(plan.nr_map * stride);

	info[0] = 1 << 2 | 1 << 3 | 1 << 6 | (*plan.loader ? 1 << 9 : 0);
	info[4] = command_line();
	info[5] = plan.nr_modules;
	mods = more(plan.nr_modules * 16);
	info[6] = (u32)mods;
	for (i = 0; i < plan.nr_modules; i++) {
		mods[4 * i] = plan.modules[i].start;
		mods[4 * i + 1] = plan.modules[i].start + plan.modules[i].size;
		mods[4 * i + 2] = string("module");
	}
	for (i = at = 0; i < plan.nr_map; i++, at += stride) {
		*(u32 *)(map + at) = plan.odd && !i ? plan.odd_size : stride - 4;
		copy(map + at + 4, &plan.map[i], 20);
	}
	info[11] = at;
	info[12] = (u32)map;
	if (*plan.loader)
		info[16] = string(plan.loader);
	return (u32)info;
}

static void *tag(u32 type, u32 size)
{
	u32 *t = more(size < 8 || size > sizeof(memory) ? 8 : size);

	t[0] = type;
	t[1] = size;
	return t + 2;
}

static u32 build_mb2(void)
{
	const char *s = (const char *)command_line(), *p;
	u32 *total, *arg, i;

	used = (used + 4095) & ~4095U;
	total = more(8);
	if (plan.odd)
		tag(plan.odd_tag, plan.odd_size);
	copy(tag(1, 8 + length(s) + 1), s, length(s));
	if (*plan.loader)
		copy(tag(2, 8 + length(plan.loader) + 1), plan.loader, length(plan.loader));
	for (i = 0; i < plan.nr_modules; i++) {
		arg = tag(3, 16 + 1);
		arg[0] = plan.modules[i].start;
		arg[1] = plan.modules[i].start + plan.modules[i].size;
	}
	arg = tag(6, 16 + plan.nr_map * 24);
	arg[0] = 24;
	copy(arg + 2, plan.map, plan.nr_map * 24);
	p = (const char *)(u32)plan.rsdp;
	if (p && !(plan.rsdp >> 32)) {
		bool extended = p[15] >= 2;

		copy(tag(extended ? 15 : 14, 8 + (extended ? 36 : 20)), p, extended ? 36 : 20);
	}
	tag(0, 8);
	total[0] = memory + used - (u8 *)total;
	return (u32)total;
}

static u32 build_pvh(void)
{
	u64 *info = more(56), *mods = more(plan.nr_modules * 32);
	u32 i;

	((u32 *)info)[0] = 0x336ec578;
	((u32 *)info)[1] = 1;
	((u32 *)info)[3] = plan.nr_modules;
	info[2] = (u32)mods;
	for (i = 0; i < plan.nr_modules; i++) {
		mods[4 * i] = plan.modules[i].start;
		mods[4 * i + 1] = plan.modules[i].size;
	}
	info[3] = command_line();
	if (plan.cmdline_at)
		info[3] = plan.cmdline_at;
	info[4] = plan.rsdp;
	info[5] = (u32)copy(more(plan.nr_map * 24), plan.map, plan.nr_map * 24);
	info[6] = plan.nr_map;
	return (u32)info;
}

u32 build(void)
{
	switch (plan.way) {
	case WAY_MB1:
		return build_mb1();
	case WAY_MB2:
		return build_mb2();
	default:
		return build_pvh();
	}
}
