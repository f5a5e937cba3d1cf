/* SPDX-License-Identifier: MIT */
/*
 * vmm --probe: is this /dev/kvm whole?
 *
 * Some are not: they emulate kernel mode in software, fail on int3 and loop for ever on a
 * hypercall. So a tiny guest does in 64-bit kernel mode what a kernel image needs, and tells its
 * progress by a number on a port. It runs in a child that can be killed, for at most a second.
 */
#include <cpuid.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "vmm.h"

#define LIMIT_MS      1000
#define LOOP_LIMIT_US 5000 /* 20,000 instructions: hardware takes 10 us, TCG 1 ms */

/* The guest's memory: tables made below, code, and a page for rep stosq with a stack beneath. */
#define PML4   0x1000
#define PDPT   0x2000
#define PD     0x3000
#define GDT    0x4000
#define IDT    0x5000
#define CODE   0x6000
#define FILLED 0x9000

/* What the guest has done when it writes this number; BAD_RETURN tells of a wrong hypercall. */
enum step { START, CPUID, STOSQ, INT3, IRETQ, HYPERCALL, LOOP, STEPS, BAD_RETURN = STEPS };

static const char *const step_names[STEPS] = {
	[CPUID] = "cpuid in kernel mode",
	[STOSQ] = "rep stosq in kernel mode",
	[INT3] = "int3 in kernel mode",
	[IRETQ] = "iretq from an int3 handler",
	[HYPERCALL] = "a hypercall of unknown number",
	[LOOP] = "a loop of 10,000 rounds in kernel mode",
};

/* Copied to CODE. The numbers reported are those of enum step, 0x9000 is FILLED. */
extern const uint8_t guest[], guest_hypercall[], guest_int3[], guest_end[];
asm(".pushsection .rodata\n"
    ".macro report step; push %rax; mov $\\step, %al; out %al, $0x10; pop %rax; .endm\n"
    "guest:		mov	$0x9000, %esp\n"
    "			xor	%eax, %eax; cpuid\n"
    "			report	1\n"
    "			mov	$0x9000, %edi; mov $512, %ecx\n"
    "			mov	$-1, %rax; rep stosq\n"
    "			report	2\n"
    "			int3\n"
    "			report	4\n"
    "			mov	$99999, %eax\n"
    "guest_hypercall:	vmmcall\n" /* or vmcall */
    "			cmp	$-1000, %rax; jne 2f\n"
    "			report	5\n"
    "			mov	$10000, %ecx\n"
    "1:			dec	%ecx; jnz 1b\n"
    "			report	6\n"
    "2:			report	7\n"
    "guest_int3:		report	3; iretq\n"
    "guest_end:		.popsection");

/* Written by the child, read by the parent when it has killed it. */
static volatile enum step *step;

/* The step after the last one that was reported is the one that failed. */
#define fail(...) \
	(printf("not whole: %s ", step_names[*step + 1]), printf(__VA_ARGS__), puts(""), exit(1))

static void write_guest(struct vm *vm)
{
	uint64_t handler = CODE + (guest_int3 - guest);
	unsigned int eax = 0, ebx = 0, ecx, edx;

	*(uint64_t *)(vm->ram + PML4) = PDPT | 3;
	*(uint64_t *)(vm->ram + PDPT) = PD | 3;
	*(uint64_t *)(vm->ram + PD) = 0x83;			/* one 2 MiB page */
	*(uint64_t *)(vm->ram + GDT + 8) = 0x00209b0000000000;	/* 64-bit code, DPL 0 */
	*(uint64_t *)(vm->ram + GDT + 16) = 0x0000930000000000; /* data */
	*(uint64_t *)(vm->ram + IDT + 3 * 16) = 0x00008e0000080000 | handler; /* interrupt gate */
	memcpy(vm->ram + CODE, guest, guest_end - guest);
	/* On the wrong vendor's instruction KVM would rewrite the guest's text. */
	__get_cpuid(0, &eax, &ebx, &ecx, &edx);
	if (ebx == signature_INTEL_ebx)
		memcpy(vm->ram + CODE + (guest_hypercall - guest), "\x0f\x01\xc1", 3);
}

