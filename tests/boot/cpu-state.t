#!/bin/bash
# SPDX-License-Identifier: MIT
# What a loader leaves in the CPU, by lane stub: of all that nothing is left when the self-tests look,
# on any CPU, and a program finds no door that it opened.
. tests/boot/tap.sh
echo 1..6
left() {
	local STUB=$1 tests
	export STUB
	for tests in "cpu/state_of_each" "user/no_*"; do
		tools/vm -c 2 -t 40 -a "test=$tests" stub || return
	done
}
all="all 3 tests passed"
expect "LA57, by Multiboot 1" 0 "$all" left "cr4=1000"
expect "FSGSBASE, by Multiboot 2" 0 "$all" left "way=mb2 cr4=10000"
expect "PGE, and TSD, DE, PCE, OSFXSR, UMIP, by PVH" 0 "$all" left "way=pvh cr4=b8c"
expect "an LDT and SYSENTER's registers" 0 "$all" left "ldt msr=174:10 msr=175:c00000 msr=176:c00000"
# Where the way in has just entered long mode, and a #DB has nowhere to go.
at=$(nm build/anole.elf | sed -n "s/ . startup_64\$//p")
expect "breakpoints" 0 "$all" left "dr0=$(printf %x $((0x$at - 0xffffffff80000000))) dr7=1"
expect "PAT all uncached, caches off, EFER's SVME, NT and AC" 0 "$all" left "msr=277:0 cr0=60000000 efer=1000 eflags=44000"
