#!/bin/bash
# SPDX-License-Identifier: MIT
# Several guests on one host that has KVM, as the paired runs of lane kvm need them: each with its
# options, its command line, its console and its verdict.
. tests/boot/tap.sh
need_lane kvm
echo 1..7
log=build/logs/kvm-jobs
rm -f $log*
printf '%s\t%s\n' "" test=lib/glob "--off pv-eoi,steal-time --hint realtime -c 2" test=lib/glob \
	"" test=nosuch "--off nosuch" "" >"$work/jobs"
tools/vm -a seed=3 -l $log -j "$work/jobs" kvm >"$work/out" 2>&1
[ $? = 1 ]
ok "a failure of one is the end's" $?
[ "$(grep -c '^\(not \)\?ok [1-4] - ' "$work/out")" = 4 ] && grep -qx '1\.\.4' "$work/out"
ok "each guest has its line" $?
grep -q '^ok 1 - .*: all 1 tests passed' "$work/out" && grep -q '^ok 2 - .*: all 1' "$work/out"
ok "those that pass do so" $?
grep -q '^not ok 3 - .*: the guest does not know a word' "$work/out"
ok "a guest that refuses its command line fails" $?
grep -q '^not ok 4 - .*: the guest ended without a verdict (status 2)' "$work/out" &&
	grep -q "# vmm: 'nosuch' is no feature" $log.4
ok "an option that vmm does not know is told" $?
grep -q '^# KVM at .* hints 00000000: .* steal-time pv-eoi ' $log.1 &&
	grep '^# KVM at .* hints 00000001: ' $log.2 | grep -qv 'steal-time\|pv-eoi'
ok "--off and --hint are what the guest sees" $?
! grep -q 'ACPI: 2 CPUs' $log.1 && grep -q 'ACPI: 2 CPUs' $log.2
ok "options are of one guest only" $?
