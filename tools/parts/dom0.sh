# SPDX-License-Identifier: MIT
# What lane xen-domu boots under Xen beside the image: a Linux as dom0 with the toolstack xl, and
# GRUB for a PV guest.
#
#   vmlinux     the kernel, uncompressed: it boots 2 s sooner
#   initramfs   busybox, xl and its daemons, the libraries that they need, modules
#   grub/       modules of GRUB's platform x86_64-xen
#
# The names are found in what Debian's metapackages depend on, so that it is the same for each
# release. The libraries come from packages too: what the host has may be of another release.
. tools/libraries.sh
part_file=vmlinux

part_make() {
	local packages xen
	update
	# All that they need in turn, of these names: libraries depend on one another in circles.
	packages=$(depends_all xen-system-amd64 linux-image-amd64 |
		grep -Ex '(xen-utils|linux-(image|binary|modules))-[0-9].*|zlib1g.*|lib(xen|yajl|c6|gcc-s1|uuid|lzma|bz2|zstd|z|nl|tinfo|fdt|lzo|lz4|systemd|cap|gcrypt|gpg-error|json).*' |
		sort -u)
	xen=$(grep '^xen-utils-' <<<"$packages" | head -n 1)
	[ -n "$xen" ] || die "Debian's xen-system-amd64 depends on no package like xen-utils-4.17"
	# shellcheck disable=SC2086 # a list of words
	fetch_packages $packages xenstore-utils busybox-static grub-xen-bin
	(cd "$unpacked" && dom0_kernel && dom0_initramfs) || die "the dom0 could not be made"
	cp -r "$unpacked/usr/lib/grub/x86_64-xen" "$made/grub"
}

# What a bzImage holds, by its header (Documentation/arch/x86/boot.rst).
dom0_kernel() {
	local vmlinuz at unpacker
	vmlinuz=$(find . -name 'vmlinuz*' -size +100k | head -n 1)
	[ -n "$vmlinuz" ] || die "the Linux packages have no vmlinuz"
	number() { od -An -t "u$2" -j $((0x$1)) -N "$2" "$vmlinuz" | tr -d ' '; }
	at=$((($(number 1f1 1) + 1) * 512 + $(number 248 4)))
	tail -c +$((at + 1)) "$vmlinuz" | head -c "$(number 24c 4)" >"$work/payload"
	case $(od -An -tx1 -N 4 "$work/payload" | tr -d ' ') in
	fd377a58) unpacker="xz -dc" ;;
	1f8b08*) unpacker="gzip -dc" ;;
	28b52ffd) unpacker="zstd -qdc" ;;
	*) die "the kernel $vmlinuz is packed in a way that is none of xz, gzip, zstd" ;;
	esac
	# Its length comes behind it, four bytes that the unpacker complains of.
	$unpacker <"$work/payload" >"$made/vmlinux" 2>"$work/log" || :
	[ "$(head -c 4 "$made/vmlinux" | tail -c 3)" = ELF ] ||
		{ cat "$work/log" >&2; die "in $vmlinuz there is no ELF kernel"; }
}

dom0_initramfs() {
	local root=$work/root bin p found module have=
	bin=$(echo usr/lib/xen-*/bin)
	[ -x "$bin/xl" ] || die "there is no $bin/xl"
	skeleton
	mkdir -p "$root/modules" "$root"/{var/lib/xen,var/lib/xenstored,var/log/xen/console,run/xen,etc/xen} "$root/$bin"
	ln -s ../run "$root/var/run"
	: >"$root/etc/xen/xl.conf" # xl complains where there is none
	for p in xl xenstored xenconsoled xen-init-dom0 libxl-save-helper xenctx; do
		cp -L "$bin/$p" "$root/$bin/"
		libraries "$bin/$p"
		ln -s "/$bin/$p" "$root/usr/sbin/$p"
	done
	for p in read write ls rm exists list; do
		cp -L usr/bin/xenstore-$p "$root/usr/bin/"
		libraries usr/bin/xenstore-$p
	done
	# glibc opens it when a thread is cancelled: without it xl aborts.
	cp -L "$(find . -name libgcc_s.so.1 | head -n 1)" "$root/usr/lib/x86_64-linux-gnu/"
	# What is built in is no file.
	for module in xen-privcmd xenfs xen-evtchn xen-gntdev xen-gntalloc; do
		found=$(find . -name "$module.ko*" | head -n 1)
		case $found in
		*.ko) cp "$found" "$root/modules/" ;;
		*.xz) xz -dc "$found" >"$root/modules/$module.ko" ;;
		*.zst) zstd -qdc "$found" >"$root/modules/$module.ko" ;;
		esac
	done
	(cd "$root" && find . | cpio --quiet -o -H newc) >"$made/initramfs"
}
