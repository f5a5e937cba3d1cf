# SPDX-License-Identifier: MIT
# A GRUB ISO on a BIOS, which takes the image's Multiboot 1 header.
. tools/lanes/tcg.sh
. tools/iso.sh
lane_title="the same, a GRUB ISO on a BIOS"
banner="bare machine, way in Multiboot 1"
least_mem=16 # firmware and loader

lane_needs() {
	need qemu-system-x86_64 qemu-system-x86 "to run the image"
	iso_needs i386-pc grub-pc-bin "GRUB for BIOS machines"
}

lane_command() {
	iso multiboot i386-pc "biosdisk mmap"
	qemu "${cpu:-max}" -m "$mem" -cdrom "$iso"
}
