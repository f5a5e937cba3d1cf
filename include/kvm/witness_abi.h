/* SPDX-License-Identifier: MIT */
/*
 * The witness: a device of our own VMM (tools/vmm) that tells a guest what the host saw it do, and
 * does to it what only a host can. Read by the VMM and by the kernel: numbers only.
 *
 *	in	eax, dx		dx = WITNESS_PORT
 *
 *	before: eax = command, rbx rcx rsi rdi = arguments a b c d
 *	after:  eax = 0 or -errno (Linux's number; WITNESS_NONE: there is no such device),
 *		rbx rcx rsi rdi = results a b c d, as they were where the command has none
 *
 * A CPU is its APIC id here. No memory is involved but in WITNESS_PRINT: it works on any CPU and
 *any stack.
 */
#ifndef KVM_WITNESS_ABI_H
#define KVM_WITNESS_ABI_H

#define WITNESS_PORT	     0x5a0
#define WITNESS_NONE	     (-1) /* a bus without the device reads as all ones; no errno of ours */
#define WITNESS_MAGIC	     0x656c6f6e41ull /* "Anole" */
#define WITNESS_ALL	     (~0ull) /* for a CPU: all of them, or the machine; a filter: any */
#define WITNESS_MAX_COUNTERS 32
#define WITNESS_MAX_PAGES    512
#define WITNESS_MAX_MS	     5000
#define WITNESS_CLOCK_STABLE 2 /* KVM_CLOCK_TSC_STABLE */

enum witness_command {
	WITNESS_ID,	       /* -> magic, CPUs, host CPUs */
	WITNESS_STAT,	       /* cpu or ALL (the machine's own), enum witness_stat -> value */
	WITNESS_COUNTER_OPEN,  /* cpu or ALL, enum witness_event, filter or ALL -> counter, at 0 */
	WITNESS_COUNTER_READ,  /* counter -> events so far */
	WITNESS_COUNTER_CLOSE, /* counter */
	WITNESS_CLOCK,	       /* -> KVM_GET_CLOCK, CLOCK_MONOTONIC, CLOCK_REALTIME (ns), flags */
	WITNESS_SCHED,	       /* cpu -> its thread ran, waited for a host CPU (ns), times it ran */
	WITNESS_PIN,	       /* host CPU or ALL: where all vCPUs may run */
	WITNESS_HOG,	       /* ms: a thread that competes for the host CPU this vCPU is on */
	WITNESS_ABSENT,	       /* address, pages, ms: gone, each back so long after its first use */
	WITNESS_RELEASE,       /* all pages are back -> pages that were used while they were gone */
	WITNESS_NMI,	       /* cpu */
	WITNESS_MCE,	       /* cpu, bank, MCi_STATUS, MCG_STATUS */
	WITNESS_PRINT,	       /* address, length: text for the console, at one exit */
	WITNESS_COMMANDS,
};

/* KVM's statistics by their names there; the second list is of the machine (cpu = ALL). */
enum witness_stat {
	WITNESS_STAT_EXITS,
	WITNESS_STAT_IO_EXITS,
	WITNESS_STAT_HALT_EXITS,
	WITNESS_STAT_IRQ_EXITS,
	WITNESS_STAT_HYPERCALLS,
	WITNESS_STAT_IRQ_INJECTIONS,
	WITNESS_STAT_NMI_INJECTIONS,
	WITNESS_STAT_HALT_WAKEUP,
	WITNESS_STAT_HALT_ATTEMPTED_POLL,
	WITNESS_STAT_HALT_SUCCESSFUL_POLL,
	WITNESS_STAT_HALT_WAIT_NS,
	WITNESS_STAT_BLOCKING, /* 1: the vCPU waits in the host, halted */
	WITNESS_STAT_PREEMPTION_REPORTED,
	WITNESS_STAT_PREEMPTION_OTHER,
	WITNESS_STAT_DIRECTED_YIELD_ATTEMPTED,
	WITNESS_STAT_DIRECTED_YIELD_SUCCESSFUL,
	WITNESS_STAT_TLB_FLUSH,
	WITNESS_STAT_PF_TAKEN,
	WITNESS_STAT_REMOTE_TLB_FLUSH,
	WITNESS_STAT_REMOTE_TLB_FLUSH_REQUESTS,
	WITNESS_STATS,
};

/* Tracepoints of kvm that happen in a vCPU's own thread, and what the filter compares. */
enum witness_event {
	WITNESS_EVENT_HYPERCALL,	    /* nr */
	WITNESS_EVENT_MSR_READ,		    /* MSR; only those that exit */
	WITNESS_EVENT_MSR_WRITE,	    /* MSR */
	WITNESS_EVENT_APIC_READ,	    /* register, 0x0b0 ... also in x2APIC mode */
	WITNESS_EVENT_APIC_WRITE,	    /* register */
	WITNESS_EVENT_APIC_IPI,		    /* low half of the ICR */
	WITNESS_EVENT_APIC_ACCEPT_IRQ,	    /* vector, sent by this vCPU, not the one it goes to */
	WITNESS_EVENT_INJECT,		    /* vector */
	WITNESS_EVENT_EOI,		    /* vector */
	WITNESS_EVENT_PV_EOI,		    /* vector */
	WITNESS_EVENT_ASYNC_PF_NOT_PRESENT, /* token */
	WITNESS_EVENT_ASYNC_PF_READY,	    /* token */
	WITNESS_EVENT_ASYNC_PF_TRIED,	    /* guest frame number */
	WITNESS_EVENT_PV_TLB_FLUSH,	    /* 1: it was asked for, 0: it was not */
	WITNESS_EVENT_VCPU_WAKEUP,	    /* 1: it waited, 0: polling was enough */
	WITNESS_EVENT_EXIT,  /* the hardware's exit code (SVM: 0x81 vmmcall, 0x78 hlt ...) */
	WITNESS_EVENT_CPUID, /* leaf */
	WITNESS_EVENT_PIO,   /* port */
	WITNESS_EVENTS,
};

#endif
