/* SPDX-License-Identifier: MIT */
/*
 * The witness: include/kvm/witness_abi.h tells what a guest may ask and how. One function a
 * command, each called in the asking vCPU's thread, with 0 or an errno as its result.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "vmm.h"

/* Results go where the arguments were. */
struct call {
	struct vcpu *vcpu;
	uint64_t a, b, c, d;
};

static int identify(struct call *call)
{
	call->a = WITNESS_MAGIC;
	call->b = call->vcpu->vm->ncpus;
	call->c = sysconf(_SC_NPROCESSORS_ONLN);
	return 0;
}

static bool is_cpu(const struct call *call)
{
	return call->a < call->vcpu->vm->ncpus;
}

static int stat(struct call *call)
{
	if (!is_cpu(call) && call->a != WITNESS_ALL)
		return EINVAL;
	return stats_read(is_cpu(call) ? call->a : MAX_CPUS, call->b, &call->a);
}

static int open_counter(struct call *call)
{
	if (!is_cpu(call) && call->a != WITNESS_ALL)
		return EINVAL;
	return counter_open(call->vcpu->vm, is_cpu(call) ? call->a : MAX_CPUS, call->b, call->c,
			    &call->a);
}

static int read_counter(struct call *call)
{
	return counter_read(call->a, &call->a);
}

static int close_counter(struct call *call)
{
	return counter_close(call->a);
}

static uint64_t nanoseconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static int read_clocks(struct call *call)
{
	struct kvm_clock_data clock = { 0 };

	call->b = nanoseconds(CLOCK_MONOTONIC);
	call->c = nanoseconds(CLOCK_REALTIME);
	if (ioctl(call->vcpu->vm->fd, KVM_GET_CLOCK, &clock))
		return errno;
	call->a = clock.clock;
	call->d = clock.flags;
	return 0;
}

/* Documentation/scheduler/sched-stats.rst: time on a CPU, time runnable but waiting, time slices.
 */
static int read_sched(struct call *call)
{
	unsigned long ran, waited, slices;
	char path[64];
	FILE *file;
	int n;

	if (!is_cpu(call))
		return EINVAL;
	snprintf(path, sizeof(path), "/proc/self/task/%d/schedstat",
		 call->vcpu->vm->vcpus[call->a].tid);
	file = fopen(path, "re");
	if (!file)
		return errno;
	n = fscanf(file, "%lu %lu %lu", &ran, &waited, &slices);
	fclose(file);
	call->a = ran;
	call->b = waited;
	call->c = slices;
	return n == 3 ? 0 : EIO;
}

/* For ALL, where the process was allowed to run at its start. */
static int pin(struct call *call)
{
	struct vm *vm = call->vcpu->vm;
	cpu_set_t set = vm->host_cpus;
	unsigned int id;

	if (call->a != WITNESS_ALL) {
		if (call->a >= CPU_SETSIZE || !CPU_ISSET(call->a, &vm->host_cpus))
			return EINVAL;
		CPU_ZERO(&set);
		CPU_SET(call->a, &set);
	}
	for (id = 0; id < vm->ncpus; id++)
		if (sched_setaffinity(vm->vcpus[id].tid, sizeof(set), &set))
			return errno;
	return 0;
}

static void *spin(void *argument)
{
	uint64_t end = microseconds() + 1000 * (uintptr_t)argument;

	while (microseconds() < end)
		;
	return NULL;
}

static int hog(struct call *call)
{
	pthread_attr_t attributes;
	pthread_t thread;
	cpu_set_t here;
	int error;

	if (call->a > WITNESS_MAX_MS)
		return EINVAL;
	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	pthread_attr_init(&attributes);
	pthread_attr_setaffinity_np(&attributes, sizeof(here), &here);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &attributes, spin, (void *)(uintptr_t)call->a);
	pthread_attr_destroy(&attributes);
	return error;
}

static int make_absent(struct call *call)
{
	int error = absent_begin(call->vcpu->vm, call->a, call->b, call->c);

	return error == EPERM ? EACCES : error; /* vm.unprivileged_userfaultfd = 0, and no root */
}

static int release(struct call *call)
{
	return absent_end(&call->a);
}

/* Each vCPU injects its own: KVM makes others wait until it is out of the guest. */
static int send_nmi(struct call *call)
{
	if (!is_cpu(call))
		return EINVAL;
	atomic_store(&call->vcpu->vm->vcpus[call->a].nmi_due, true);
	vcpu_kick(&call->vcpu->vm->vcpus[call->a]);
	return 0;
}

static int send_mce(struct call *call)
{
	struct vcpu *to = &call->vcpu->vm->vcpus[is_cpu(call) ? call->a : 0];

	if (!is_cpu(call) || call->b >= MCE_BANKS)
		return EINVAL;
	if (atomic_load(&to->mce_due))
		return EBUSY;
	to->mce = (struct kvm_x86_mce){ .bank = call->b, .status = call->c, .mcg_status = call->d };
	atomic_store(&to->mce_due, true);
	vcpu_kick(to);
	return 0;
}

static int print(struct call *call)
{
	const uint8_t *text = guest_ram(call->vcpu->vm, call->a, call->b);

	if (!text)
		return EFAULT;
	console_print(text, call->b);
	return 0;
}

static int (*const commands[WITNESS_COMMANDS])(struct call *call) = {
	[WITNESS_ID] = identify,
	[WITNESS_STAT] = stat,
	[WITNESS_COUNTER_OPEN] = open_counter,
	[WITNESS_COUNTER_READ] = read_counter,
	[WITNESS_COUNTER_CLOSE] = close_counter,
	[WITNESS_CLOCK] = read_clocks,
	[WITNESS_SCHED] = read_sched,
	[WITNESS_PIN] = pin,
	[WITNESS_HOG] = hog,
	[WITNESS_ABSENT] = make_absent,
	[WITNESS_RELEASE] = release,
	[WITNESS_NMI] = send_nmi,
	[WITNESS_MCE] = send_mce,
	[WITNESS_PRINT] = print,
};

bool witness_io(struct vcpu *vcpu)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct kvm_run *run = vcpu->run;
	struct kvm_regs regs;
	struct call call;
	int32_t status;

	if (run->io.port != WITNESS_PORT || run->io.direction != KVM_EXIT_IO_IN ||
	    run->io.size != sizeof(status) || run->io.count != 1)
		return false;
	NEED(vcpu->fd, KVM_GET_REGS, &regs);
	call = (struct call){ vcpu, regs.rbx, regs.rcx, regs.rsi, regs.rdi };
	pthread_mutex_lock(&lock);
	status = (uint32_t)regs.rax < WITNESS_COMMANDS ? -commands[(uint32_t)regs.rax](&call)
						       : -ENOSYS;
	pthread_mutex_unlock(&lock);
	regs.rbx = call.a;
	regs.rcx = call.b;
	regs.rsi = call.c;
	regs.rdi = call.d;
	NEED(vcpu->fd, KVM_SET_REGS, &regs);
	memcpy((uint8_t *)run + run->io.data_offset, &status, sizeof(status));
	return true;
}