/* From the 32-bit entry state to 64-bit mode. */
static void set_long_mode(int vcpu)
{
	struct kvm_sregs sregs;

	NEED(vcpu, KVM_GET_SREGS, &sregs);
	sregs.cs.db = 0;
	sregs.cs.l = 1;
	sregs.gdt = (struct kvm_dtable){ .base = GDT, .limit = 3 * 8 - 1 };
	sregs.idt = (struct kvm_dtable){ .base = IDT, .limit = 4 * 16 - 1 };
	sregs.cr3 = PML4;
	sregs.cr4 = 0x20;	/* PAE */
	sregs.efer = 0x500;	/* LME, LMA */
	sregs.cr0 = 0x80000031; /* PG, NE, ET, PE */
	NEED(vcpu, KVM_SET_SREGS, &sregs);
}

/* The guest's report of its next step, with what only the host can check. */
static void step_done(struct vm *vm, unsigned int done, uint64_t elapsed)
{
	struct kvm_regs regs;
	unsigned int i;

	if (done == BAD_RETURN) {
		NEED(vm->vcpus[0].fd, KVM_GET_REGS, &regs);
		fail("returned %lld, expected -1000", regs.rax);
	}
	if (done != *step + 1)
		fail("was due, and step %u came", done);
	if (done == LOOP && elapsed > LOOP_LIMIT_US)
		fail("took %lu us, expected at most %d", elapsed, LOOP_LIMIT_US);
	for (i = 0; done == STOSQ && i < 4096; i++)
		if (vm->ram[FILLED + i] != 0xff)
			fail("left byte %u unwritten", i);
	*step = done;
}

static void child(void)
{
	static struct vm vm;
	struct vcpu *vcpu = vm.vcpus;
	uint64_t entered;

	machine_create(&vm, 2 * MIB, 1);
	machine_set_entry(&vm, CODE);
	write_guest(&vm);
	set_long_mode(vcpu->fd);
	while (*step != LOOP) {
		entered = microseconds();
		if (ioctl(vcpu->fd, KVM_RUN, 0))
			fail("made KVM_RUN fail: %s", strerror(errno));
		if (vcpu->run->exit_reason == KVM_EXIT_INTERNAL_ERROR)
			fail("ended in an emulation failure (internal error %u)",
			     vcpu->run->internal.suberror);
		if (vcpu->run->exit_reason != KVM_EXIT_IO)
			fail("ended in KVM exit %u", vcpu->run->exit_reason);
		step_done(&vm, ((uint8_t *)vcpu->run)[vcpu->run->io.data_offset],
			  microseconds() - entered);
	}
	exit(0);
}

/* Waits up to ms; not for ever even for a child that has been sent SIGKILL. */
static bool ended(pid_t pid, int *status, int ms)
{
	for (; ms > 0; ms--) {
		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
		usleep(1000);
	}
	return false;
}

int probe_main(void)
{
	int status = 0;
	pid_t pid;

	if (access("/dev/kvm", R_OK | W_OK)) {
		printf("not whole: /dev/kvm cannot be opened: %s\n", strerror(errno));
		return 1;
	}
	step = mmap(NULL, sizeof(*step), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (step == MAP_FAILED)
		die(1, "no memory for the probe");
	pid = fork();
	if (pid < 0)
		die(1, "no process for the probe");
	if (!pid)
		child();
	if (!ended(pid, &status, LIMIT_MS)) {
		kill(pid, SIGKILL);
		ended(pid, &status, LIMIT_MS / 2);
		printf("not whole: %s did not end within %d ms\n", step_names[*step + 1], LIMIT_MS);
		return 1;
	}
	if (!status)
		puts("whole");
	else if (!WIFEXITED(status) || WEXITSTATUS(status) != 1) /* with 1, it said why itself */
		puts("not whole: KVM did not take the probe's guest");
	return status != 0;
}
