# SPDX-License-Identifier: MIT
# A stock Debian kernel inside QEMU, whose kexec starts the image in its place: it takes the image's
# Multiboot 1 header, and puts the file's name first on the command line.
. tools/lanes/tcg.sh
lane_title="a Debian Linux on the same, and its kexec into the image; only \`make soak\` runs it"
banner="bare machine, way in Multiboot 1"
default_mem=384 least_mem=256 # that Linux
soak=yes

lane_needs() {
	need qemu-system-x86_64 qemu-system-x86 "to run the image"
	need cpio cpio "to pack the inner Linux's initramfs"
	need xz xz-utils "to unpack the inner Linux's modules"
	need readelf binutils "to find the libraries of kexec"
	part linux "the inner Linux, from Debian's package"
	part kexec "kexec and busybox for its initramfs, from Debian's packages"
}

# A second cpio behind the part's: the image, its command line, and what to do. Linux starts a machine
# off that can't be left; a run that ends so has no verdict.
lane_command() {
	local root=$work/root
	mkdir "$root"
	cp "$image" "$root/anole.elf"
	printf '%s' "$append" >"$root/append"
	cat >"$root/init" <<-'END'
		#!/bin/busybox sh
		/bin/busybox --install -s /bin
		mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
		echo "# inner Linux $(uname -r): kexec"
		kexec --type=multiboot-x86 --command-line="$(cat /append)" -l /anole.elf && kexec -e
		echo "# inner Linux: kexec failed"
		poweroff -f
	END
	chmod 755 "$root/init"
	(cd "$root" && find . | cpio --quiet -o -H newc) >"$work/second"
	cat build/cache/kexec/initramfs "$work/second" >"$work/initramfs"
	qemu "${cpu:-max,-la57}" -m "$mem" "${qboot[@]}" -kernel build/cache/linux/vmlinuz -initrd "$work/initramfs" \
		-append "console=ttyS0,115200 quiet mitigations=off panic=-1 random.trust_cpu=on tsc=reliable"
}
