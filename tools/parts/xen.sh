# SPDX-License-Identifier: MIT
# Debian's Xen as an ELF that QEMU's -kernel takes.
part_file=xen.elf

part_make() {
	fetch xen-system-amd64 'xen-hypervisor-.*'
	gzip -dc "$unpacked"/boot/xen-*-amd64.gz >"$made/xen.elf"
}
