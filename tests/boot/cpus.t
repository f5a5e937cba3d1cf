#!/bin/bash
# SPDX-License-Identifier: MIT
# A second MADT beside QEMU's, with local APICs that are named twice, can't be reached, or are not
# there. All CPUs that are there come, the others get a sentence; none costs a boot.
. tests/boot/tap.sh
echo 1..10

# madt ENTRY...: lapic:ID or x2apic:ID, all enabled; FROM-TO for many.
madt() {
	perl -e 'print pack "VV", 0xfee00000, 1;
		for (@ARGV) {
			my ($type, $from, $to) = /^(\w+):(\d+)(?:-(\d+))?$/ or die $_;
			print $type eq "lapic" ? pack "CCCCV", 0, 8, 0, $_, 1
				: pack "CCvVVV", 9, 16, 0, $_, 1, 0 for $from .. $to // $from;
		}' "$@" >"$work/madt"
	odd=(-q "-acpitable sig=APIC,data=$work/madt")
}
all="all [0-9]* tests passed"
up() { echo "^# $1 of $2 CPUs are up"; }
said() { cat "$work/log"; }
boot() { tools/vm "${odd[@]}" "$@" tcg | tee "$work/log"; return "${PIPESTATUS[0]}"; }

madt x2apic:0-1 lapic:0
expect "each CPU is named twice, and the boot CPU once more" 0 "$all" boot -c 2
expect "... and each is one" 0 "$(up 2 2)" said
expect "... which is said" 0 "^# ACPI: named more than once, and each one CPU: local APICs 0 to 1, 0\$" said
madt lapic:255 x2apic:256-257 x2apic:4294967295
expect "numbers that an IPI in xAPIC mode would cut, or send to all" 0 "$(up 2 2)" boot -c 2 -p max,-x2apic
expect "... in one sentence" 0 "^# ACPI: CPUs are left out, local APICs the broadcast's, 256 to 257, the broadcast's: in xAPIC mode" said
madt lapic:100-107
expect "eight that are not there are waited for together" 0 "$all" boot -c 2
expect "... and named" 0 "^# CPUs left out.*: 2 to 9, local APICs 100 to 107" said
expect "... beside the one that is" 0 "$(up 2 10)" said
madt lapic:100
expect "one that is not there, and no other" 0 "$(up 1 2)" boot -a "test=smp/*"
madt lapic:10-254
expect "more than we take" 0 "^# ACPI: CPUs are left out, local APICs 72 to 254: 64 are as many" boot -c 2 -a "test=smp/*"
