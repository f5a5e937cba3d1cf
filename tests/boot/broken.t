#!/bin/bash
# SPDX-License-Identifier: MIT
# Broken on purpose: each gives a sentence and a status that is not success.
. tests/boot/tap.sh
image=build/anole.elf

# The guest's own failures, on the bare machine, and the main ones on Xen.
expect "a failing test" 1 '^not ok 1 - broken/fail' tools/vm -a test=broken/fail tcg
expect "... with its reason" 1 '^# 1 + 1 is not 3' tools/vm -a test=broken/fail tcg
expect "a panic in a test" 4 'PANIC: this test panics' tools/vm -a test=broken/panic tcg
expect "... with a backtrace of names" 4 'broken_panic+0x' tools/vm -a test=broken/panic tcg
expect "... also of who ended in the call" 4 ' broken_ends_in_a_call+0x9$' tools/vm -a test=broken/last_call tcg
expect "an unexpected fault" 4 'PANIC: page fault at 000000000dead000' tools/vm -a test=broken/fault tcg
expect "a kernel stack that is gone" 4 'PANIC: double fault' tools/vm -a test=broken/stack tcg
expect "... and who was on it" 4 'broken_stack+0x' tools/vm -a test=broken/stack tcg
expect "a thread's stack that is used up" 4 'PANIC: double fault' tools/vm -a test=broken/thread_stack tcg
expect "... and by whom" 4 'recurse+0x' tools/vm -a test=broken/thread_stack tcg
expect "sleeping with preemption off" 4 'PANIC: thread main schedules where it may not' tools/vm -a test=broken/atomic_sleep tcg
expect "a test that hangs" 124 'time limit of 3 s ran out' tools/vm -t 3 -a test=broken/hang tcg
expect "a plan that does not match" 1 'plan: 1 tests were planned, but 0' tools/vm -a test=broken/plan tcg
expect "a TAP stream that does not match its plan" 1 'plan says 1 tests, but 2' tools/vm -a test=broken/extra_line tcg
expect "a test that leaves interrupts on" 1 'it left interrupts on' tools/vm -a test=broken/irq_leak tcg
expect "an op that nobody provides, by name" 4 "calls the op 'test.null'" tools/vm -a test=broken/null_op tcg
expect "... on Xen" 4 "calls the op 'test.null'" tools/vm -a test=broken/null_op xen-dom0
expect "a page freed twice" 4 'PANIC: free_page: [0-9a-f]* is not a page' tools/vm -a test=broken/double_free tcg
expect "a page freed that was never given" 4 'PANIC: free_page: 100000 is not' tools/vm -a test=broken/foreign_free tcg
expect "an address space that is loaded" 4 'PANIC: mm_destroy: .* is loaded' tools/vm -a test=broken/destroy_loaded tcg
expect "... by another CPU" 4 'PANIC: mm_destroy: .* is loaded' tools/vm -c 2 -a test=broken/destroy_loaded tcg
expect "no verdict" 5 'ended without a verdict' tools/vm -a test=broken/no_verdict tcg
expect "a panic on Xen" 4 'broken_panic+0x' tools/vm -a test=broken/panic xen-dom0
said() { cat "$1"; } # LOG LANE
voices() { awk '/^# PANIC/ {n++} /^# CPU . was at/ {m++} END {print n, m}' "$1"; }
for lane in tcg xen-dom0; do
	log=build/logs/panic-of-four-$lane
	expect "a panic on another CPU, $lane" 4 'PANIC: this test panics on CPU 1' \
		tools/vm -c 4 -a test=broken/panic_of_four -l "$log" $lane
	for line in '# CPU 0 was at .*, interrupts off' '# CPU 2 does not answer' '# CPU 3 was at '; do
		expect "... and the others: $line" 0 "^$line" said "$log" $lane
	done
	expect "four panics at a time, $lane" 4 'panic on CPU' \
		tools/vm -c 4 -a test=broken/panic_of_all -l "$log-all" $lane
	expect "... of which one speaks, and stops the others" 0 '^1 3$' \
		voices "$log-all" $lane
done
for lane in tcg xen-dom0; do
	log=build/logs/frame-in-a-guard-$lane
	expect "a frame pointer into a page under a stack, $lane" 4 'PANIC: invalid opcode' \
		tools/vm -c 2 -a test=broken/frame_in_a_guard -l "$log" $lane
	for line in '#   (the frame pointer [0-9a-f]* is no frame' '# CPU 1 was at '; do
		expect "... and goes on: $line" 0 "^$line" said "$log" $lane
	done
