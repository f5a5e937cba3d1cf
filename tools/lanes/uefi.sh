# SPDX-License-Identifier: MIT
# A GRUB ISO on OVMF, a UEFI firmware.
. tools/lanes/tcg.sh
. tools/iso.sh
lane_title="the same on OVMF"
banner="bare machine, way in Multiboot 2"
default_mem=256 least_mem=256

lane_needs() {
	need qemu-system-x86_64 qemu-system-x86 "to run the image"
	iso_needs x86_64-efi grub-efi-amd64-bin "GRUB for UEFI machines"
	need /usr/share/OVMF/OVMF_CODE_4M.fd ovmf "UEFI firmware for QEMU"
}

lane_command() {
	iso multiboot2 x86_64-efi
	: "${machine:=q35}"
	# As a virtio disk: from a SATA CD, GRUB fails to read a file of 400 KiB in one go.
	qemu "${cpu:-max}" -m "$mem" -drive if=virtio,format=raw,snapshot=on,file="$iso" \
		-drive if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd \
		-drive if=pflash,format=raw,snapshot=on,file=/usr/share/OVMF/OVMF_VARS_4M.fd
}
