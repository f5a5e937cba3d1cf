#!/bin/bash
# SPDX-License-Identifier: MIT
# Machines without COM1, without a debug exit, without both: the verdict is the console's last line,
# and the run's status is what it would be with them.
. tests/boot/tap.sh
need_lane tcg
few="test=irq/*"
passed="all [0-9]* tests passed"
halted="no way to end: halted"
ends() { # WHAT STATUS REGEX OPTION...: and whether it went off by itself
	local what=$1 status=$2 regex=$3
	shift 3
	expect "$what" "$status" "$regex" tools/vm -l build/logs/ends "$@"
	[ "$(tr -d '\r' <build/logs/ends | grep . | tail -n 1 | cut -c 1-11)" = "# verdict: " ]
	ok "... its last line is the verdict" $?
}
by_itself() { ! grep -q "did not go off" "$work/out"; ok "... it goes off by itself" $?; }
stays() { grep -q "$halted" build/logs/ends && grep -q "did not go off" "$work/out"; ok "... it says that it can't go off, and stays" $?; }

# The line.
ends "COM2 alone" 0 "$passed" -s com2 -a "$few" tcg
ends "port e9 alone" 0 "$passed" -s e9 -a "$few" tcg
ends "COM2 where COM1 is there too" 0 "$passed" -s com2 -q "-serial null" -a "console=com2 $few" tcg
ends "COM2 and port e9, and COM1 not" 0 "$passed" -s e9 -q "-serial file:$work/com1 -serial file:$work/com2" -a "console=com2,e9 $few" tcg
[ "$(tr -d "\r" <"$work/com2" | tail -n 1)" = "# verdict: passed" ]
ok "... and the last of COM2" $?
[ -e "$work/com1" ] && ! grep -q Anole "$work/com1"
ok "... of COM1 nothing" $?
ends "e9 by a word of its own" 0 "$passed" -s e9 -q "-serial null" -a "console=com1 $few console=e9" tcg
ends "a console that is not there" 0 "^# console=vga: there is none on this machine" -a "console=vga $few" tcg
ends "... on Xen" 0 "^# console=com1: there is none on this machine" -a "console=com1 $few" xen-dom0
ends "a console that nobody knows" 2 "'console=com3' has no such value" -a console=com3 tcg
ends "a list with nothing in it" 2 "'console=com1,,e9' has no such value" -a console=com1,,e9 tcg
ends "no long mode, COM2 alone" 4 "^# PANIC: this CPU lacks" -s com2 -p qemu32 tcg
ends "... port e9 alone" 4 "^# PANIC: this CPU lacks" -s e9 -p qemu32 tcg

# The end: ACPI's S5 by port, by port with SMM's help, by a register in memory; by UEFI's tables in uefi.t.
ends "pc without a debug exit" 0 "$passed" -x -a "$few" tcg
by_itself
ends "q35, a panic" 4 "^# verdict: panic" -x -M q35,hpet=off -a test=broken/panic tcg
by_itself
ends "q35 by GRUB and a BIOS, a test that fails" 1 "^# verdict: failed 1" -x -M q35 -a test=broken/fail grub2
by_itself
ends "microvm, whose hardware is reduced" 0 "$passed" -x -M microvm -a "$few" tcg
by_itself
ends "a plan that does not come out" 1 "plan says 1 tests, but 2" -x -a test=broken/extra_line tcg
ends "a word that is refused" 2 "^# verdict: refused" -x -a frobnicate tcg
ends "no test" 0 "^# verdict: none" -x -a test=none tcg
expect "no verdict, and status 0" 5 "ended without a verdict" tools/vm -x -a test=broken/no_verdict tcg

# Nothing: it halts, and the launcher does not wait for the limit, which would be 124.
ends "pc without ACPI" 0 "$passed" -x -M pc,acpi=off -a "$few" tcg
stays
ends "microvm without ACPI, COM2 alone" 4 "^# verdict: panic" -x -s com2 -M microvm,acpi=off,isa-serial=off -a test=broken/panic tcg
stays
ends "... a test that fails" 1 "^# verdict: failed 1" -x -M microvm,acpi=off -a test=broken/fail tcg
stays
ends "no long mode" 4 "^# verdict: panic" -x -p qemu32 tcg
expect "a hang before the verdict" 124 "time limit of 3 s" tools/vm -t 3 -x -a test=broken/hang tcg
expect "KVM's lane has its own machine" 2 "no -s, no -x" tools/vm -x kvm
echo "1..$test_nr"
