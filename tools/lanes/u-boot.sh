# SPDX-License-Identifier: MIT
# A GRUB ISO on U-Boot, in the place of a BIOS, which provides UEFI of 32 bits.
. tools/lanes/tcg.sh
. tools/iso.sh
lane_title="the same on U-Boot, which provides UEFI of 32 bits; only \`make soak\` runs it"
banner="bare machine, way in Multiboot 2"
default_mem=512 least_mem=256
soak=yes

lane_needs() {
	need qemu-system-x86_64 qemu-system-x86 "to run the image"
	iso_needs i386-efi grub-efi-ia32-bin "GRUB for UEFI machines of 32 bits"
	need /usr/lib/u-boot/qemu-x86/u-boot.rom u-boot-qemu "U-Boot for QEMU"
}

lane_command() {
	iso multiboot2 i386-efi
	qemu "${cpu:-max}" -m "$mem" -bios /usr/lib/u-boot/qemu-x86/u-boot.rom \
		-drive if=ide,format=raw,snapshot=on,file="$iso"
}
