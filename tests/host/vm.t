#!/bin/bash
# SPDX-License-Identifier: MIT
# How tools/vm judges a run: by what the machine ended with, by the verdict and by the plan, of which no
# one alone is believed. In a copy of tools/ with a lane whose machine says and ends with what we want.
. tests/boot/tap.sh
tree=$work/tree
mkdir -p "$tree/build"
cp -a tools "$tree/"
cp -a build/anole.elf "$tree/build/"
cat >"$tree/tools/lanes/canned.sh" <<'END'
lane_title="what a file says" banner="bare machine" takes_jobs=yes
lane_needs() { :; }
lane_command() { command=(sh -c 'cat "$0"; [ $1 = hang ] && exec sleep 60; exit $1' "$SAYS" "$STATUS"); }
END
anole="# Anole on bare machine, way in PVH"

# judged WHAT STATUS REGEX MACHINE LINE...: the machine's status (isa-debug-exit's, or "hang"), its console.
judged() {
	local what=$1 status=$2 regex=$3 machine=$4
	shift 4
	printf '%s\n' "$@" >"$work/says"
	expect "$what" "$status" "$regex" env SAYS="$work/says" STATUS="$machine" "$tree/tools/vm" -t 2 canned
}

judged "all passed" 0 'all 2 tests passed' 33 "$anole" "1..2" "ok 1 - a" "ok 2 - b" "# verdict: passed"
judged "... where the end carries no result" 0 'all 1 tests passed' 0 "$anole" "1..1" "ok 1 - a" "# verdict: passed"
judged "... or comes with carriage returns" 0 'all 1 tests passed' 33 "$anole"$'\r' $'1..1\r' $'ok 1 - a\r' $'# verdict: passed\r'
judged "success without a verdict" 1 "verdict is ''" 33 "$anole" "1..1" "ok 1 - a"
judged "success, and the console knows of a panic" 1 "verdict is 'panic'" 33 "$anole" "1..1" "ok 1 - a" "# verdict: panic"
judged "the last verdict counts" 4 'the guest panicked' 0 "$anole" "1..1" "# verdict: passed" "# verdict: panic"
judged "no plan" 1 'printed no plan' 33 "$anole" "ok 1 - a" "# verdict: passed"
judged "a test too few" 1 'plan says 2 tests, but 1 lines came' 33 "$anole" "1..2" "ok 1 - a" "# verdict: passed"
judged "a test too many" 1 'plan says 1 tests, but 2 lines came' 33 "$anole" "1..1" "ok 1 - a" "ok 2 - b" "# verdict: passed"
judged "success with a failure" 1 "but 1 tests say 'not ok'" 33 "$anole" "1..2" "ok 1 - a" "not ok 2 - b" "# verdict: passed"
judged "another kernel, or another lane's" 1 "does not say 'Anole on bare machine'" 33 "# Anole on Xen PV" "1..1" "ok 1 - a" "# verdict: passed"
judged "success, and it went on" 1 'ended and went on' 33 "$anole" "1..1" "ok 1 - a" "# verdict: passed" "# the machine has no way to end: ha"
judged "a failure" 1 'self-tests failed' 35 "$anole" "1..1" "not ok 1 - a" "# verdict: failed 1"
judged "... where the end carries no result" 1 'self-tests failed' 0 "$anole" "1..1" "not ok 1 - a" "# verdict: failed 1"
judged "a panic" 4 'the guest panicked' 37 "$anole"
judged "... where the end carries no result" 4 'the guest panicked' 0 "$anole" "# verdict: panic"
judged "a word that is refused" 2 'does not know a word' 39 "$anole"
judged "... where the end carries no result" 2 'does not know a word' 0 "$anole" "# verdict: refused"
judged "nothing" 5 'ended without a verdict (status 0)' 0
judged "QEMU itself failed, after a verdict" 5 'ended without a verdict (status 1)' 1 "$anole" "1..1" "ok 1 - a" "# verdict: passed"
judged "something is missing" 3 'something is missing' 3
judged "a hang, after all passed" 124 'time limit of 2 s ran out' hang "$anole" "1..1" "ok 1 - a" "# verdict: passed"
judged "what is not TAP is a comment" 0 '^# firmware says 1..2' 33 "firmware says 1..2" "$anole" "1..1" "ok 1 - a" "# verdict: passed"

# Guests in a row: each is judged by its part of the console.
printf '%s\n' "# host: guest 1" "$anole" "1..1" "ok 1 - a" "# verdict: passed" "# host: guest 1 ended with code 33" \
	"# host: guest 2" "$anole" "1..1" "not ok 1 - a" "# verdict: failed 1" "# host: guest 2 ended with code 35" \
	"# host: guest 3" "$anole" "1..1" >"$work/says"
printf 'one\ntwo\nthree' >"$work/jobs"
export SAYS="$work/says" STATUS=33
expect "one of three is well" 1 '^ok 1 - one.*: all 1 tests passed' "$tree/tools/vm" -j "$work/jobs" canned
expect "... one failed" 1 '^not ok 2 - two.*: self-tests failed' "$tree/tools/vm" -j "$work/jobs" canned
expect "... one never ended" 1 '^not ok 3 - three.*: the guest ended without a verdict' "$tree/tools/vm" -j "$work/jobs" canned

# Before it starts.
head -c 100000 build/anole.elf >"$work/short"
expect "a truncated image" 3 'is truncated: it has 100000 bytes' "$tree/tools/vm" -i "$work/short" canned
expect "no image" 3 "no image .*; 'make' builds it" "$tree/tools/vm" -i "$work/none" canned
expect "jobs that are none" 2 'no jobs in' "$tree/tools/vm" -j /dev/null canned
expect "no room to start in" 2 'needs MEM of at least 32 MiB, got 31' "$tree/tools/vm" -m 31 stub
echo "1..$test_nr"
