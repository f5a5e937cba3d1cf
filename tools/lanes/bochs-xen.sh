# SPDX-License-Identifier: MIT
# Debian's Xen in Bochs, by its Multiboot 1 header, the image as its PV dom0.
. tools/iso.sh
. tools/bochs.sh
lane_title="Debian's Xen in Bochs, Anole as its PV dom0; only \`make soak\` runs it"
banner="Xen PV, way in Xen PV"
models=bochs_models
soak=yes

lane_needs() {
	bochs_needs
	iso_needs i386-pc grub-pc-bin "GRUB for BIOS machines"
	need gzip gzip "to unpack the hypervisor"
	part xen "the hypervisor, from Debian's package"
}

lane_command() {
	[ "$line" = com1 ] || usage "the console of lane $lane is Xen's, on COM1: no -s"
	mkdir -p "$work/iso/boot/grub"
	cp build/cache/xen/xen.elf "$work/iso/"
	cp "$image" "$work/iso/anole.elf"
	printf '%s\nmodule /anole.elf%s\nboot\n' \
		"multiboot /xen.elf com1=115200,8n1 console=com1 dom0_mem=${mem}M,max:${mem}M dom0_max_vcpus=$cpus bootscrub=0 sched_credit2_migrate_resist=0 ${XEN_APPEND-}" \
		"$(words_for_grub)" >"$work/iso/boot/grub/grub.cfg"
	iso_make i386-pc "multiboot biosdisk"
	# One CPU of the machine, also for a dom0 with more (dom0_max_vcpus).
	cpus=1 mem=$((mem + 192)) ignore_bad_msrs=1 in_bochs "${cpu:-corei7_haswell_4770}"
}
