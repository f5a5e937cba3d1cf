# SPDX-License-Identifier: MIT
# A GRUB ISO on a UEFI firmware of 32 bits, as some tablets have it on a CPU of 64.
. tools/lanes/tcg.sh
. tools/iso.sh
lane_title="the same on a UEFI firmware of 32 bits; only \`make soak\` runs it"
banner="bare machine, way in Multiboot 2"
default_mem=256 least_mem=256
soak=yes

lane_needs() {
	need qemu-system-x86_64 qemu-system-x86 "to run the image"
	iso_needs i386-efi grub-efi-ia32-bin "GRUB for UEFI machines of 32 bits"
	need /usr/share/OVMF/OVMF32_CODE_4M.secboot.fd ovmf-ia32 "UEFI firmware of 32 bits for QEMU"
}

lane_command() {
	iso multiboot2 i386-efi
	: "${machine:=q35,smm=on}" # without SMM, which keeps its variables, this build does not start
	qemu "${cpu:-max}" -m "$mem" -drive if=virtio,format=raw,snapshot=on,file="$iso" \
		-global driver=cfi.pflash01,property=secure,value=on \
		-drive if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF32_CODE_4M.secboot.fd \
		-drive if=pflash,format=raw,snapshot=on,file=/usr/share/OVMF/OVMF32_VARS_4M.fd
}
