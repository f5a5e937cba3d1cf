/* SPDX-License-Identifier: MIT */
/*
 * The machine as KVM is asked to build it: memory, interrupt chips and CPUs.
 *
 * Sources: Documentation/virt/kvm/api.rst; the PVH entry state is in Xen's docs/misc/pvh.pandoc.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "vmm.h"

int kvm_need(int fd, unsigned long request, void *argument, const char *name)
{
	int result = ioctl(fd, request, argument);

	if (result < 0)
		die(EXIT_MISSING, "KVM refused %s: %s", name, strerror(errno));
	return result;
}

void *guest_ram(const struct vm *vm, uint64_t address, uint64_t size)
{
	uint64_t low = vm->low_size, high = vm->ram_size - low;

	if (address < low && size <= low - address)
		return vm->ram + address;
	address -= 4 * GIB; /* wraps for what lies below, and so is refused */
	if (address < high && size <= high - address)
		return vm->ram + low + address;
	return NULL;
}

static void add_slot(struct vm *vm, unsigned int slot, uint64_t address, uint64_t size)
{
	uintptr_t ram = (uintptr_t)guest_ram(vm, address, size);
	struct kvm_userspace_memory_region region = { slot, 0, address, size, ram };

	if (size)
		NEED(vm->fd, KVM_SET_USER_MEMORY_REGION, &region);
}

static void create_memory(struct vm *vm, uint64_t size)
{
	vm->ram_size = size;
	vm->low_size = size < RAM_BELOW_4G ? size : RAM_BELOW_4G;
	vm->ram = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (vm->ram == MAP_FAILED)
		die(EXIT_MISSING, "no %llu MiB for the guest: %s", size / MIB, strerror(errno));
	add_slot(vm, 0, 0, vm->low_size);
	add_slot(vm, 1, 4 * GIB, size - vm->low_size);
}

/* Machine checks, which KVM delivers only to a CPU that has registers for them. */
static void set_mce(struct vcpu *vcpu)
{
	uint64_t cap = 0;

	if (ioctl(vcpu->vm->kvm, KVM_CHECK_EXTENSION, KVM_CAP_MCE) <= 0)
		return;
	NEED(vcpu->vm->kvm, KVM_X86_GET_MCE_CAP_SUPPORTED, &cap);
	cap |= MCE_BANKS;
	NEED(vcpu->fd, KVM_X86_SETUP_MCE, &cap);
}

static void create_cpu(struct vm *vm, unsigned int id)
{
	struct vcpu *vcpu = &vm->vcpus[id];

	vcpu->vm = vm;
	vcpu->id = id;
	vcpu->fd = NEED(vm->fd, KVM_CREATE_VCPU, (unsigned long)id);
	vcpu->run = mmap(NULL, NEED(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE,
			 MAP_SHARED, vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED)
		die(EXIT_MISSING, "CPU %u's kvm_run cannot be mapped: %s", id, strerror(errno));
	cpuid_set(vcpu);
	set_mce(vcpu);
}

/* As on a PC: the timer is interrupt 0 of the 8259 and pin 2 of the I/O APIC; acpi.c says so. */
static void set_routing(struct vm *vm)
{
	size_t room = (16 + 24) * sizeof(struct kvm_irq_routing_entry);
	struct kvm_irq_routing *routing = calloc(1, sizeof(*routing) + room);
	struct kvm_irq_routing_entry *entry;
	unsigned int gsi;

	if (!routing)
		die(EXIT_MISSING, "no memory for %zu bytes of interrupt routing", room);
	entry = routing->entries;
	for (gsi = 0; gsi < 24; gsi++) {
		if (gsi < 16 && gsi != 2)
			*entry++ = (struct kvm_irq_routing_entry){
				.gsi = gsi,
				.type = KVM_IRQ_ROUTING_IRQCHIP,
				.u.irqchip = { gsi < 8 ? KVM_IRQCHIP_PIC_MASTER
						       : KVM_IRQCHIP_PIC_SLAVE,
					       gsi % 8 },
			};
		if (gsi != 2)
			*entry++ = (struct kvm_irq_routing_entry){
				.gsi = gsi,
				.type = KVM_IRQ_ROUTING_IRQCHIP,
				.u.irqchip = { KVM_IRQCHIP_IOAPIC, gsi ? gsi : 2 },
			};
	}
	routing->nr = entry - routing->entries;
	NEED(vm->fd, KVM_SET_GSI_ROUTING, routing);
	free(routing);
}

void machine_create(struct vm *vm, uint64_t ram_size, unsigned int ncpus)
{
	struct kvm_pit_config pit = { .flags = KVM_PIT_SPEAKER_DUMMY }; /* port 0x61 too */
	unsigned int id;
	int version;

	vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm < 0)
		die(EXIT_MISSING, "/dev/kvm cannot be opened: %s", strerror(errno));
	version = ioctl(vm->kvm, KVM_GET_API_VERSION, 0);
	if (version != KVM_API_VERSION)
		die(EXIT_MISSING, "/dev/kvm has API version %d, expected %d", version,
		    KVM_API_VERSION);
	vm->fd = NEED(vm->kvm, KVM_CREATE_VM, 0);
	create_memory(vm, ram_size);
	/* Intel without "unrestricted guest" needs three pages below 4 GiB that are no RAM. */
	msr_filter(vm->fd);
	NEED(vm->fd, KVM_SET_TSS_ADDR, 0xfffbd000ul);
	NEED(vm->fd, KVM_CREATE_IRQCHIP, 0);
	set_routing(vm);
	NEED(vm->fd, KVM_CREATE_PIT2, &pit);
	vm->ncpus = ncpus;
	for (id = 0; id < ncpus; id++)
		create_cpu(vm, id);
}

/* PVH entry: 32-bit protected mode, unpaged, flat segments, ebx = start_info, interrupts off. */
void machine_set_entry(struct vm *vm, uint64_t entry)
{
	struct kvm_segment data = { .limit = 0xffffffff, .selector = 0x10, .type = 3 };
	struct kvm_regs regs = { .rip = entry, .rbx = START_INFO, .rflags = 2 };
	struct kvm_sregs sregs;
	int fd = vm->vcpus[0].fd;

	data.present = data.db = data.s = data.g = 1;
	NEED(fd, KVM_GET_SREGS, &sregs);
	sregs.cs = sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	sregs.cs.selector = 0x8;
	sregs.cs.type = 0xb;
	sregs.tr = (struct kvm_segment){ .limit = 0x67, .type = 0xb, .present = 1 };
	sregs.cr0 = 0x11; /* PE, ET */
	NEED(fd, KVM_SET_SREGS, &sregs);
	NEED(fd, KVM_SET_REGS, &regs);
}
