/* SPDX-License-Identifier: MIT */
/*
 * A core of a Xen PV domain, as `xl dump-core` and on_crash = "coredump-destroy" write it
 * (xen/docs/misc/dump-core-format.txt): an ELF file of sections alone.
 *
 *   .note.Xen       how many virtual CPUs, how many pages; which Xen
 *   .xen_prstatus   a struct vcpu_guest_context for each virtual CPU
 *   .xen_p2m        for each page that is there: { the domain's number, the machine's }
 *   .xen_pages      the pages, in that order
 */
#ifndef TOOLS_XENCORE_H
#define TOOLS_XENCORE_H

#include <types.h>
#include <xen/xen.h>

struct xencore {
	u64 nr_vcpus, nr_pages;
	u64 major, minor; /* Xen's; 0 where the file does not say */
};

/* One at a time. NULL, or what is wrong with the file: good until the next call. */
const char *xencore_open(struct xencore *core, const char *path);

/* The registers that Xen had of a virtual CPU. */
void xencore_vcpu(unsigned int nr, struct vcpu_guest_context *ctxt);

/*
 * Memory as the kernel of a virtual CPU has it mapped, by its page tables. False: some of it is not
 * mapped, or its page is not in the core; nothing of the buffer counts then.
 */
bool xencore_read(unsigned int nr, u64 va, void *buf, u64 len);

#endif
