# SPDX-License-Identifier: MIT
# Debian's Linux for clouds with its KVM modules for AMD and Intel. Debian 12 and 13 have one package; later ones
# an empty one that depends on the kernel's and the modules'.
part_file=kvm-intel.ko

part_make() {
	local module found
	fetch linux-image-cloud-amd64 'linux-\(image\|binary\|modules\)-.*'
	found=$(find "$unpacked/boot" "$unpacked"/usr/lib/modules/*/ -maxdepth 1 -name 'vmlinuz*' 2>/dev/null | head -n 1)
	[ -n "$found" ] || die "the Linux package has no vmlinuz in /boot or /usr/lib/modules"
	cp "$found" "$made/vmlinuz"
	for module in irqbypass kvm kvm-amd kvm-intel; do
		found=$(find "$unpacked" -name "$module.ko*" | head -n 1)
		case $found in
		*.ko) cp "$found" "$made/" ;;
		*.ko.xz) xz -dc "$found" >"$made/$module.ko" ;;
		*.ko.zst) zstd -qdc "$found" >"$made/$module.ko" ;;
		*) die "the Linux package has no module $module" ;;
		esac
	done
}
