#!/bin/bash
# SPDX-License-Identifier: MIT
# What did not run does not read as passed: tools/test fails for a lane that can't be had, or that says
# nothing; a script about a lane that is left out is skipped as a whole. In a copy of the tree, with an apt
# that has no packages.
. tests/boot/tap.sh
need_lane tcg
[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP only as root: sudo's apt would be the system's"; exit; }
tree=$work/tree root=$work/root
mkdir -p "$tree/build" "$work/bin" "$root"/var/lib/{dpkg,apt/lists/partial} "$root"/var/cache/apt/archives/partial "$root/etc/apt"
: >"$root/var/lib/dpkg/status"
echo "Dir \"$root\"; Dir::State::status \"$root/var/lib/dpkg/status\";" >"$work/apt.conf"
ln -s /usr/bin/* "$work/bin/"
rm -f "$work/bin/mformat" # of mtools, for lane grub
cp -a Makefile linker.ld arch drivers include kernel tests tools user "$tree/"
for d in build/*; do case $d in build/cache | build/logs) ;; *) cp -a "$d" "$tree/build/" ;; esac; done
unset MAKEFLAGS MAKELEVEL
run() { (cd "$tree" && APT_CONFIG=$work/apt.conf PATH=$work/bin:/usr/sbin:/sbin LANES=$1 tools/test --lanes); }

echo 1..9
expect "a lane that can't be had: not passed" 1 '^Result: FAIL: a lane did not run' run "tcg grub"
cp "$work/out" "$work/said"
expect "... it is named, and why" 0 '^FAILED: lane grub: tools/setup: apt-get could not install: mtools' cat "$work/said"
expect "... the other one has run" 0 'tests/boot/tcg.t .* ok' cat "$work/said"
expect "the lanes that were asked for: passed" 0 '^left out, as LANES asks: lane grub$' run tcg
printf '#!/bin/sh\necho 1..1; echo ok 1\n' >"$tree/tests/boot/tcg.t"
expect "a script that starts no guest: not passed" 1 '^FAILED: lane tcg: its guest printed no plan' run tcg
expect "LANES with a lane that is none" 2 "unknown lane 'vax' in LANES; known: .*tcg" run "tcg vax"
expect "LANES with a lane that is not for make test" 2 "lane kexec runs in make soak alone" run "tcg kexec"
expect "LANES without a lane" 2 "LANES names no lane" run ""
expect "a script about a lane that is left out is no success" 0 '^1..0 # SKIP LANES leaves out lane kvm' \
	env LANES=tcg tests/boot/kvm-features.t
