/* SPDX-License-Identifier: MIT */
/*
 * One thread for each vCPU: KVM_RUN, and what to do when it comes back.
 *
 * A vCPU other than 0 sits in KVM_RUN until another sends it INIT and SIPI; the local APICs are
 * in the kernel, so nothing of that is seen here, nor is hlt.
 */
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "vmm.h"

#define KICK_SIGNAL SIGUSR1
#define RESET_RIP   0xfff0

/* SDM vol. 4, table 2-2; vol. 3A, table 11-1. */
#define MSR_TSC		 0x10
#define MSR_TSC_DEADLINE 0x6e0
#define APIC_ISR	 0x100
#define APIC_IRR	 0x200
#define EFLAGS_IF	 0x200

static pthread_mutex_t ending = PTHREAD_MUTEX_INITIALIZER;
static volatile bool stopping;
static sem_t reported;
static pthread_barrier_t all_there;
static const char *const states[] = {
	[KVM_MP_STATE_RUNNABLE] = "running",
	[KVM_MP_STATE_UNINITIALIZED] = "never started",
	[KVM_MP_STATE_INIT_RECEIVED] = "waits for a SIPI",
	[KVM_MP_STATE_HALTED] = "halted",
	[KVM_MP_STATE_SIPI_RECEIVED] = "about to start",
};

static uint64_t rip_of(struct vcpu *vcpu)
{
	struct kvm_regs regs;

	return ioctl(vcpu->fd, KVM_GET_REGS, &regs) ? 0 : regs.rip;
}

/* The guest is gone. The lock is never released: the first vCPU to end tells why. */
static void __attribute__((noreturn)) died(struct vcpu *vcpu, const char *how, uint64_t detail)
{
	uint64_t rip = rip_of(vcpu);

	pthread_mutex_lock(&ending);
	/* AMD leaves no state behind a shutdown, so KVM resets the CPU and the place is lost. */
	if (rip == RESET_RIP)
		die(EXIT_DIED, "CPU %u %s (%#lx), rip unknown", vcpu->id, how, detail);
	die(EXIT_DIED, "CPU %u %s (%#lx), rip %#lx", vcpu->id, how, detail, rip);
}

static void handle_exit(struct vcpu *vcpu)
{
	struct kvm_run *run = vcpu->run;

	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		if (!witness_io(vcpu))
			port_io(run, (uint8_t *)run + run->io.data_offset);
		break;
	case KVM_EXIT_MMIO:
		if (!run->mmio.is_write)
			memset(run->mmio.data, 0xff, sizeof(run->mmio.data));
		break;
	case KVM_EXIT_INTR:
		break;
	case KVM_EXIT_SHUTDOWN:
		died(vcpu, "shut down: a triple fault", KVM_EXIT_SHUTDOWN);
	case KVM_EXIT_INTERNAL_ERROR:
		died(vcpu, "met an internal error of KVM", run->internal.suberror);
	case KVM_EXIT_FAIL_ENTRY:
		died(vcpu, "could not be entered", run->fail_entry.hardware_entry_failure_reason);
	default:
		died(vcpu, "left KVM_RUN for an unexpected reason", run->exit_reason);
	}
}

static void inject(struct vcpu *vcpu)
{
	if (atomic_exchange(&vcpu->nmi_due, false) && ioctl(vcpu->fd, KVM_NMI))
		died(vcpu, "cannot take an NMI: KVM_NMI failed", errno);
	if (atomic_load(&vcpu->mce_due)) {
		if (ioctl(vcpu->fd, KVM_X86_SET_MCE, &vcpu->mce))
			died(vcpu, "cannot take a machine check: KVM_X86_SET_MCE failed", errno);
		atomic_store(&vcpu->mce_due, false);
	}
}

