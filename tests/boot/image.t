#!/bin/bash
# SPDX-License-Identifier: MIT
# The file itself, as loaders see it, and the console's contract.
. tests/boot/tap.sh
echo 1..9
for image in build/anole.elf build/clang/anole.elf; do
	expect "$image is a Multiboot 1 kernel" 0 '' grub-file --is-x86-multiboot $image
	expect "$image is a Multiboot 2 kernel" 0 '' grub-file --is-x86-multiboot2 $image
	expect "$image is a Xen PV kernel" 0 '' grub-file --is-x86_64-xen-domu $image
done

# File offset and physical address run in step, which Multiboot 1's address fields rest on.
readelf -lW build/anole.elf | while read -r type offset _ physical filesize _; do
	[ "$type" = LOAD ] && [ $((filesize)) != 0 ] && echo $((offset - physical))
done | sort -u >"$work/out"
[ "$(cat "$work/out")" = $((0x1000 - 0x100000)) ]
ok "segments lie in the file as in memory" $?

# Every line of the raw console is TAP or begins with '#'.
tools/vm -a patchlog -l "$work/raw" tcg >"$work/log" 2>&1
tr -d '\r' <"$work/raw" | grep -vE '^(TAP version 13|1\.\.[0-9]+|(not )?ok [0-9]+ - .*|#.*)$' >"$work/out"
[ -s "$work/raw" ] && ! [ -s "$work/out" ]
ok "the console is a TAP stream" $?
cp "$work/log" "$work/out"
grep -qE '^# [0-9a-f]{16} [a-z_0-9]+\+0x[0-9a-f]+ irq.irq_disable !XENPV native: ff 15 .. .. .. .. -> fa' "$work/out"
ok "patchlog shows address, symbol, feature, bytes before and after" $?
