#!/bin/bash
# SPDX-License-Identifier: MIT
# tools/coredump on a core that tests/host/mkcore.c makes up, whose words are known, and on files that
# are none. Cores that Xen's toolstack has written: tests/boot/xen-domu-core.t.
. tests/boot/tap.sh
echo 1..12
image=build/anole.elf coredump="build/tools/coredump -i build/anole.elf"
build/tests/host/mkcore $image "$work/core"
expect "a core" 0 '^a core of a PV domain on Xen 4\.17: 2 virtual CPUs, 516 pages$' $coredump -t "$work/text" "$work/core"
cp "$work/out" "$work/said"
expect "... its panic" 0 '^panic on CPU 0: this core is made up$' cat "$work/said"
expect "... its registers" 0 '^rax 0000000000001234 ' cat "$work/said"
sed -n '/^CPU 0 panicked at panic+0x1$/,/^CPU 1/ s/^  [0-9a-f]\{16\} //p' "$work/said" | tr '\n' ' ' >"$work/out"
[ "$(cat "$work/out")" = 'panic+0x1 selftest_run+0x9 start_kernel+0x7 ' ]
ok "... who called" $?
expect "... the other CPU, whose frame pointer is none" 0 '^  (the frame pointer ffff888000000008 is no frame)$' cat "$work/said"
at=$((16#$(nm $image | sed -n "s/ . _text$//p")))
expect "... the text" 0 "" cmp -n "$(stat -c %s "$work/text")" "$work/text" <(tail -c +$((at - 16#ffffffff80100000 + 0x1000 + 1)) $image)
symbol=$(nm $image | sed -n 's/ . crash_note$//p')
$coredump -t "$work/range" -r "$(printf %x $((16#$symbol + 8))),14" "$work/core" >"$work/out"
[ "$(tr -d '\0' <"$work/range")" = "this core is made up" ]
ok "... any other of its memory" $?
expect "a range that is not there" 1 'not all of the 4096 bytes at ffff888000000000 are in the core' \
	$coredump -t "$work/range" -r ffff888000000000,1000 "$work/core"
expect "a range that is none" 2 'hexadecimal' $coredump -t "$work/range" -r start,10 "$work/core"
expect "an image is no core" 1 'is no core of a Xen PV domain' $coredump $image
expect "no file" 1 "/nowhere can't be read" $coredump /nowhere
: >"$work/empty"
expect "an empty file" 1 'is no 64-bit ELF file' $coredump "$work/empty"
