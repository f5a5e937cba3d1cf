# SPDX-License-Identifier: MIT
# Debian's Xen and a Debian Linux as its dom0 under QEMU; the image is a domU that xl creates.
. tools/lanes/xen-dom0.sh
lane_title="the same Xen, a Debian Linux dom0 with the toolstack \`xl\`, Anole as a PV domU"
takes_jobs=yes
builds="build/tools/gntmap build/tools/tohost" # for dom0
least_mem=4 # with less the domain's builder finds no place for the image

lane_needs() {
	need qemu-system-x86_64 qemu-system-x86 "to run the image"
	need gzip gzip "to unpack the hypervisor"
	need cpio cpio "to pack dom0's initramfs"
	need xz xz-utils "to unpack dom0's kernel and modules"
	need zstd zstd "the same, as Debian 13 packs them"
	need /usr/include/xen/gntdev.h linux-libc-dev "to build dom0's gntmap"
	need readelf binutils "to find the libraries of dom0's programs"
	part xen "the hypervisor, from Debian's package"
	part dom0 "a Linux for dom0 with xl, from Debian's packages"
}

# A second cpio behind dom0's own: the image, what tools/dom0 has, and what to do (tools/dom0/init).
# DOM0_SHARE=FILE: what dom0 sends by tohost is there afterwards, of 64 MiB.
# DOM0_FILES="file...": more for /, as scenarios need it.
lane_command() {
	local dom0=build/cache/dom0 root=$work/root
	mkdir -p "$root/bin"
	cp tools/dom0/init tools/dom0/*.sh anole.cfg "$root/"
	chmod 755 "$root/init"
	cp "$image" "$root/anole.elf"
	# shellcheck disable=SC2086 # a list of words
	cp $builds "$root/bin/"
	[ -z "${DOM0_FILES-}" ] || cp $DOM0_FILES "$root/"
	sed '$a\' "${jobs:-/dev/stdin}" <<<"run" >"$root/jobs"
	printf 'memory=%s vcpus=%s limit=%s marks=%s\nappend=%q\n' "$mem" "$cpus" "$(stretched "$limit")" \
		"${jobs:+yes}" "$append" >"$root/settings"
	(cd "$root" && find . | cpio --quiet -o -H newc) >"$work/second"
	cat "$dom0/initramfs" "$work/second" >"$work/initramfs"
	# One CPU: how many the domains have is not the machine's, and QEMU's two threads would hold up
	# each other where the host has no two cores to spare. dom0_max_vcpus: also with more.
	# No xsave: with it, dom0's programs die of segmentation faults on QEMU 10, and runs hang.
	cpus=${DOM0_CPUS-1} qemu "${cpu:-max,-smap,-avx,-avx2,-xsave}" -m 1024 -vga none -kernel build/cache/xen/xen.elf \
		-append "com1=115200,8n1 console=com1 dom0_mem=448M,max:448M dom0_max_vcpus=1 bootscrub=0 sched_credit2_migrate_resist=0 guest_loglvl=all ${XEN_APPEND-}" \
		-initrd "$dom0/vmlinux console=hvc0 panic=-1 nomodeset mitigations=off random.trust_cpu=on rdinit=/init quiet,${work//,/,,}/initramfs"
	[ -z "${DOM0_SHARE-}" ] ||
		command+=(-object "memory-backend-file,id=share,size=64M,share=on,mem-path=${DOM0_SHARE//,/,,}" -device ivshmem-plain,memdev=share)
	may_halt= # the verdict is the guest's; dom0 ends the machine
	[ -z "$jobs" ] || within= limit=$((limit * $(wc -l <"$jobs")))
	limit=$((limit + 60)) # dom0's own limits come first
}
