#!/bin/bash
# SPDX-License-Identifier: MIT
# tools/setup: another apt or dpkg is waited for, up to a limit; what can't be had ends with a sentence. An
# apt of our own root, so that nothing is installed here.
. tests/boot/tap.sh
[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP tools/setup installs only as root or by sudo, whose apt is the system's"; exit; }
root=$work/root
mkdir -p "$work/bin" "$root"/var/lib/{dpkg,apt/lists/partial} "$root"/var/cache/apt/archives/partial "$root"/etc/apt/{apt.conf.d,preferences.d,sources.list.d}
: >"$root/var/lib/dpkg/status"
: >"$root/etc/apt/sources.list"
echo "Dir \"$root\"; Dir::State::status \"$root/var/lib/dpkg/status\"; Dir::Bin::methods \"/usr/lib/apt/methods\";" >"$work/apt.conf"
ln -s /usr/bin/* "$work/bin/"
rm -f "$work/bin/mformat" # of mtools, for lane grub
setup() { APT_CONFIG=$work/apt.conf PATH=$work/bin:/usr/sbin:/sbin SETUP_WAIT=$1 tools/setup grub; }

# hold FILE SECONDS: dpkg's or apt's lock, as they take it.
hold() {
	mkfifo "$work/held"
	perl -MFcntl -e 'open F, ">", $ARGV[0] or die; $l = pack "s s l! l! i", F_WRLCK, 0, 0, 0, 0;
		fcntl F, F_SETLK, $l or die; open G, ">", $ARGV[2]; print G "held\n"; close G; sleep $ARGV[1]' \
		"$root/$1" "$2" "$work/held" &
	read -r _ <"$work/held"
	rm "$work/held"
}

echo 1..9
expect "a package that nobody has" 3 'tools/setup: apt-get could not install: .*mtools' setup 5
list() { PATH=$work/bin tools/setup --list grub; }
expect "--list installs nothing, and says what is missing" 3 "missing: mtools (grub-mkrescue" list
for lock in var/lib/apt/lists/lock var/lib/dpkg/lock-frontend; do
	hold $lock 600
	holder=$!
	expect "$lock held for good: a sentence within the limit" 3 \
		'tools/setup: another apt or dpkg holds its lock for more than 4 s; .*lock' setup 4
	kill $holder
	ok "... and not when it was given back" $?
	wait $holder 2>/dev/null
done
hold var/lib/dpkg/lock-frontend 5
expect "held for 5 s: it is waited for, and said" 3 'tools/setup: another apt or dpkg is at work: waiting up to 60 s' setup 60
grep -q 'could not install: .*mtools' "$work/out"
ok "... and then gone on with" $?
wait
expect "an unknown purpose" 2 "unknown purpose 'vax'; known: build .* lanes: .*tcg" tools/setup vax
