#!/bin/bash
# SPDX-License-Identifier: MIT
# A second MADT beside QEMU's, with local APICs that are named twice, can't be reached, or are not
# there. All CPUs that are there come, the others get a sentence; none costs a boot.
. tests/boot/tap.sh
need_lane tcg
echo 1..16

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

# On a machine whose time is counted in instructions: how long is waited, in its own time, and who gets
# how many start-up IPIs, as the machine has seen them.
waited() { # FROM TO: milliseconds that starting the CPUs took
	local khz ticks
	khz=$(sed -n 's/^# time: TSC at \([0-9]*\) kHz.*/\1/p' "$work/log")
	ticks=$(sed -n 's/^# .* CPUs are up: .*, \([0-9]*\) TSC ticks$/\1/p' "$work/log")
	echo "$((ticks / khz)) ms"
	[ $((ticks / khz)) -ge "$1" ] && [ $((ticks / khz)) -lt "$2" ]
}
startups() { # local APIC: number of start-up IPIs
	awk '/0x310? = / {to = $NF} /0x300? = 0x0*6..$/ {n[to]++} END {for (to in n) print to ": " n[to]}' "$work/trace" | sed 's/^0x0*\(.*\)000000: /\1: /' | sort
}
if counted=$(tools/qemu-can icount shift=7,sleep=off 2>"$work/why") && trace=$(tools/qemu-can apic-writes "$work/trace" 2>"$work/why"); then
	madt lapic:100-107
	expect "eight ghosts, one that comes: waited for once" 0 "$(up 2 10)" boot -c 2 -a test=none -q "$counted" -q "$trace"
	expect "... until 100 ms after its last sign of life" 0 "" waited 100 300
	expect "... by one start-up IPI" 0 "^1: 1$" startups
	expect "... a ghost gets a second one" 0 "^6b: 2$" startups
	madt lapic:100
	expect "one ghost alone" 0 "$(up 1 2)" boot -a test=none -q "$counted"
	expect "... for which 2 s are enough" 0 "" waited 2000 2300
else
	for what in "eight ghosts" "... 100 ms" "... one IPI" "... two" "one ghost" "... 2 s"; do skip "$what" "$(cat "$work/why")"; done
fi
