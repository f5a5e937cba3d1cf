#!/bin/bash
# SPDX-License-Identifier: MIT
# What loaders say and firmware tells, as it came in reports of real machines: each boots, or gets a
# sentence. Most of them by lane stub, whose words are in tests/boot/stub/stub.c.
. tests/boot/tap.sh
all="all [0-9]* tests passed"
free="test=page_alloc/*" # takes all of memory, page by page, and looks at the map for each

# stub WHAT STATUS REGEX WORDS [GUEST-WORDS [OPTION...]]
stub() {
	local what=$1 status=$2 regex=$3 words=$4 guest=${5-test=none}
	shift $(($# < 5 ? $# : 5))
	expect "$what" "$status" "$regex" env STUB="$words" tools/vm -t 30 -a "$guest" "$@" stub
}
taken="first word '.*anole.elf' is taken for the kernel's file"
for way in mb1 mb2; do
	stub "$way: the file's name comes first" 0 "$taken" "way=$way file=/boot/anole.elf"
	stub "$way: of a loader without a name" 0 "$taken" "way=$way loader= file=tftp://10.0.2.2/anole.elf"
	stub "$way: not of GRUB, which gives none" 2 "unknown word '/anole.elf'" "way=$way loader=GRUB file=/anole.elf"
	stub "$way: the second word is refused" 2 "unknown word 'frobnicate'" "way=$way file=/anole.elf" "frobnicate test=none"
	stub "$way: a first word that is known counts" 0 "^ok 1 - boot/command_line" "way=$way" "test=boot/command_line"
done
stub "PVH gives no file's name" 2 "unknown word '/anole.elf'" "way=pvh file=/anole.elf"
stub "a loader that enters at e_entry" 0 "way in Multiboot 1" "entry=elf"
expect "GRUB that enters at e_entry" 0 "way in Multiboot 1, loader GRUB" env GRUB_OPTIONS=--quirk-bad-kludge tools/vm -a test=none grub

# GRUB's badram and cutmem change the map that it hands on: a page or every second one of a MiB, and a
# MiB. The masks have no bit above 32, which GRUB 2.06 does not bear.
memory() { sed -n 's/^# memory: \([0-9]*\) KiB usable in \([0-9]*\) regions, .*/\1 \2/p' "$work/out"; }
# less WHAT KIB [KIB]: what is usable is less than it was, $whole, by so much, or up to the second.
less() {
	local rest more
	lane_runs stub || return 0
	read -r rest more < <(memory)
	[ $((whole - rest)) -ge "$2" ] && [ $((whole - rest)) -le "${3-$(($2 + 1))}" ]
	ok "$1" $?
}
: >"$work/out"
for lane in grub grub2; do
	module=module; [ $lane = grub ] || module=module2
	modules=$(for i in {1..9}; do echo "$module /anole.elf $i"; done)
	expect "$lane: nine modules" 0 ', 9 modules,' env GRUB_AFTER="$modules" tools/vm -a "$free" $lane
	read -r all_of_it more < <(memory)
	expect "$lane: and a bad page, a MiB that is cut out" 0 "$all" env GRUB_AFTER="$modules" \
		GRUB_BEFORE=$'badram 0x2000000,0xfffff000\ncutmem 48M 49M' tools/vm -a "$free" $lane
	read -r whole pieces < <(memory)
	! lane_runs $lane || { [ $((all_of_it - whole)) -ge 1028 ] && [ $((all_of_it - whole)) -lt 1040 ]; ok "... neither of which we take" $?; }
	expect "$lane: and 127 more bad pages" 0 "$all" env GRUB_AFTER="$modules" \
		GRUB_BEFORE=$'badram 0x2000000,0xfff01000\ncutmem 48M 49M' tools/vm -a "$free" $lane
	lane_runs $lane || continue
	read -r rest more < <(memory)
	# The map takes some KiB too. That of Multiboot 2 lies where GRUB likes, alone or beside what is taken
	# already: two pieces more or less (seen with 2.06).
	[ $((whole - rest)) -ge 508 ] && [ $((whole - rest)) -lt 520 ] && case $lane in
	grub) [ $((more - pieces)) = 127 ] ;;
	*) [ $((more - pieces)) -ge 125 ] && [ $((more - pieces)) -le 129 ] ;;
	esac
	ok "... none of which we take" $?
done

