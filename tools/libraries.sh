# SPDX-License-Identifier: MIT
# What an initramfs needs of unpacked packages, so that their programs run in it: for parts. Sourced.

# depends_all PACKAGE...: what they depend on, and all of that, of apt's newest lists.
depends_all() {
	apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$@"
}

# libraries FILE: what it needs, and they need, from below here into $root, where it will look for them.
# $have names those that are there.
libraries() {
	local name found to
	for name in $(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
		case " $have " in *" $name "*) continue ;; esac
		have="$have $name"
		found=$(find . -name "$name" | head -n 1)
		[ -n "$found" ] || die "$1 needs $name, which is in none of the packages"
		to=usr/lib/x86_64-linux-gnu
		case $found in */xen-*) to=$(dirname "$found") ;; esac
		mkdir -p "$root/$to"
		cp -L "$found" "$root/$to/$name"
		libraries "$found"
	done
}

# skeleton: folders, busybox, and the linker of programs, in $root.
skeleton() {
	mkdir -p "$root"/{bin,dev,proc,sys,tmp,usr/bin,usr/sbin,usr/lib64,usr/lib/x86_64-linux-gnu}
	ln -s usr/lib "$root/lib"
	ln -s usr/lib64 "$root/lib64"
	cp "$(find . -path '*bin/busybox' | head -n 1)" "$root/bin/"
	cp -L "$(find . -name ld-linux-x86-64.so.2 | head -n 1)" "$root/usr/lib64/"
	[ -s "$root/bin/busybox" ] && [ -s "$root/usr/lib64/ld-linux-x86-64.so.2" ] || die "busybox or the linker of programs is in none of the packages"
}
