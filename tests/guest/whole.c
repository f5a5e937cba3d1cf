/* SPDX-License-Identifier: MIT */
/* What holds after all other tests: the group's name is the last. */
#include <selftest.h>

/*
 * Text is as the boot patch left it. What tests wrote they put back; and a hypervisor that had
 * found the other maker's hypercall there would have put the right one in its place.
 */
SELFTEST_ALONE(whole, text)
{
	u64 hash = text_hash();

	CHECK(t, hash == boot_text_hash, "its hash is %016lx, after the boot patch it was %016lx",
	      hash, boot_text_hash);
}
