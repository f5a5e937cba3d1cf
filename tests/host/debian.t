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
echo 1..9
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
