# SPDX-License-Identifier: MIT
# An ISOLINUX CD on a BIOS, whose mboot.c32 takes the image's Multiboot 1 header, enters at the ELF
# file's entry, and puts the file's name first on the command line.
. tools/lanes/tcg.sh
lane_title="the same, an ISOLINUX CD with mboot.c32 on a BIOS"
banner="bare machine, way in Multiboot 1"
least_mem=16 # firmware and loader

lane_needs() {
	need qemu-system-x86_64 qemu-system-x86 "to run the image"
	need /usr/lib/ISOLINUX/isolinux.bin isolinux "the loader of a CD"
	need /usr/lib/syslinux/modules/bios/mboot.c32 syslinux-common "its module for Multiboot kernels"
	need xorriso xorriso "to make a bootable ISO"
}

lane_command() {
	mkdir "$work/iso"
	cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/{ldlinux,libcom32,mboot}.c32 "$work/iso"
	cp "$image" "$work/iso/anole.elf"
	# Words between --- would be a module.
	printf 'default anole\nlabel anole\nkernel mboot.c32\nappend /anole.elf %s\n' "$append" >"$work/iso/isolinux.cfg"
	xorriso -as mkisofs -quiet -o "$work/anole.iso" -b isolinux.bin -c boot.cat -no-emul-boot \
		-boot-load-size 4 -boot-info-table "$work/iso" >"$work/xorriso" 2>&1 || {
		cat "$work/xorriso" >&2
		missing "xorriso failed"
	}
	qemu "${cpu:-max}" -m "$mem" -cdrom "$work/anole.iso"
}
