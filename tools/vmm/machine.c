/* SPDX-License-Identifier: MIT */
/*
 * The machine as KVM is asked to build it: memory, interrupt chips, CPUs and what CPUID shows.
 *
 * Sources: Documentation/virt/kvm/api.rst; the PVH entry state is in Xen's docs/misc/pvh.pandoc.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmm.h"

#define CPUID_MAX 256

/* Intel without "unrestricted guest" needs four pages below 4 GiB that are no RAM. */
#define IDENTITY_MAP 0xfffbc000ull
#define TSS_ADDRESS  0xfffbd000ull

#define IOAPIC_PINS 24
#define PIC_PINS    8

int kvm_open(void)
{
	int version, kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (kvm < 0)
		die(EXIT_MISSING, "/dev/kvm cannot be opened: %s", strerror(errno));
	version = ioctl(kvm, KVM_GET_API_VERSION, 0);
	if (version != KVM_API_VERSION)
		die(EXIT_MISSING, "/dev/kvm has API version %d, expected %d", version,
		    KVM_API_VERSION);
	return kvm;
}

int kvm_need(int fd, unsigned long request, void *argument, const char *name)
{
	int result = ioctl(fd, request, argument);

	if (result < 0)
		die(EXIT_MISSING, "KVM refused %s: %s", name, strerror(errno));
	return result;
}

void *guest_ram(const struct vm *vm, uint64_t address, uint64_t size)
{
	uint64_t low = vm->ram_size < RAM_BELOW_4G ? vm->ram_size : RAM_BELOW_4G;

	if (address < low && size <= low - address)
		return vm->ram + address;
	address -= 4 * GIB; /* wraps for what lies below, and so is refused */
	if (address < vm->ram_size - low && size <= vm->ram_size - low - address)
		return vm->ram + low + address;
	return NULL;
}

static void add_slot(struct vm *vm, unsigned int slot, uint64_t address, uint64_t size)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.guest_phys_addr = address,
		.memory_size = size,
		.userspace_addr = (uintptr_t)guest_ram(vm, address, size),
	};

	NEED(vm->fd, KVM_SET_USER_MEMORY_REGION, &region);
}

