/* SPDX-License-Identifier: MIT */
/*
 * What the host counted: KVM's own statistics, which are always there, and its tracepoints, which
 * take root and a tracefs.
 *
 * Documentation/virt/kvm/api.rst, 4.133 (KVM_GET_STATS_FD); perf_event_open(2); the names and
 * fields of tracepoints are in /sys/kernel/tracing/events/kvm.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "vmm.h"

#define NAME(stat, name) [WITNESS_STAT_##stat] = name

static const char *const stat_names[WITNESS_STATS] = {
	NAME(EXITS, "exits"),
	NAME(IO_EXITS, "io_exits"),
	NAME(HALT_EXITS, "halt_exits"),
	NAME(IRQ_EXITS, "irq_exits"),
	NAME(HYPERCALLS, "hypercalls"),
	NAME(IRQ_INJECTIONS, "irq_injections"),
	NAME(NMI_INJECTIONS, "nmi_injections"),
	NAME(HALT_WAKEUP, "halt_wakeup"),
	NAME(HALT_ATTEMPTED_POLL, "halt_attempted_poll"),
	NAME(HALT_SUCCESSFUL_POLL, "halt_successful_poll"),
	NAME(HALT_WAIT_NS, "halt_wait_ns"),
	NAME(BLOCKING, "blocking"),
	NAME(PREEMPTION_REPORTED, "preemption_reported"),
	NAME(PREEMPTION_OTHER, "preemption_other"),
	NAME(DIRECTED_YIELD_ATTEMPTED, "directed_yield_attempted"),
	NAME(DIRECTED_YIELD_SUCCESSFUL, "directed_yield_successful"),
	NAME(TLB_FLUSH, "tlb_flush"),
	NAME(PF_TAKEN, "pf_taken"),
	NAME(REMOTE_TLB_FLUSH, "remote_tlb_flush"),
	NAME(REMOTE_TLB_FLUSH_REQUESTS, "remote_tlb_flush_requests"),
};

/* Opened before the vCPUs run: KVM would make a later opener wait for one that is in the guest. */
static int stats_fd[MAX_CPUS + 1];    /* the machine's own last */
static off_t place[2][WITNESS_STATS]; /* of a vCPU, of the machine; 0 = has no such statistic */

static void find_places(int fd, off_t *places)
{
	struct kvm_stats_header header;
	struct kvm_stats_desc *desc;
	size_t size;
	uint32_t i, n;

	if (pread(fd, &header, sizeof(header), 0) != sizeof(header))
		return;
	size = sizeof(*desc) + header.name_size;
	desc = calloc(1, size);
	for (i = 0; desc && i < header.num_desc; i++) {
		if (pread(fd, desc, size, header.desc_offset + i * size) != (ssize_t)size)
			break;
		for (n = 0; n < WITNESS_STATS; n++)
			if (!strncmp(desc->name, stat_names[n], header.name_size))
				places[n] = header.data_offset + desc->offset;
	}
	free(desc);
}

void stats_open(struct vm *vm)
{
	unsigned int id;

	for (id = 0; id < vm->ncpus; id++)
		stats_fd[id] = ioctl(vm->vcpus[id].fd, KVM_GET_STATS_FD, NULL);
	stats_fd[MAX_CPUS] = ioctl(vm->fd, KVM_GET_STATS_FD, NULL);
	find_places(stats_fd[0], place[0]);
	find_places(stats_fd[MAX_CPUS], place[1]);
}

int stats_read(unsigned int cpu, uint64_t stat, uint64_t *value)
{
	int fd = stats_fd[cpu];

	if (stat >= WITNESS_STATS)
		return EINVAL;
	if (fd < 0 || !place[cpu == MAX_CPUS][stat])
		return ENOENT;
	return pread(fd, value, sizeof(*value), place[cpu == MAX_CPUS][stat]) == sizeof(*value)
		       ? 0
		       : EIO;
}

#define EVENT(event, ...) [WITNESS_EVENT_##event] = { __VA_ARGS__ }

