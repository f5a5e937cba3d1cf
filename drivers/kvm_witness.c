/* SPDX-License-Identifier: MIT */
/* The guest's side of the witness, a device of one port: kvm/witness_abi.h, kvm/witness.h. */
#include <acpi.h>
#include <smp.h>
#include <kvm/witness.h>
#include <asm/cpufeature.h>
#include <asm/page.h>

noinline int witness_call(enum witness_command command, struct witness_args *args)
{
	s32 status = command;

	asm volatile("inl %w[port], %[status]"
		     : [status] "+a"(status), "+b"(args->a), "+c"(args->b), "+S"(args->c),
		       "+D"(args->d)
		     : [port] "d"(WITNESS_PORT)
		     : "memory");
	return status;
}

/* The VMM knows a CPU by its APIC id. */
static u64 vcpu(unsigned int cpu)
{
	return cpu < NR_CPUS ? acpi_info.apic_ids[cpu] : WITNESS_ALL;
}

/* The first result, or WITNESS_ERROR. */
static u64 ask(enum witness_command command, u64 a, u64 b)
{
	struct witness_args args = { a, b, 0, 0 };

	return witness_call(command, &args) ? WITNESS_ERROR : args.a;
}

static int tell(enum witness_command command, u64 a, u64 b, u64 c, u64 d)
{
	struct witness_args args = { a, b, c, d };

	return witness_call(command, &args);
}

bool witness_present(void)
{
	return boot_cpu_has(X86_FEATURE_KVM) && ask(WITNESS_ID, 0, 0) == WITNESS_MAGIC;
}

unsigned int witness_host_cpus(void)
{
	struct witness_args args = { 0 };

	return witness_present() && !witness_call(WITNESS_ID, &args) ? args.c : 0;
}

u64 witness_stat(unsigned int cpu, enum witness_stat stat)
{
	return ask(WITNESS_STAT, vcpu(cpu), stat);
}

int witness_counter_open(unsigned int cpu, enum witness_event event, u64 filter)
{
	struct witness_args args = { vcpu(cpu), event, filter, 0 };
	int error = witness_call(WITNESS_COUNTER_OPEN, &args);

	return error ? error : (int)args.a;
}

u64 witness_counter_read(int counter)
{
	return ask(WITNESS_COUNTER_READ, counter, 0);
}

void witness_counter_close(int counter)
{
	tell(WITNESS_COUNTER_CLOSE, counter, 0, 0, 0);
}

int witness_read_clocks(struct witness_clocks *clocks)
{
	struct witness_args args = { 0 };
	int error = witness_call(WITNESS_CLOCK, &args);

	*clocks = (struct witness_clocks){ args.a, args.b, args.c, args.d & WITNESS_CLOCK_STABLE };
	return error;
}

u64 witness_steal(unsigned int cpu)
{
	struct witness_args args = { vcpu(cpu), 0, 0, 0 };

	return witness_call(WITNESS_SCHED, &args) ? WITNESS_ERROR : args.b;
}

u64 witness_ran(unsigned int cpu)
{
	return ask(WITNESS_SCHED, vcpu(cpu), 0);
}

int witness_pin(unsigned int host_cpu)
{
	return tell(WITNESS_PIN, host_cpu == WITNESS_CPU_ALL ? WITNESS_ALL : host_cpu, 0, 0, 0);
}

int witness_hog(unsigned int ms)
{
	return tell(WITNESS_HOG, ms, 0, 0, 0);
}

int witness_absent(u64 phys, u64 pages, unsigned int ms)
{
	return tell(WITNESS_ABSENT, phys, pages, ms, 0);
}

u64 witness_release(void)
{
	return ask(WITNESS_RELEASE, 0, 0);
}

int witness_nmi(unsigned int cpu)
{
	return tell(WITNESS_NMI, vcpu(cpu), 0, 0, 0);
}

int witness_mce(unsigned int cpu, unsigned int bank, u64 status, u64 mcg_status)
{
	return tell(WITNESS_MCE, vcpu(cpu), bank, status, mcg_status);
}

static void witness_print(const char *s, size_t len)
{
	tell(WITNESS_PRINT, __pa(s), len, 0, 0);
}

struct console witness_console = { .name = "com1", .write = witness_print };
