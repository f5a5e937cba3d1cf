/* SPDX-License-Identifier: MIT */
/*
 * Static calls at run time. The sites are found by tools/mksymbols, as objtool does for Linux: the
 * compiler calls a trampoline by name, and the first link's relocations say where.
 */
#include <printk.h>
#include <static_call.h>
#include <string.h>
#include <symbols.h>
#include <asm/page.h>
#include <asm/text-patching.h>

static bool patched __ro_after_init;

void __static_call_nop(void)
{
}

long __static_call_return0(void)
{
	return 0;
}

static void *at(s32 offset)
{
	return _text + offset;
}

static void set_site(const struct static_call_site *s)
{
	const struct static_call_key *key = at(s->key);
	u8 bytes[STATIC_CALL_MAX];
	unsigned int len;

	len = static_call_plan(bytes, s->kind, (u64)at(s->site), (u64)key->func,
			       (u64)__static_call_nop, (u64)__static_call_return0);
	if (!len)
		panic("static call at %pS: %p is out of reach", at(s->site), key->func);
	text_poke_early((u64)at(s->site), bytes, len);
}

/* As compiled: to the trampoline, which jumps through the key. */
static void reset_site(const struct static_call_site *s)
{
	u64 site = (u64)at(s->site);
	const struct static_call_site *tramp;
	u8 bytes[STATIC_CALL_MAX] = { 0xff, 0x25, 0, 0, 0, 0, 0xcc, 0xcc };
	s32 disp = (u64)at(s->key) - (site + 6);

	if (s->kind == STATIC_CALL_TRAMP) {
		memcpy(bytes + 2, &disp, 4);
		text_poke_early(site, bytes, 8);
		return;
	}
	for (tramp = symbols_static_calls();
	     tramp->kind != STATIC_CALL_TRAMP || tramp->key != s->key;)
		tramp++;
	static_call_plan(bytes, s->kind, site, (u64)at(tramp->site), 0, 0);
	text_poke_early(site, bytes, 5);
}

void static_call_init(void)
{
	const struct static_call_site *s = symbols_static_calls();
	u32 i;

	for (i = 0; i < symbols_header.nr_static_calls; i++)
		set_site(&s[i]);
	patched = true;
}

void static_call_restore(void)
{
	const struct static_call_site *s = symbols_static_calls();
	u32 i;

	for (i = 0; i < symbols_header.nr_static_calls; i++)
		reset_site(&s[i]);
	patched = false;
}

void __static_call_update(struct static_call_key *key, void *func)
{
	const struct static_call_site *s = symbols_static_calls();
	u32 i;

	key->func = func;
	for (i = 0; patched && i < symbols_header.nr_static_calls; i++)
		if (at(s[i].key) == key)
			set_site(&s[i]);
}
