/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the small VMM share: the machine, its memory layout, and the exit codes.
 *
 *   vmm.c      options, time limit                machine.c  /dev/kvm, memory, CPUs
 *   cpuid.c    what CPUID shows                   run.c      KVM_RUN and its exits
 *   boot.c     the image, PVH's start_info        devices.c  16550, debug exit
 *   acpi.c     ACPI tables                        witness.c  what a guest may ask of its host,
 *   probe.c    is this /dev/kvm whole?            stats.c    what the host counted,
 *   init.c     pid 1 of the Linux inside QEMU     absent.c   and pages that are not there
 */
#ifndef VMM_H
#define VMM_H

#include <linux/kvm.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "../../include/kvm/witness_abi.h"

/* A guest's verdict is always odd, (value << 1) | 1, as QEMU's isa-debug-exit makes it. */
enum exit_code {
	EXIT_USAGE = 2,
	EXIT_MISSING = 3, /* no /dev/kvm, no image, no PVH note */
	EXIT_DIED = 4,	  /* the guest ended without a verdict */
	EXIT_INNER = 6,	  /* only init.c: the inner Linux could not do its work */
	EXIT_MIXED = 8,	  /* only init.c: several guests, not all with the same code */
	EXIT_TIMEOUT = 124,
};

#define DEBUG_EXIT_PORT 0xf4
#define DEBUG_EXIT_SIZE 4
#define MIB		(1ull << 20)
#define GIB		(1ull << 30)

/*
 * Guest-physical memory:
 *
 *   0         LOW_RAM_END     1 MiB            RAM, at most 3 GiB       4 GiB
 *   |  usable  |   reserved    |  usable        |  devices, APICs        |  usable ...
 *              0x9f000  0xf0000: start_info, memory map, command line, ACPI
 */
#define LOW_RAM_END  0x9f000ull
#define START_INFO   0xf0000ull
#define MEMMAP	     0xf0100ull
#define CMDLINE	     0xf1000ull
#define CMDLINE_MAX  0x1000
#define ACPI_TABLES  0xf2000ull /* in the BIOS area, so a scan for the RSDP works too */
#define HIGH_RAM     (1 * MIB)
#define RAM_BELOW_4G (3 * GIB)
#define MAX_CPUS     64
#define MCE_BANKS    10

struct vcpu {
	struct vm *vm;
	unsigned int id; /* also its APIC id */
	int fd;
	struct kvm_run *run;
	pthread_t thread;
	pid_t tid;
	/* What it injects into itself before it runs on. */
	atomic_bool nmi_due, mce_due;
	struct kvm_x86_mce mce;
};

struct vm {
	int kvm, fd;  /* /dev/kvm, the machine */
	uint8_t *ram; /* one mapping; what lies above 3 GiB appears at 4 GiB */
	uint64_t ram_size, low_size;
	unsigned int ncpus;
	cpu_set_t host_cpus; /* where its threads may run */
	struct vcpu vcpus[MAX_CPUS];
};

/* _exit, because other vCPU threads may be in the middle of anything. */
#define die(code, ...) (say(__VA_ARGS__), _exit(code))
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
uint64_t microseconds(void);

/* machine.c; NEED is an ioctl that a usable KVM does not refuse. */
#define NEED(fd, request, argument) kvm_need(fd, request, (void *)(argument), #request)
int kvm_need(int fd, unsigned long request, void *argument, const char *name);
void machine_create(struct vm *vm, uint64_t ram_size, unsigned int ncpus);
void machine_set_entry(struct vm *vm, uint64_t entry);
void *guest_ram(const struct vm *vm, uint64_t address, uint64_t size);

/* The other files, in the order above. */
void boot_load(struct vm *vm, const char *path, const char *cmdline);
void machine_start(struct vm *vm);
void machine_report(struct vm *vm);
void vcpu_kick(struct vcpu *vcpu);
uint64_t acpi_build(struct vm *vm);
void port_io(const struct kvm_run *run, uint8_t *data);
void console_print(const uint8_t *text, size_t len); /* the guest's */
void console_flush(bool end_line);

/* cpuid.c; the lists are names between commas, and are written to. */
void cpuid_off(char *list);
void cpuid_hint(char *list);
void cpuid_tsc_khz(uint32_t khz);  /* leaf 15 says so, whatever is true */
void cpuid_no_msr(uint32_t index); /* an access is a #GP, whatever CPUID promises */
void cpuid_set(struct vcpu *vcpu);
void msr_filter(int vm); /* for the latter */

/* False: this exit is not for the witness. */
bool witness_io(struct vcpu *vcpu);
/* 0 or an errno; as the cpu MAX_CPUS is the machine, or all of its vCPUs. The caller has a lock. */
void stats_open(struct vm *vm);
int stats_read(unsigned int cpu, uint64_t stat, uint64_t *value);
int counter_open(struct vm *vm, unsigned int cpu, uint64_t event, uint64_t value,
		 uint64_t *counter);
int counter_read(uint64_t counter, uint64_t *sum);
int counter_close(uint64_t counter);
int absent_begin(struct vm *vm, uint64_t address, uint64_t count, uint64_t ms);
int absent_end(uint64_t *used);

int probe_main(void);
int init_main(void);

#endif
