/* SPDX-License-Identifier: MIT */
/* Text that changes after the boot: LOCK prefixes with the second CPU, and all sites put back. */
#include <cmdline.h>
#include <selftest.h>
#include <string.h>
#include <asm/alt_sites.h>
#include <asm/atomic.h>
#include <asm/pgtable.h>
#include <asm/sync_bitops.h>

static atomic_t counter;

static noinline void locked_inc(void)
{
	atomic_inc(&counter);
}

static noinline bool sync_set(u64 *word)
{
	return sync_test_and_set_bit(0, word);
}

/* The first LOCK or DS prefix in a function's first bytes. */
static u8 prefix_in(const void *fn)
{
	const u8 *p = fn;

	while (*p != 0xf0 && *p != 0x3e && p < (const u8 *)fn + 32)
		p++;
	return *p;
}

/* One CPU: LOCK is gone from our atomics, never from words that a hypervisor shares. */
SELFTEST_ALONE(patch, lock_prefixes)
{
	u8 want = cmdline.nopatch ? 0xf0 : 0x3e;
	u64 word = 0;

	CHECK(t, prefix_in(locked_inc) == want, "prefix %02x", prefix_in(locked_inc));
	text_open();
	alternatives_smp_lock();
	text_seal();
	CHECK(t, prefix_in(locked_inc) == 0xf0, "prefix %02x with SMP", prefix_in(locked_inc));
	locked_inc();
	if (!cmdline.nopatch) {
		text_open();
		alternatives_smp_unlock();
		text_seal();
	}
	CHECK(t, prefix_in(locked_inc) == want, "prefix %02x, put back", prefix_in(locked_inc));
	locked_inc();
	CHECK(t, atomic_read(&counter) == 2, "two increments gave %d", atomic_read(&counter));
	CHECK(t, prefix_in(sync_set) == 0xf0, "a sync operation lost its LOCK: %02x",
	      prefix_in(sync_set));
	CHECK(t, !sync_set(&word) && sync_set(&word) && word == 1, "word %lx", word);
}

u64 boot_text_hash;

u64 text_hash(void)
{
	u64 at, hash = 0;

	for (at = (u64)_text; at < (u64)_etext; at += 8)
		hash = (hash << 7 | hash >> 57) ^ *(const u64 *)at;
	return hash;
}

/* All sites back to what the compiler made, and patched again: the same text as before. */
SELFTEST_ALONE(patch, put_back_and_again)
{
	u64 before = text_hash(), between;
	u32 nr, i;
	const struct alt_site *sites = alt_sites(&nr);

	text_open();
	restore_alternatives();
	between = text_hash();
	for (i = 0; i < nr; i++)
		CHECK(t,
		      !memcmp((void *)sites[i].address, sites[i].original, sites[i].len) ||
			      alt_site_required(&sites[i]),
		      "%pS is not as compiled", (void *)sites[i].address);
	apply_alternatives(cmdline.nopatch);
	text_seal();
	CHECK(t, (before == between) == cmdline.nopatch, "putting back changed nothing");
	CHECK(t, text_hash() == before, "text came out differently");
}