expect "tabs and newlines between words" 0 "$all" tools/vm -a $'\ttest=boot/*\n\rseed=3\n' tcg
expect "a quoted word" 0 '^ok 1 - boot/command_line' tools/vm -a "'test=boot/command'\"_line\"" tcg
expect "a quoted blank is part of its word" 2 "matches test=a b" tools/vm -a 'test="a b"' tcg
expect "a quoted quote too" 2 "matches test=a\"b" tools/vm -a 'test="a\"b"' tcg
expect "a quote that is not closed" 2 "a quote is not closed: 'test=\"a'" tools/vm -a 'test="a' tcg
expect "the largest seed" 0 '^1..0' tools/vm -a "test=none seed=18446744073709551615" tcg
expect "a seed of more than 64 bits" 2 "'seed=18446744073709551616' has no such value" tools/vm -a "test=none seed=18446744073709551616" tcg

for way in mb1 mb2 pvh; do
	stub "$way: a map of 312 entries" 0 "$all" "way=$way pieces=138" "$free"
	stub "$way: more pieces than fit" 0 "$all" "way=$way pieces=800" "$free"
	stub "$way: no module" 0 "" "way=$way"
	read -r whole pieces < <(memory)
	stub "$way: nine modules" 0 "$all" "way=$way modules=9" "$free"
	less "... whose memory is kept" 36 37
done
stub "... and said" 0 "more than 512 pieces; [0-9]* were joined" "pieces=800"
stub "each piece counts, where they fit" 0 "usable in 3[89][0-9] regions" "pieces=c0"
stub "40 modules" 0 ', 40 modules,' "modules=28"
stub "a module of half the memory" 0 "$all" "module=1800000+2000000" "$free"
head -c 24M /dev/zero >"$work/module"
expect "a module of 24 MiB by QEMU" 0 "$all" tools/vm -a "$free" -q "-initrd $work/module" tcg
stub "reserved over usable, where the trampoline would be" 0 '^ok 2 - boot/tramp[a-z_]*$' "map=9e000+2000:2" 'test=boot/*m*' -c 2
stub "... and over the middle" 0 "$all" "map=2000000+1000:2" "$free"
stub "the map as it is" 0 "" way=mb1
read -r whole pieces < <(memory)
stub "a usable range told twice" 0 "$all" "map=1800000+2000000:1" "$free"
less "... counts once" 0
stub "... and what is not usable in it" 0 "$all" "map=1900000+8000:5 map=1800000+2000000:1" "$free"
less "... is not" 32
stub "an entry that wraps" 0 "fffff000, 2000 bytes, wraps around" "map=fffffffffffff000+2000:1"
stub "an entry of all addresses" 0 "entry at 0, f* bytes, is no memory" "map=0+ffffffffffffffff:2"
stub "... usable" 0 "$all" "map=0+ffffffffffffffff:1" "$free"
stub "an entry above 2^52" 0 "is no memory" "map=fff0000000000000+1000:1"
stub "an entry up to 2^64" 0 "$all" "map=2000000+fffffffffe000000:2" "$free"
less "... counts as far as there is memory" 32000 32768
stub "PVH's RSDP above 4 GiB" 0 "^# boot: no RSDP at 1000000000" "way=pvh rsdp=1000000000"
stub "... the BIOS has another" 0 "^# 2 of 2 CPUs are up" "way=pvh rsdp=1000000000" test=none -c 2
stub "PVH's command line above 4 GiB" 4 "PANIC: PVH: the command line at 1000000000" "way=pvh cmdline=1000000000"
stub "a tag of size 0" 4 "type 99, has 0 bytes .*: the rest is left out" "way=mb2 tag=63:0"
stub "a tag shorter than its head" 4 "type 14, has 4 bytes" "way=mb2 tag=e:4"
stub "a tag longer than all" 4 "type 14, has 4294967295 bytes" "way=mb2 tag=e:ffffffff"
stub "a map's entry of -4 bytes" 4 "has 4294967292 bytes, the list [0-9]* more" "tag=0:fffffffc"
stub "a map's entry of no bytes" 4 "has 0 bytes of [0-9]*, expected 20" "tag=0:0"
# GRUB's copy of an RSDP of revision 0 that EFI calls one of ACPI 2.0, as U-Boot does.
stub "a copy of no RSDP" 0 "^# 2 of 2 CPUs are up" "way=mb2 tag=f:8 rsdp=0" test=none -c 2
stub "... as long as one" 0 "^# 2 of 2 CPUs are up" "way=mb2 tag=f:1c rsdp=0" test=none -c 2
echo "1..$test_nr"
