/* SPDX-License-Identifier: MIT */
/* The areas of per-CPU data: asm/percpu.h draws them. */
#include <page_alloc.h>
#include <string.h>
#include <asm/page.h>
#include <asm/percpu.h>

static u8 boot_area[PERCPU_PAGES * PAGE_SIZE] __aligned(PAGE_SIZE) __section(".data");

u64 __per_cpu_offset[NR_CPUS];
DEFINE_PER_CPU(u64, this_cpu_off);
DEFINE_PER_CPU(u32, cpu_number);
DEFINE_PER_CPU(u64, cpu_kernel_sp);
DEFINE_PER_CPU(u64, cpu_user_sp);

static void init_area(u32 cpu, void *area)
{
	memcpy(area, __per_cpu_start, __per_cpu_end - __per_cpu_start);
	__per_cpu_offset[cpu] = (u64)area - (u64)__per_cpu_start;
	per_cpu(this_cpu_off, cpu) = __per_cpu_offset[cpu];
	per_cpu(cpu_number, cpu) = cpu;
}

static u64 sum(void)
{
	u64 at, sum = 0;

	for (at = (u64)__per_cpu_start; at < (u64)__per_cpu_end; at += 8)
		sum = (sum << 5 | sum >> 59) ^ *(const u64 *)at;
	return sum;
}

static u64 boot_sum __ro_after_init;

bool percpu_template_is_whole(void)
{
	return sum() == boot_sum;
}

void percpu_init_boot(void)
{
	if (__per_cpu_offset[0])
		return;
	boot_sum = sum();
	init_area(0, boot_area);
}

int percpu_alloc(u32 cpu)
{
	u64 pa;

	if (__per_cpu_offset[cpu])
		return 0;
	pa = alloc_pages(PERCPU_PAGES);
	if (!pa)
		return -ENOMEM;
	init_area(cpu, __va(pa));
	return 0;
}
