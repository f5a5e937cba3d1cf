#!/bin/bash
# SPDX-License-Identifier: MIT
# Cores of domains, as dom0's toolstack writes them, read by tools/coredump: the panic in one, and the
# text in all, which is what whatif says. tools/dom0/scenarios-core.sh makes them.
. tests/boot/tap.sh
need_lane xen-domu
echo 1..19
log=build/logs/xen-domu-core image=build/anole.elf
coredump=build/tools/coredump
# On such a CPU Xen ends a domain that writes an entry that L1TF could leak by. Without what makes dom0 die: tools/lanes.
intel=Skylake-Server-v4,-smap,-avx,-avx2,-avx512f,-xsave
printf "%s\t%s\n" "run memory=16" "test=mm/*" cores "" >"$work/jobs"
: >"$work/share"
DOM0_SHARE=$work/share tools/vm -t 400 -m 32 -p $intel -l $log -j "$work/jobs" xen-domu >"$work/out" 2>&1
looks $log
expect "the domains were under L1TF enforcement" 0 "PV L1TF shadowing: .*DomU enabled" grep -a L1TF $log
expect "... and pages can be mapped" 0 "code 33" grep -a "^# dom0: guest 1 ended" $log
tar -x -f "$work/share" -C "$work" >"$work/out" 2>&1
ok "the cores have come" $?

# same_text WHAT CORE OPTION...: the text in it is whatif's.
same_text() {
	local what=$1 core=$work/$2
	shift 2
	rm -f "$work/theirs" "$work/ours"
	$coredump -t "$work/theirs" "$core" >"$work/said" 2>&1
	build/tools/whatif "$@" -f "$(sed -n 's/^features //p' "$work/said")" -t "$work/ours" xen >"$work/list" 2>>"$work/said"
	cp "$work/said" "$work/out"
	[ -s "$work/ours" ] && cmp "$work/ours" "$work/theirs" >>"$work/out" 2>&1
	ok "$what: the text is whatif's" $?
}
same_text "a domain that was restored" live
expect "... where it was" 0 '^CPU 0 is at xen_safe_halt+0x' cat "$work/said"
expect "... and that it did not panic" 0 '^no panic$' cat "$work/said"
same_text "a domain that panicked" panic -s
expect "its panic is in the core" 0 '^panic on CPU 0: this test panics, as it was asked to$' cat "$work/said"

# The registers and callers are those that the domain has printed; Xen's console cuts nothing off.
told() { sed -n "/^CPU 0 panicked/,/^CPU 1/ {/^\(r[a-z0-9]* \|  [0-9a-f]\{16\} \)/p}" "$1"; }
tr -d '\r' <$log | sed -n '/^# a: # PANIC/,$ s/^# a: # //p' | sed -n '/^rip /,/^panic on/ {/^\(r[a-z0-9]* \|  [0-9a-f]\{16\} \)/p}' >"$work/printed"
told "$work/said" >"$work/read"
[ -s "$work/printed" ] && diff "$work/printed" "$work/read" >"$work/out"
ok "its registers and backtrace are those on its console" $?
expect "the other CPU was stopped by it" 0 '^CPU 1 was stopped by the panic at ' cat "$work/said"

# The comparison can fail, and what does not belong together is told.
printf '\314' | dd of="$work/theirs" bs=1 seek=5000 conv=notrunc status=none
! cmp "$work/ours" "$work/theirs" >"$work/out" 2>&1
ok "a byte is noticed" $?
expect "another image's symbols" 1 'the core is not of build/clang/anole.elf' $coredump -i build/clang/anole.elf "$work/panic"
head -c 100000 "$work/panic" >"$work/part"
expect "half a core" 1 'is truncated' $coredump "$work/part"
