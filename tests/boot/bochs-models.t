#!/bin/bash
# SPDX-License-Identifier: MIT
# Lane bochs: an AMD and an old model, a CPU that can't run the kernel, a machine without ACPI; and
# what Bochs calls an error, which has to be what a test means.
. tests/boot/tap.sh
need_lane bochs
all="all [0-9]* tests passed"
few="test=irq/*"
log=build/logs/bochs-models

expect "an AMD, the first with long mode" 0 "$all" tools/vm -l $log.1 -p athlon64_clawhammer bochs
expect "an old Intel, 16 MiB" 0 "$all" tools/vm -l $log.2 -p p4 -m 16 bochs
expect "nopatch" 0 "$all" tools/vm -l $log.3 -a nopatch -p haswell bochs
expect "all that the list of errors has came" 0 "" \
	tools/bochs-errors --unseen $log.1{,.bochs} $log.2{,.bochs} $log.3{,.bochs}
# The two registers are made up by the lane; without them the kernel goes on.
expect "an error that no test means" 1 "boot or .*: CPU: RDMSR: Unknown register 0x179" \
	env BOCHS_RC="cpu: msrs=/dev/null" tools/vm -a "$few" bochs
grep -q "^# machine checks: CPUID promises MCG_CAP, MSR 179, which can't be read" "$work/out" &&
	grep -q "^# verdict: passed" "$work/out"
ok "... machine checks without their registers: told, and no panic" $?

for cpu in atom_n270 core_duo_t2400_yonah; do
	expect "$cpu has no long mode" 4 "^# PANIC: this CPU lacks LM (80000001h edx 29).*, which" tools/vm -l $log -p $cpu bochs
	! tr -d '\r\n' <$log | grep -aq '[^ -~]'
	ok "... and not a byte that is no text" $?
done
expect "without PCI and ACPI" 0 "$all" env BOCHS_RC="pci: enabled=0" tools/vm -s com2 -l $log -a "$few" bochs
! grep -q "did not go off" "$work/out"
ok "... it goes off by itself" $?
expect "... a panic" 4 "^# verdict: panic" env BOCHS_RC="pci: enabled=0" tools/vm -a test=broken/panic bochs
expect "a test that fails" 1 "^# verdict: failed 1" tools/vm -a test=broken/fail bochs
expect "a hang" 124 "time limit of 8 s" tools/vm -t 8 -a test=broken/hang bochs
expect "a model that nobody knows" 2 "unknown MODEL 'haswel' .* corei7_haswell_4770 " tools/vm -p haswel bochs
expect "more CPUs than it takes" 5 "^# Bochs: .*" tools/vm -c 200 bochs
expect "a machine of QEMU's" 2 "no -M, no -q" tools/vm -M q35 bochs
expect "a word that Bochs does not know" 5 "^# Bochs: .*frobnicate" env BOCHS_RC="frobnicate: 1" tools/vm bochs
echo "1..$test_nr"
