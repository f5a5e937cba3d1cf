#!/bin/bash
# SPDX-License-Identifier: MIT
# tools/debian's sentences, with a mirror of our own that has Release files and no packages. What it does
# with a real one, .ci/run and `make test-debian` show.
. tests/boot/tap.sh
[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP tools/debian needs root"; exit; }
mirror=$work/mirror kept=build/cache/debian
for suite in past empty; do mkdir -p "$mirror/dists/$suite"; done
echo 'Valid-Until: Sat, 01 Jan 2000 00:00:00 UTC' >"$mirror/dists/past/Release"
echo 'Codename: empty' >"$mirror/dists/empty/Release"
debian() { DEBIAN_MIRROR=$where tools/debian "$@"; }
left() { mkdir -p $kept; find $kept -maxdepth 1 -name 'run.*' | wc -l; }
echo 1..13
where=file://$mirror
before=$(left)
expect "no suite" 2 'no SUITE' debian
expect "an unknown option" 2 "unknown option '--frobnicate'" debian --frobnicate trixie
expect "a word that can't be a suite" 2 "'../etc' is no name of a suite" debian ../etc
expect "an unknown suite" 2 "unknown suite 'vax'" debian vax
expect "a suite whose packages can't be had is no failure of ours" 75 'could not make a root of empty' debian empty
expect "a Release file past its date is taken" 75 'was valid until Sat, 01 Jan 2000 .* taken all the same' debian past
where=http://127.0.0.1:9/debian
expect "no network" 75 'no Release file of past from http://127.0.0.1:9.*: no network?' debian past
expect "no root" 3 'needs root' setpriv --reuid=65534 --clear-groups tools/debian past
[ "$(left)" = "$before" ] && ! ls $kept/past.tar* $kept/empty.tar* >"$work/out" 2>&1
ok "nothing half made is left" $?
rm -f $kept/{past,empty,vax}.*

# Cut off in the middle: a root of a shell and sleep alone, in which the command stands.
mkdir -p "$mirror/dists/small" "$work/small"/{proc,dev,sys,root,etc/apt/apt.conf.d,var/cache/apt,usr/bin}
ln -s usr/bin "$work/small/bin"
echo 'Codename: small' >"$mirror/dists/small/Release"
programs=$(type -P env dash sleep cat)
# shellcheck disable=SC2086 # lists of words
cp --parents $(ldd $programs | grep -o '/[^ ):]*' | sort -u) "$work/small/"
# shellcheck disable=SC2086
cp $programs "$work/small/usr/bin/"
ln -s dash "$work/small/usr/bin/sh"
echo ID=small >"$work/small/etc/os-release"
echo small >"$work/small/etc/debian_version"
tar -C "$work/small" -cf $kept/small.tar .
where=file://$mirror
for signal in INT TERM; do
	# As in a root that tools/debian itself made.
	if ! why=$(unshare --mount --propagation private true 2>&1); then
		skip "cut off by $signal: a status that says so" "no mounts of our own here: $why"
		skip "... and neither a process, a mount nor a file is left" "the same"
		continue
	fi
	before=$(left)
	DEBIAN_MIRROR=$where env --default-signal=INT tools/debian small \
		sh -c 'echo it runs; exec sleep 4321' >"$work/out" 2>&1 &
	run=$!
	for _ in {1..600}; do grep -q '^it runs' "$work/out" && break; sleep 0.1; done
	grep -q '^it runs' "$work/out" && kill -$signal $run
	wait $run
	status=$?
	echo "status $status" >>"$work/out"
	case $signal in INT) [ $status = 130 ] ;; *) [ $status = 143 ] ;; esac
	ok "cut off by $signal: a status that says so" $?
	# Killed is not yet gone.
	for _ in {1..100}; do grep -aqs '^sleep.4321' /proc/[0-9]*/cmdline || break; sleep 0.1; done
	{ grep -als '^sleep.4321' /proc/[0-9]*/cmdline; grep "$kept/run" /proc/mounts; } >>"$work/out"
	[ "$(left)" = "$before" ] && [ "$(tail -n 1 "$work/out")" = "status $status" ]
	ok "... and neither a process, a mount nor a file is left" $?
done
rm -rf $kept/small.*
