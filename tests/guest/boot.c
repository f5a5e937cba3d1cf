/* SPDX-License-Identifier: MIT */
/* boot_info: what the way in found out must be of use to what comes. */
#include <boot_info.h>
#include <cmdline.h>
#include <preempt.h>
#include <selftest.h>
#include <smp.h>
#include <string.h>
#include <asm/cpufeature.h>
#include <asm/page.h>

extern const u8 trampoline_start[], trampoline_jump[];

DECLARE_PER_CPU(u64, xen_mmu_hypercalls);

SELFTEST(boot, memory_map_holds_the_image)
{
	u64 start = __pa(_image_start), end = __pa(_image_end);
	bool held = false;
	u32 i;

	CHECK(t, boot_info.nr_regions, "the memory map is empty");
	for (i = 0; i < boot_info.nr_regions; i++) {
		const struct mem_region *r = &boot_info.regions[i];

		CHECK(t, r->start + r->size > r->start, "region %u: %lx + %lx", i, r->start,
		      r->size);
		if (r->type == MEM_USABLE)
			held |= r->start <= start && end <= r->start + r->size;
		else
			CHECK(t, r->start + r->size <= start || r->start >= end,
			      "region %u, type %u, lies over the image", i, r->type);
	}
	CHECK(t, held, "no usable region holds the image");
}

SELFTEST(boot, regions_ascend)
{
	u32 i;

	for (i = 0; i < boot_info.nr_regions; i++) {
		const struct mem_region *r = &boot_info.regions[i];

		CHECK(t, r->type >= MEM_USABLE && r->type <= MEM_LOADER, "region %u is of type %u",
		      i, r->type);
		CHECK(t, !i || r->start >= r[-1].start + r[-1].size,
		      "region %u begins at %lx, the one before ends at %lx", i, r->start,
		      r[-1].start + r[-1].size);
	}
}

/* Other CPUs began in a page of low memory, where the code still is. */
SELFTEST(boot, trampoline_in_usable_memory)
{
	size_t size = trampoline_jump - trampoline_start;
	u64 pa, found = 0;

	if (boot_cpu_has(X86_FEATURE_XENPV) || num_online_cpus() == 1)
		return test_skip(t, "no CPU began there");
	for (pa = PAGE_SIZE; pa < 0xa0000; pa += PAGE_SIZE)
		if (!memcmp(__va(pa), trampoline_start, size))
			found = pa;
	CHECK(t, found, "no page below 640 KiB begins as the trampoline does");
	CHECK(t, boot_info_is_usable(found, PAGE_SIZE), "%lx is not free memory", found);
}

SELFTEST(boot, command_line)
{
	char test[64];

	CHECK(t, boot_info.way_in && *boot_info.way_in, "the way in has no name");
	CHECK(t, !boot_info.cmdline_cut, "the command line was cut");
	if (!strcmp(cmdline.test, "*"))
		return;
	strlcpy(test, "test=", sizeof(test));
	strlcpy(test + 5, cmdline.test, sizeof(test) - 5);
	CHECK(t, strlen(boot_info.cmdline) >= strlen(test), "'%s' became '%s'", boot_info.cmdline,
	      test);
}

SELFTEST(boot, acpi_root_pointer)
{
	const u8 *p;
	u8 sum = 0;
	u32 i;

	if (!boot_info.rsdp)
		return test_skip(t, "%s tells of no RSDP", boot_info.way_in);
	p = __va(boot_info.rsdp);
	CHECK(t, !memcmp(p, "RSD PTR ", 8), "no RSDP at %lx", boot_info.rsdp);
	for (i = 0; i < 20; i++)
		sum += p[i];
	CHECK(t, !sum, "the RSDP's checksum is off by %u", sum);
}

/* Whoever writes per-CPU data before there is any writes what other CPUs' will be made of. */
SELFTEST(boot, percpu_template_is_whole)
{
	CHECK(t, percpu_template_is_whole(), "it was written since the boot CPU's area was made");
	CHECK(t,
	      !READ_ONCE(preempt_count) && !READ_ONCE(cpu_number) && !READ_ONCE(this_cpu_off) &&
		      !READ_ONCE(xen_mmu_hypercalls),
	      "or before: %u %lu", READ_ONCE(preempt_count), READ_ONCE(xen_mmu_hypercalls));
}
