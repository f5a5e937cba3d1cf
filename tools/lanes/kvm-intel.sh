# SPDX-License-Identifier: MIT
# KVM on Intel's VMX where there is no Intel: a Linux with kvm-intel in Bochs, the image as its guest.
. tools/iso.sh
. tools/bochs.sh
. tools/inner-linux.sh
lane_title="a stock Debian kernel with kvm-intel inside Bochs, and \`tools/vmm\`"
banner="KVM, way in PVH"
models=bochs_models builds=build/tools/vmm
takes_jobs=yes

lane_needs() {
	purpose build
	bochs_needs
	iso_needs i386-pc grub-pc-bin "GRUB for BIOS machines"
	need cpio cpio "to pack the inner Linux's initramfs"
	need xz xz-utils "to unpack the inner Linux's modules"
	part linux "the inner Linux with KVM, from Debian's package"
}

lane_command() {
	[ "$line" = com1 ] || usage "the console of lane $lane is the inner Linux's, on COM1: no -s"
	mkdir -p "$work/iso/boot/grub"
	inner_initramfs "$work/iso/initramfs" kvm-intel "$image" "-m $mem -c $cpus -t $limit ${VMM_OPTIONS-}" "$append" ${jobs:+"$jobs"}
	cp "$inner_cache/vmlinuz" "$work/iso/"
	# A panic ends Bochs: by a triple fault.
	printf 'linux /vmlinuz %s reboot=t\ninitrd /initramfs\nboot\n' "$inner_words" >"$work/iso/boot/grub/grub.cfg"
	iso_make i386-pc "linux biosdisk"
	# The inner Linux reads registers that Bochs lacks, and does not expect a fault.
	cpus=${HOST_CPUS-1} mem=$((mem > 256 ? mem + 256 : 512)) ignore_bad_msrs=1 in_bochs "${cpu:-corei7_haswell_4770}"
	# The vmm's limit comes first, in the seconds of Bochs' clock.
	may_halt= # the verdict is the guest's; the inner Linux ends the machine
	limit=$((4 * limit + 90))
	[ -z "$jobs" ] || within= limit=$((limit * $(wc -l <"$jobs")))
}

# With what the guest ended, as the inner Linux saw it.
lane_status() { sed -n 's/^# inner Linux: guest [0-9]* ended with code //p' "$work/guest" | tail -n 1; }