/* The highest vector in one of the local APIC's registers of 256 bits, or -1. */
static int highest(const struct kvm_lapic_state *apic, unsigned int reg)
{
	uint32_t bits;
	int word;

	for (word = 7; word >= 0; word--) {
		memcpy(&bits, apic->regs + reg + 16 * word, sizeof(bits));
		if (bits)
			return 32 * word + 31 - __builtin_clz(bits);
	}
	return -1;
}

/* Where it is, and what it can be waiting for. */
static void report(struct vcpu *vcpu)
{
	struct kvm_msrs *msrs = calloc(1, sizeof(*msrs) + 2 * sizeof(*msrs->entries));
	struct kvm_mp_state state = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct kvm_lapic_state apic = { 0 };
	struct kvm_regs regs = { 0 };

	ioctl(vcpu->fd, KVM_GET_MP_STATE, &state);
	ioctl(vcpu->fd, KVM_GET_REGS, &regs);
	ioctl(vcpu->fd, KVM_GET_LAPIC, &apic);
	msrs->nmsrs = 2;
	msrs->entries[0].index = MSR_TSC;
	msrs->entries[1].index = MSR_TSC_DEADLINE;
	ioctl(vcpu->fd, KVM_GET_MSRS, msrs);
	say("CPU %u: rip %#llx, %s, interrupts %s, requested %d, in service %d; TSC %llu, deadline "
	    "%llu",
	    vcpu->id, regs.rip,
	    state.mp_state < sizeof(states) / sizeof(*states) ? states[state.mp_state] : "?",
	    regs.rflags & EFLAGS_IF ? "on" : "off", highest(&apic, APIC_IRR),
	    highest(&apic, APIC_ISR), msrs->entries[0].data, msrs->entries[1].data);
	free(msrs);
}

static void *vcpu_thread(void *argument)
{
	struct vcpu *vcpu = argument;

	vcpu->tid = gettid();
	pthread_barrier_wait(&all_there); /* the witness needs every tid */
	for (;;) {
		/* Before it looks what there is to do: who kicks sets this last. */
		vcpu->run->immediate_exit = 0;
		atomic_thread_fence(memory_order_seq_cst);
		if (stopping)
			break;
		inject(vcpu);
		if (!ioctl(vcpu->fd, KVM_RUN, 0))
			handle_exit(vcpu);
		else if (errno != EINTR && errno != EAGAIN)
			died(vcpu, "cannot run: KVM_RUN failed", errno);
	}
	report(vcpu);
	sem_post(&reported);
	return NULL;
}

static void kicked(int signal)
{
	(void)signal; /* being delivered is all it is for: KVM_RUN returns with EINTR */
}

void machine_start(struct vm *vm)
{
	struct sigaction action = { .sa_handler = kicked };
	unsigned int id;
	int error;

	stats_open(vm);
	sched_getaffinity(0, sizeof(vm->host_cpus), &vm->host_cpus);
	sem_init(&reported, 0, 0);
	pthread_barrier_init(&all_there, NULL, vm->ncpus);
	sigaction(KICK_SIGNAL, &action, NULL);
	for (id = 0; id < vm->ncpus; id++) {
		error = pthread_create(&vm->vcpus[id].thread, NULL, vcpu_thread, &vm->vcpus[id]);
		if (error)
			die(EXIT_MISSING, "no thread for CPU %u: %s", id, strerror(error));
	}
}

/* Out of the guest, or out of its next KVM_RUN at once. */
void vcpu_kick(struct vcpu *vcpu)
{
	vcpu->run->immediate_exit = 1;
	pthread_kill(vcpu->thread, KICK_SIGNAL);
}

/* Has each vCPU say where it is, for at most a second: one that is stuck in KVM stays silent. */
void machine_report(struct vm *vm)
{
	struct timespec limit;
	unsigned int id;

	stopping = true;
	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec++;
	for (id = 0; id < vm->ncpus; id++)
		vcpu_kick(&vm->vcpus[id]);
	while (id-- && !sem_timedwait(&reported, &limit))
		;
}
