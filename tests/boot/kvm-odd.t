#!/bin/bash
# SPDX-License-Identifier: MIT
# What CPUID tells and is not so: the TSC's rate seventyfold, and a register that is not there.
. tests/boot/tap.sh
need_lane kvm
echo 1..4
log=build/logs/kvm-odd
rm -f $log*
printf '%s\t%s\n' "--tsc-khz 50000" "test=time/* no-kvmclock" "--no-msr $((0x179)) -c 2" "test=cpu/*" >"$work/jobs"
tools/vm -l $log -j "$work/jobs" kvm >"$work/out" 2>&1
grep -q '^ok 1 - .*: all [0-9]* tests passed' "$work/out"
ok "a TSC that CPUID has seventyfold slower" $?
grep -q '^# time: CPUID tells a TSC of 50000 kHz, but by the PIT it has [0-9]\{6,\}$' $log.1
ok "... and the PIT is believed" $?
grep -q '^ok 2 - .*: all [0-9]* tests passed' "$work/out"
ok "no MCG_CAP, although CPUID has MCA" $?
[ "$(grep -c '^# machine checks: CPUID promises MCG_CAP, MSR 179,' $log.2)" = 1 ]
ok "... and one sentence" $?