static void create_memory(struct vm *vm)
{
	uint64_t low = vm->ram_size < RAM_BELOW_4G ? vm->ram_size : RAM_BELOW_4G;

	vm->ram = mmap(NULL, vm->ram_size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (vm->ram == MAP_FAILED)
		die(EXIT_MISSING, "no %llu MiB for the guest: %s", vm->ram_size / MIB,
		    strerror(errno));
	add_slot(vm, 0, 0, low);
	if (vm->ram_size > low)
		add_slot(vm, 1, 4 * GIB, vm->ram_size - low);
}

/* KVM's own routing sends GSI 0 to pin 0; a PC's timer is on pin 2, as the MADT says. */
static void route_interrupts(struct vm *vm)
{
	struct kvm_irq_routing_entry *entry;
	struct kvm_irq_routing *table;
	unsigned int gsi;

	table = calloc(1, sizeof(*table) + (IOAPIC_PINS + 2 * PIC_PINS) * sizeof(*entry));
	if (!table)
		die(EXIT_MISSING, "no memory for the interrupt routing");
	entry = table->entries;
	for (gsi = 0; gsi < 2 * PIC_PINS; gsi++, entry++) {
		entry->gsi = gsi;
		entry->type = KVM_IRQ_ROUTING_IRQCHIP;
		entry->u.irqchip.irqchip =
			gsi < PIC_PINS ? KVM_IRQCHIP_PIC_MASTER : KVM_IRQCHIP_PIC_SLAVE;
		entry->u.irqchip.pin = gsi % PIC_PINS;
	}
	for (gsi = 0; gsi < IOAPIC_PINS; gsi++) {
		if (gsi == 2)
			continue;
		entry->gsi = gsi;
		entry->type = KVM_IRQ_ROUTING_IRQCHIP;
		entry->u.irqchip.irqchip = KVM_IRQCHIP_IOAPIC;
		entry->u.irqchip.pin = gsi ? gsi : 2;
		entry++;
	}
	table->nr = entry - table->entries;
	NEED(vm->fd, KVM_SET_GSI_ROUTING, table);
	free(table);
}

static void create_chips(struct vm *vm)
{
	struct kvm_pit_config pit = { .flags = KVM_PIT_SPEAKER_DUMMY }; /* port 0x61 too */
	uint64_t identity_map = IDENTITY_MAP;

	NEED(vm->fd, KVM_SET_IDENTITY_MAP_ADDR, &identity_map);
	NEED(vm->fd, KVM_SET_TSS_ADDR, TSS_ADDRESS);
	NEED(vm->fd, KVM_CREATE_IRQCHIP, 0);
	NEED(vm->fd, KVM_CREATE_PIT2, &pit);
	route_interrupts(vm);
}

struct kvm_cpuid2 *supported_cpuid(int kvm)
{
	struct kvm_cpuid2 *cpuid;

	cpuid = calloc(1, sizeof(*cpuid) + CPUID_MAX * sizeof(cpuid->entries[0]));
	if (!cpuid)
		die(EXIT_MISSING, "no memory for %d CPUID leaves", CPUID_MAX);
	cpuid->nent = CPUID_MAX;
	NEED(kvm, KVM_GET_SUPPORTED_CPUID, cpuid);
	return cpuid;
}

/*
 * KVM's list is what it can do, as seen on some host CPU: APIC ids and the CPU count are ours to
 * fill in. Two bits it leaves to us although it provides both: "hypervisor" and TSC-deadline.
 */
static void set_cpuid(struct vcpu *vcpu)
{
	struct kvm_cpuid2 *cpuid = supported_cpuid(vcpu->vm->kvm);
	bool deadline = ioctl(vcpu->vm->kvm, KVM_CHECK_EXTENSION, KVM_CAP_TSC_DEADLINE_TIMER) > 0;
	uint32_t ncpus = vcpu->vm->ncpus;
	unsigned int i;

	for (i = 0; i < cpuid->nent; i++) {
		struct kvm_cpuid_entry2 *leaf = &cpuid->entries[i];

		switch (leaf->function) {
		case 1:
			leaf->ebx = (leaf->ebx & 0xffff) | ncpus << 16 | vcpu->id << 24;
			leaf->ecx |= 1u << 31 | (deadline ? 1u << 24 : 0);
			leaf->edx = (leaf->edx & ~(1u << 28)) | (ncpus > 1 ? 1u << 28 : 0);
			break;
		case 0xb:
		case 0x1f:
			leaf->edx = vcpu->id;
			break;
		case 0x8000001e:
			leaf->eax = vcpu->id;
			break;
		}
	}
	NEED(vcpu->fd, KVM_SET_CPUID2, cpuid);
	free(cpuid);
}

static void create_cpu(struct vm *vm, unsigned int id, size_t run_size)
{
	struct vcpu *vcpu = &vm->vcpus[id];

	vcpu->vm = vm;
	vcpu->id = id;
	vcpu->fd = NEED(vm->fd, KVM_CREATE_VCPU, (unsigned long)id);
	vcpu->run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED)
		die(EXIT_MISSING, "CPU %u's kvm_run cannot be mapped: %s", id, strerror(errno));
	set_cpuid(vcpu);
}

void machine_create(struct vm *vm, uint64_t ram_size, unsigned int ncpus)
{
	unsigned int id;
	int run_size;

	vm->ram_size = ram_size;
	vm->ncpus = ncpus;
	vm->kvm = kvm_open();
	vm->fd = NEED(vm->kvm, KVM_CREATE_VM, 0);
	create_memory(vm);
	create_chips(vm);
	run_size = NEED(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	for (id = 0; id < ncpus; id++)
		create_cpu(vm, id, run_size);
}

/* PVH entry: 32-bit protected mode, unpaged, flat segments, ebx = start_info, interrupts off. */
void machine_set_entry(struct vm *vm, uint64_t entry)
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
	struct kvm_regs regs = { .rip = entry, .rbx = START_INFO, .rflags = 2 };
	struct kvm_sregs sregs;
	int fd = vm->vcpus[0].fd;

	NEED(fd, KVM_GET_SREGS, &sregs);
	sregs.cs = sregs.ds = sregs.es = sregs.ss = data;
	sregs.fs = sregs.gs = data;
	sregs.cs.selector = 0x8;
	sregs.cs.type = 0xb;
	sregs.tr = (struct kvm_segment){ .limit = 0x67, .type = 0xb, .present = 1 };
	sregs.cr0 = 0x11; /* PE, ET */
	NEED(fd, KVM_SET_SREGS, &sregs);
	NEED(fd, KVM_SET_REGS, &regs);
}