static const struct {
	const char *name, *field, *also; /* the filter compares field, and `also` always holds */
} events[WITNESS_EVENTS] = {
	EVENT(HYPERCALL, "kvm_hypercall", "nr", ""),
	EVENT(MSR_READ, "kvm_msr", "ecx", "write == 0"),
	EVENT(MSR_WRITE, "kvm_msr", "ecx", "write == 1"),
	EVENT(APIC_READ, "kvm_apic", "reg", "rw == 0"),
	EVENT(APIC_WRITE, "kvm_apic", "reg", "rw == 1"),
	EVENT(APIC_IPI, "kvm_apic_ipi", "icr_low", ""),
	EVENT(APIC_ACCEPT_IRQ, "kvm_apic_accept_irq", "vec", ""),
	EVENT(INJECT, "kvm_inj_virq", "vector", ""),
	EVENT(EOI, "kvm_eoi", "vector", ""),
	EVENT(PV_EOI, "kvm_pv_eoi", "vector", ""),
	EVENT(ASYNC_PF_NOT_PRESENT, "kvm_async_pf_not_present", "token", ""),
	EVENT(ASYNC_PF_READY, "kvm_async_pf_ready", "token", ""),
	EVENT(ASYNC_PF_TRIED, "kvm_try_async_get_page", "gfn", ""),
	EVENT(PV_TLB_FLUSH, "kvm_pv_tlb_flush", "need_flush_tlb", ""),
	EVENT(VCPU_WAKEUP, "kvm_vcpu_wakeup", "waited", ""),
	EVENT(EXIT, "kvm_exit", "exit_reason", ""),
	EVENT(CPUID, "kvm_cpuid", "function", ""),
	EVENT(PIO, "kvm_pio", "port", ""),
};

static struct {
	unsigned int n; /* how many vCPUs it watches; 0 = free */
	int fd[MAX_CPUS];
} counters[WITNESS_MAX_COUNTERS];

static int tracepoint_id(const char *name, uint64_t *id)
{
	static const char *const roots[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	char path[128], text[24];
	ssize_t size = -1;
	unsigned int i;
	int fd = -1, error = ENOENT;

	for (i = 0; i < 2 && fd < 0; i++) {
		snprintf(path, sizeof(path), "%s/events/kvm/%s/id", roots[i], name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 && errno != ENOENT)
			error = errno;
	}
	if (fd < 0)
		return error;
	size = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[size > 0 ? size : 0] = 0;
	*id = strtoull(text, NULL, 10);
	return size > 0 ? 0 : EIO;
}

static int open_one(uint64_t id, pid_t tid, char *filter, int *fd)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = id,
	};

	*fd = syscall(SYS_perf_event_open, &attr, tid, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (*fd < 0)
		return errno;
	return *filter && ioctl(*fd, PERF_EVENT_IOC_SET_FILTER, filter) ? errno : 0;
}

int counter_open(struct vm *vm, unsigned int cpu, uint64_t event, uint64_t value, uint64_t *counter)
{
	unsigned int id = cpu == MAX_CPUS ? 0 : cpu, end = cpu == MAX_CPUS ? vm->ncpus : cpu + 1, c;
	const char *also = event < WITNESS_EVENTS ? events[event].also : "";
	char filter[96] = "";
	uint64_t tracepoint = 0;
	int error;

	for (c = 0; c < WITNESS_MAX_COUNTERS && counters[c].n; c++)
		;
	if (event >= WITNESS_EVENTS || c == WITNESS_MAX_COUNTERS)
		return event >= WITNESS_EVENTS ? EINVAL : EMFILE;
	if (value != WITNESS_ALL)
		snprintf(filter, sizeof(filter), "%s == %llu%s%s", events[event].field,
			 (unsigned long long)value, *also ? " && " : "", also);
	else
		snprintf(filter, sizeof(filter), "%s", also);
	error = tracepoint_id(events[event].name, &tracepoint);
	for (; id < end && !error; id++)
		error = open_one(tracepoint, vm->vcpus[id].tid, filter,
				 &counters[c].fd[counters[c].n++]);
	if (error)
		counter_close(c);
	*counter = c;
	return error;
}

int counter_read(uint64_t c, uint64_t *sum)
{
	uint64_t count;
	unsigned int i;

	if (c >= WITNESS_MAX_COUNTERS || !counters[c].n)
		return EINVAL;
	for (i = 0, *sum = 0; i < counters[c].n; i++, *sum += count)
		if (read(counters[c].fd[i], &count, sizeof(count)) != sizeof(count))
			return EIO;
	return 0;
}

int counter_close(uint64_t c)
{
	if (c >= WITNESS_MAX_COUNTERS || !counters[c].n)
		return EINVAL;
	while (counters[c].n)
		close(counters[c].fd[--counters[c].n]);
	return 0;
}
