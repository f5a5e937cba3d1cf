/* SPDX-License-Identifier: MIT */
/* What holds after all other tests: the group's name is the last. */
#include <boot_info.h>
#include <printk.h>
#include <selftest.h>
#include <asm/page.h>

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

/* What a module begins with that can tell whether it is whole (tests/boot/modules.t). */
struct marked_module {
	u64 magic, size; /* of all of it, in bytes */
	u64 sum;	 /* of the words that follow */
	u64 words[];
};
#define MARK 0x444f4d454c4f4e41 /* "ANOLEMOD" */

/* False: what ends at `end` is not all of it, or not what it was. */
static bool is_intact(const struct marked_module *m, u64 end)
{
	u64 sum = 0, i;

	if (m->size < sizeof(*m) || m->size % 8 || m->size > end - __pa(m))
		return false;
	for (i = 0; i < m->size / 8 - 3; i++)
		sum += m->words[i];
	return sum == m->sum;
}

/* What a loader left for us stays as it was, whatever all tests did with memory. */
SELFTEST(whole, modules)
{
	const struct mem_region *r;
	u64 pa, end, found = 0;

	for (r = boot_info.regions; r < boot_info.regions + boot_info.nr_regions; r++) {
		end = r->start + r->size;
		if (r->type != MEM_LOADER)
			continue;
		for (pa = ALIGN_UP(r->start, PAGE_SIZE); pa + PAGE_SIZE <= end; pa += PAGE_SIZE) {
			const struct marked_module *m = __va(pa);

			if (m->magic != MARK)
				continue;
			found++;
			CHECK(t, is_intact(m, end), "the module at %lx is not what it was", pa);
		}
	}
	if (!found)
		test_skip(t, "no module that could tell");
	else
		printk("%lu marked modules\n", found);
}
