/* SPDX-License-Identifier: MIT */
/*
 * vmm --probe: is this /dev/kvm whole?
 *
 * Some are not: they emulate kernel mode in software, fail on int3 and loop for ever on a
 * hypercall. So a tiny guest does in 64-bit kernel mode what a kernel image needs, and tells its
 * progress by a number on a port. It runs in a child that can be killed, for at most a second.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vmm.h"

#define LIMIT_MS      1000
#define LOOP_LIMIT_US 5000 /* 20,000 instructions: hardware takes 10 us, TCG 1 ms */

/* The guest's memory: tables made below, code, a stack, and a page for rep stosq. */
#define PML4	  0x1000
#define PDPT	  0x2000
#define PD	  0x3000
#define GDT	  0x4000
#define IDT	  0x5000
#define CODE	  0x6000
#define STACK_TOP 0x9000
#define FILLED	  0x9000
#define MEMORY	  0x10000

#define HYPERCALL_BYTES 0x28 /* offsets into the code */
#define INT3_HANDLER	0x45

/* What the guest has done when it writes this number. */
enum step { START, CPUID, STOSQ, INT3, IRETQ, HYPERCALL, LOOP, STEPS };

static const char *const step_names[STEPS] = {
	[CPUID] = "cpuid in kernel mode",
	[STOSQ] = "rep stosq in kernel mode",
	[INT3] = "int3 in kernel mode",
	[IRETQ] = "iretq from an int3 handler",
	[HYPERCALL] = "a hypercall of unknown number",
	[LOOP] = "a loop of 10,000 rounds in kernel mode",
};

static const uint8_t code[] = {
	0x31, 0xc0,				 /* 00	xor	%eax, %eax	*/
	0x0f, 0xa2,				 /* 02	cpuid			*/
	0xb0, CPUID,	 0xe6, 0x10,		 /* 04	report CPUID		*/
	0xbf, 0x00,	 0x90, 0x00, 0x00,	 /* 08	mov	$FILLED, %edi	*/
	0xb9, 0x00,	 0x02, 0x00, 0x00,	 /* 0d	mov	$512, %ecx	*/
	0x31, 0xc0,				 /* 12	xor	%eax, %eax	*/
	0x48, 0xf7,	 0xd0,			 /* 14	not	%rax		*/
	0xf3, 0x48,	 0xab,			 /* 17	rep stosq		*/
	0xb0, STOSQ,	 0xe6, 0x10,		 /* 1a	report STOSQ		*/
	0xcc,					 /* 1e	int3			*/
	0xb0, IRETQ,	 0xe6, 0x10,		 /* 1f	report IRETQ		*/
	0xb8, 0x9f,	 0x86, 0x01, 0x00,	 /* 23	mov	$99999, %eax	*/
	0x0f, 0x01,	 0xd9,			 /* 28	vmmcall, or vmcall	*/
	0x48, 0x3d,	 0x18, 0xfc, 0xff, 0xff, /* 2b	cmp	$-1000, %rax	*/
	0x75, 0x11,				 /* 31	jne	44		*/
	0xb0, HYPERCALL, 0xe6, 0x10,		 /* 33	report HYPERCALL	*/
	0xb9, 0x10,	 0x27, 0x00, 0x00,	 /* 37	mov	$10000, %ecx	*/
	0xff, 0xc9,				 /* 3c	dec	%ecx		*/
	0x75, 0xfc,				 /* 3e	jnz	3c		*/
	0xb0, LOOP,	 0xe6, 0x10,		 /* 40	report LOOP		*/
	0xf4,					 /* 44	hlt			*/
	0xb0, INT3,	 0xe6, 0x10,		 /* 45	report INT3, the handler */
	0x48, 0xcf,				 /* 49	iretq			*/
};

_Static_assert(sizeof(code) == 0x4b, "the offsets beside the code");

/* Written by the child, read by the parent when it has killed it. */
static volatile struct progress {
	enum step step;
	bool whole;
	char sentence[160];
} * progress;

/* The step after the last one that was reported is the one that failed. */
static void fail(const char *how, ...) __attribute__((format(printf, 1, 2), noreturn));

static void fail(const char *how, ...)
{
	char *text = (char *)progress->sentence;
	size_t size = sizeof(progress->sentence);
	va_list args;
	int n;

	n = snprintf(text, size, "%s ", step_names[progress->step + 1]);
	va_start(args, how);
	vsnprintf(text + n, size - n, how, args);
	va_end(args);
	_exit(1);
}

static void write_guest(uint8_t *memory, int kvm)
{
	static const uint8_t vmcall[] = { 0x0f, 0x01, 0xc1 };
	uint64_t handler = CODE + INT3_HANDLER;
	uint64_t *gdt = (uint64_t *)(memory + GDT), *idt = (uint64_t *)(memory + IDT);
	struct kvm_cpuid2 *cpuid = supported_cpuid(kvm);

	*(uint64_t *)(memory + PML4) = PDPT | 3;
	*(uint64_t *)(memory + PDPT) = PD | 3;
	*(uint64_t *)(memory + PD) = 0x83;	   /* one 2 MiB page, present, writable */
	gdt[1] = 0x00209b0000000000;		   /* 64-bit code, DPL 0 */
	gdt[2] = 0x0000930000000000;		   /* data */
	idt[2 * 3] = 0x00008e0000080000 | handler; /* interrupt gate, selector 8 */
	memcpy(memory + CODE, code, sizeof(code));
	/* "Genu" or "Auth": on the wrong instruction KVM would rewrite the guest's text. */
	if (cpuid->entries[0].ebx == 0x756e6547)
		memcpy(memory + CODE + HYPERCALL_BYTES, vmcall, sizeof(vmcall));
}

