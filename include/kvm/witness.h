/* SPDX-License-Identifier: MIT */
/*
 * What the host saw of us, and what it shall do to us: drivers/kvm_witness.c asks the VMM of this
 * tree, tools/vmm. All may be called on any CPU, on any stack, with interrupts on or off. A call
 * costs one exit to the VMM's user space, which is a handful of switches of the host.
 *
 * `cpu` is a CPU's number as everywhere in the kernel; WITNESS_CPU_ALL is the machine, or each of
 * its CPUs. int results are 0 or -errno by Linux's numbers; a u64's error is WITNESS_ERROR, which
 * only a fault of the host or a wrong argument gives.
 */
#ifndef KVM_WITNESS_H
#define KVM_WITNESS_H

#include <console.h>
#include <types.h>
#include <kvm/witness_abi.h>

#define WITNESS_CPU_ALL (~0u)
#define WITNESS_ERROR	(~0UL)

struct witness_args {
	u64 a, b, c, d;
};

struct witness_clocks {
	u64 kvm, monotonic, realtime; /* ns: KVM_GET_CLOCK, CLOCK_MONOTONIC, CLOCK_REALTIME */
	bool stable;		      /* the host's TSC serves as KVM's master clock */
};

/* Any command; results take the arguments' place. 0, -errno, or WITNESS_NONE without a witness. */
int witness_call(enum witness_command command, struct witness_args *args);

/* Is there one? Asks the machine each time; false on other VMMs and other platforms. */
bool witness_present(void);
/* How many CPUs the host has that it runs on; 0 without a witness. */
unsigned int witness_host_cpus(void);

/* One of KVM's statistics; WITNESS_ERROR where this host's KVM has none of that name. */
u64 witness_stat(unsigned int cpu, enum witness_stat stat);

/*
 * Count a tracepoint of the host's KVM from now on, in the threads of this CPU or of all; filter
 * is what witness_abi.h says beside the event, or WITNESS_ALL. A counter, or -errno: -EACCES and
 * -ENOENT where the host keeps its tracepoints to itself, which is no failure of the guest's.
 */
int witness_counter_open(unsigned int cpu, enum witness_event event, u64 filter);
u64 witness_counter_read(int counter);
void witness_counter_close(int counter);

/* The host's clocks at one moment of this call: read one's own before and after. */
int witness_read_clocks(struct witness_clocks *clocks);
/* The host's account of steal: how long, in ns, this CPU's thread has waited to run. */
u64 witness_steal(unsigned int cpu);
/* How long it ran, in ns. */
u64 witness_ran(unsigned int cpu);
/* Let all CPUs compete for one CPU of the host; WITNESS_CPU_ALL takes that back. */
int witness_pin(unsigned int host_cpu);
/* For so many ms a thread competes with this CPU; pin first where the host has several CPUs. */
int witness_hog(unsigned int ms);

/*
 * Pages that the host does not have at hand: whoever uses one waits until it is back, ms after its
 * first use or with witness_release(), unless the guest takes asynchronous page faults. At most
 * WITNESS_MAX_PAGES and WITNESS_MAX_MS, and one such area at a time (-EBUSY). Content stays.
 * Nothing that the fault's handler itself needs may be in them.
 */
int witness_absent(u64 phys, u64 pages, unsigned int ms);
/* All are back. How many of them were used meanwhile. */
u64 witness_release(void);

/* COM1 at one exit a line, where the port itself takes one for 16 bytes. No text from a stack. */
extern struct console witness_console;

/* An NMI; a machine check, with the bank's MCi_STATUS and MCG_STATUS. They come soon, not at once.
 */
int witness_nmi(unsigned int cpu);
int witness_mce(unsigned int cpu, unsigned int bank, u64 status, u64 mcg_status);

#endif
