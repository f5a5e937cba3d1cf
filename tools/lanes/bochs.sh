# SPDX-License-Identifier: MIT
# Bochs, another implementation of the machine: a GRUB ISO on its BIOS.
. tools/iso.sh
. tools/bochs.sh
lane_title="Bochs, a GRUB ISO on its BIOS"
banner="bare machine, way in Multiboot 1"
models=bochs_models
least_mem=16 # firmware and loader

lane_needs() {
	bochs_needs
	iso_needs i386-pc grub-pc-bin "GRUB for BIOS machines"
}

lane_command() {
	iso multiboot i386-pc biosdisk
	in_bochs "${cpu:-corei7_haswell_4770}"
}

# A run is not good in which the kernel did what Bochs calls an error and no test means.
lane_objects() {
	! tools/bochs-errors "$work/guest" "$work/bochs.log" | sort | uniq -c | sed 's/^/# Bochs:/' | grep . >&2 && return 1
	echo "all tests passed, but Bochs saw errors that no test means: see above, and tests/boot/bochs-errors"
}