static void set_registers(int vcpu)
{
	struct kvm_segment data = {
		.limit = 0xffffffff,
		.selector = 0x10,
		.type = 3,
		.present = 1,
		.db = 1,
		.s = 1,
		.g = 1,
	};
	struct kvm_regs regs = { .rip = CODE, .rsp = STACK_TOP, .rflags = 2 };
	struct kvm_sregs sregs;

	NEED(vcpu, KVM_GET_SREGS, &sregs);
	sregs.cs = sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	sregs.cs.selector = 8;
	sregs.cs.type = 0xb;
	sregs.cs.db = 0;
	sregs.cs.l = 1;
	sregs.tr = (struct kvm_segment){ .limit = 0x67, .type = 0xb, .present = 1 };
	sregs.gdt = (struct kvm_dtable){ .base = GDT, .limit = 3 * 8 - 1 };
	sregs.idt = (struct kvm_dtable){ .base = IDT, .limit = 4 * 16 - 1 };
	sregs.cr3 = PML4;
	sregs.cr4 = 0x20;	/* PAE */
	sregs.efer = 0x500;	/* LME, LMA */
	sregs.cr0 = 0x80000031; /* PG, NE, ET, PE */
	NEED(vcpu, KVM_SET_SREGS, &sregs);
	NEED(vcpu, KVM_SET_REGS, &regs);
}

static uint64_t microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ull + now.tv_nsec / 1000;
}

/* The guest's report of its next step, with what only the host can check. */
static void step_done(const uint8_t *memory, unsigned int step, uint64_t elapsed)
{
	unsigned int i;

	if (step != progress->step + 1)
		fail("was due, and step %u came", step);
	if (step == LOOP && elapsed > LOOP_LIMIT_US)
		fail("took %lu us, expected at most %d", elapsed, LOOP_LIMIT_US);
	for (i = 0; step == STOSQ && i < 4096; i++)
		if (memory[FILLED + i] != 0xff)
			fail("left byte %u unwritten", i);
	if (step == LOOP) {
		progress->whole = true;
		_exit(0);
	}
	progress->step = step;
}

static void run_guest(const uint8_t *memory, int vcpu, struct kvm_run *run)
{
	uint64_t last = microseconds(), now;
	struct kvm_regs regs;

	for (;;) {
		if (ioctl(vcpu, KVM_RUN, 0))
			fail("made KVM_RUN fail: %s", strerror(errno));
		now = microseconds();
		switch (run->exit_reason) {
		case KVM_EXIT_IO:
			step_done(memory, *((uint8_t *)run + run->io.data_offset), now - last);
			break;
		case KVM_EXIT_HLT:
			NEED(vcpu, KVM_GET_REGS, &regs);
			fail("returned %lld, expected -1000", regs.rax);
		case KVM_EXIT_INTERNAL_ERROR:
			fail("ended in an emulation failure (internal error %u)",
			     run->internal.suberror);
		default:
			fail("ended in KVM exit %u", run->exit_reason);
		}
		last = microseconds();
	}
}

static void child(void)
{
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY };
	uint8_t *memory =
		mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int kvm = kvm_open(), vm, vcpu;
	struct kvm_run *run;

	vm = NEED(kvm, KVM_CREATE_VM, 0);
	region.userspace_addr = (uintptr_t)memory;
	NEED(vm, KVM_SET_TSS_ADDR, 0xfffbd000ul);
	NEED(vm, KVM_SET_USER_MEMORY_REGION, &region);
	vcpu = NEED(vm, KVM_CREATE_VCPU, 0);
	run = mmap(NULL, NEED(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE, MAP_SHARED,
		   vcpu, 0);
	if (memory == MAP_FAILED || run == MAP_FAILED)
		die(EXIT_MISSING, "no memory for the probe's guest");
	write_guest(memory, kvm);
	set_registers(vcpu);
	run_guest(memory, vcpu, run);
}

/* Waits up to ms; not for ever even for a child that has been sent SIGKILL. */
static bool ended(pid_t pid, int ms)
{
	for (; ms > 0; ms--) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return true;
		usleep(1000);
	}
	return false;
}

int probe_main(void)
{
	pid_t pid;

	if (access("/dev/kvm", R_OK | W_OK)) {
		printf("not whole: /dev/kvm cannot be opened: %s\n", strerror(errno));
		return 1;
	}
	progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	if (progress == MAP_FAILED)
		die(1, "no memory for the probe");
	pid = fork();
	if (pid < 0)
		die(1, "no process for the probe");
	if (!pid)
		child();
	if (!ended(pid, LIMIT_MS)) {
		kill(pid, SIGKILL);
		ended(pid, LIMIT_MS / 2);
		printf("not whole: %s did not end within %d ms\n", step_names[progress->step + 1],
		       LIMIT_MS);
		return 1;
	}
	if (!progress->whole) {
		printf("not whole: %s\n", *progress->sentence
						  ? (char *)progress->sentence
						  : "KVM did not take the probe's guest");
		return 1;
	}
	puts("whole");
	return 0;
}
