# SPDX-License-Identifier: MIT
# iPXE in a network card's ROM, which fetches the image from QEMU's own TFTP server, takes its
# Multiboot 1 header and puts its URI first on the command line.
. tools/lanes/tcg.sh
lane_title="the same, by network: iPXE and TFTP on a BIOS"
banner="bare machine, way in Multiboot 1"
least_mem=32 # firmware and loader

lane_needs() {
	need qemu-system-x86_64 qemu-system-x86 "to run the image"
	need "/usr/lib/ipxe/qemu/efi-virtio.rom|/usr/share/qemu/efi-virtio.rom" ipxe-qemu "the network card's boot ROM"
}

lane_command() {
	mkdir "$work/tftp"
	cp "$image" "$work/tftp/anole.elf"
	printf '#!ipxe\nkernel anole.elf %s\nboot\n' "$append" >"$work/tftp/anole.ipxe"
	qemu "${cpu:-max}" -m "$mem" -boot n -device virtio-net-pci,netdev=net \
		-netdev "user,id=net,restrict=on,tftp=${work//,/,,}/tftp,bootfile=anole.ipxe"
}