done
expect "a domain that Xen crashes: where" 5 '^# tools/vm: Xen crashed the domain at xen_trap_for_nobody+0x.*, called from selftest_run+0x.*; Xen says: ' tools/vm -a test=broken/xen_crash xen-dom0
expect "a fault on Xen" 4 'PANIC: page fault at 000000000dead000' tools/vm -a test=broken/fault xen-dom0
expect "a hang on Xen" 124 'time limit of 5 s ran out' tools/vm -t 5 -a test=broken/hang xen-dom0
expect "a panic on KVM" 4 'broken_panic+0x' tools/vm -a test=broken/panic kvm

# Locks, in a debug build: both places by name.
debug=build/debug/anole.elf
lock() { expect "a lock $1" 4 "PANIC: .*$3" tools/vm -i $debug -a "test=broken/$2" "${4-tcg}"; }
lock "taken twice" lock_twice "CPU 0 takes 'lock_a' at broken_lock_twice+.*, which it has since broken_lock_twice+"
lock "given back by who has it not" lock_not_held "CPU 0 gives back 'lock_a' at broken_lock_not_held+"
lock "in both orders" lock_order "lock order: 'lock_a' is taken under 'lock_b' at .*+.* 'lock_b' under 'lock_a' at "
lock "in a ring of three" lock_order_of_three "'lock_a' is taken under 'lock_c' .* 'lock_b' under 'lock_a' .* 'lock_c' under 'lock_b'"
lock "in no order of its class" lock_order_of_one_class "lock order: of '&two.i.' "
lock "of interrupts taken with them on" lock_with_irqs_on "lock 'lock_a' is taken with interrupts on at take_with_.* at interrupt+"
lock "under such a one, on Xen" lock_under_irqs_lock "lock 'lock_b' is taken with interrupts on" xen-dom0
lock "under such a one later" lock_under_irqs_lock_later "lock 'lock_b' is taken with interrupts on at take_with_.* at one_under"
lock "that nobody initialised" lock_uninitialised "taken at broken_lock_uninitialised+.*, was never initialised"
expect "not a debug build: they are skipped" 0 '^ok 9 .* # SKIP this is not a debug build' tools/vm -a 'test=broken/lock*' tcg

# Command lines.
expect "an unknown word" 2 "unknown word 'frobnicate'" tools/vm -a "test=irq/* frobnicate" tcg
expect "a pattern that matches nothing" 2 'no self-test.s group/name matches' tools/vm -a test=nosuch tcg
expect "test=none" 0 '^1..0 # SKIP' tools/vm -a test=none tcg
expect "an unknown PLATFORM" 2 "unknown PLATFORM 'vax'" tools/vm vax
expect "CPUS that is no number" 2 'cpus must be a whole number' tools/vm -c many tcg
expect "an unknown MODEL: those that are known" 2 "unknown MODEL .vax9000. in lane tcg; known: .*EPYC" tools/vm -p vax9000 tcg
expect "a MODEL where there is no choice" 2 "lane kvm has no choice of CPU models" tools/vm -p max kvm
expect "a serial line that the lane has not" 2 "the console of lane xen-dom0 is Xen.s" tools/vm -s com2 xen-dom0

# Machines and parts.
expect "too little memory" 4 'needs a machine of at least 16 MiB' tools/vm -m 8 tcg
expect "a CPU without long mode" 4 'PANIC: this CPU lacks LM (80000001h edx 29)' tools/vm -p qemu32 tcg
expect "a CPU without NX" 4 'PANIC: this CPU lacks NX (80000001h edx 20), which' tools/vm -p qemu64,-nx tcg
mkdir "$work/bin"
ln -s /usr/bin/* "$work/bin/" 2>/dev/null
rm -f "$work/bin/qemu-system-x86_64"
expect "a missing package" 3 'qemu-system-x86' env PATH="$work/bin" tools/vm tcg

# The file: one bit of the patch table, of a replacement, and the end of the file.
flip() { # SECTION
	local at
	at=$(readelf -SW $image | sed 's/^ *\[ *[0-9]*\]//' | awk -v s="$1" '$1 == s { print $4 }')
	at=$((16#$at + 20))
	cp $image "$work/flipped.elf"
	byte=$(dd if=$image bs=1 skip="$at" count=1 status=none | od -An -tu1)
	printf "\\x$(printf %x $((byte ^ 1)))" | dd of="$work/flipped.elf" bs=1 seek="$at" conv=notrunc status=none
}
flip .altinstructions
expect "a flipped bit in the patch table" 4 'patch table: its checksum' tools/vm -i "$work/flipped.elf" tcg
flip .altinstr_replacement
expect "a flipped bit in a replacement, on Xen" 4 'patch table: its checksum' tools/vm -i "$work/flipped.elf" xen-dom0
head -c 100000 $image >"$work/short.elf"
expect "a truncated image" 3 'is truncated: it has 100000 bytes' tools/vm -i "$work/short.elf" tcg
echo hello >"$work/text.elf"
expect "a file that is no image" 3 'is no ELF file' tools/vm -i "$work/text.elf" tcg
echo "1..$test_nr"
