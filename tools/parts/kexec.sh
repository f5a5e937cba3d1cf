# SPDX-License-Identifier: MIT
# An initramfs with busybox and kexec, for lane kexec; its Linux is the part linux.
. tools/libraries.sh
part_file=initramfs

part_make() {
	local root=$work/root packages have=
	update
	packages=$(depends_all kexec-tools | grep -Ex 'zlib1g.*|lib(xen|c6|gcc-s1|uuid|lzma|bz2|zstd|z|nl|fdt|lzo|lz4|systemd|cap|gcrypt|gpg-error|json|yajl).*' | sort -u)
	[ -n "$packages" ] || die "Debian's kexec-tools depends on no library that is known"
	# shellcheck disable=SC2086 # a list of words
	fetch_packages $packages kexec-tools busybox-static
	(
		cd "$unpacked" && skeleton
		found=$(find . -path '*sbin/kexec' -type f | head -n 1)
		[ -n "$found" ] || die "Debian's kexec-tools has no sbin/kexec"
		cp "$found" "$root/usr/sbin/kexec"
		libraries "$found"
		cd "$root" && find . | cpio --quiet -o -H newc >"$work/initramfs"
	) || die "the initramfs with kexec could not be made"
	mv "$work/initramfs" "$made/"
}
