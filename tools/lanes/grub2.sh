# SPDX-License-Identifier: MIT
# A GRUB ISO on a BIOS, which takes the image's Multiboot 2 header.
. tools/lanes/grub.sh
lane_title="the same"
banner="bare machine, way in Multiboot 2"

lane_command() {
	iso multiboot2 i386-pc "biosdisk mmap"
	qemu "${cpu:-max}" -m "$mem" -cdrom "$iso"
}
