#!/bin/bash
# SPDX-License-Identifier: MIT
# tools/whatif says from the file what the boot patch makes of the text: the same bytes that a
# running guest prints, on every platform, patched and with nopatch.
. tests/boot/tap.sh
whatif=build/tools/whatif
echo 1..33

# compare WHAT LANE PLATFORM IMAGE [nopatch]: one boot and two tests, of the text and of the list of
# sites. Leaves the guest's text and ours. Under Xen nobody reads for a while, as on a busy host: it drops
# what its buffer can't take, so that tools/vm must hold all of it.
compare() {
	local n=
	if ! lane_runs "$2"; then
		skip "$1: the text" "LANES leaves out lane $2"
		skip "$1: the list of sites" "LANES leaves out lane $2"
		return
	fi
	[ -z "${5-}" ] || n=-n
	rm -f "$work"/*
	tools/vm -i "$4" -a "test=none textdump patchlog ${5-}" -l "$work/raw" "$2" 2>&1 |
		{ [ "$3" != xen ] || sleep 5; cat; } >"$work/out"
	if [ "${PIPESTATUS[0]}" != 0 ]; then
		ok "$1: the text" 1
		ok "$1: the list of sites" 1
		return
	fi
	tr -d '\r' <"$work/raw" >"$work/console"
	perl -ne 'print pack "H*", $1 if /^# text [0-9a-f]{16} ([0-9a-f]+)$/' "$work/console" >"$work/guest"
	$whatif -i "$4" -f "$(sed -n 's/^# features //p' "$work/console")" $n -t "$work/ours" "$3" \
		>"$work/list" 2>"$work/out" && [ -s "$work/ours" ] &&
		cmp "$work/guest" "$work/ours" >"$work/out" 2>&1
	ok "$1: the text" $?
	grep -E '^# ([0-9a-f]{16} |nopatch: |patched |left unpatched: |group |pv_[a-z]* |test |alternative )' \
		"$work/console" | cut -c 3- >"$work/patchlog"
	[ -s "$work/list" ] && diff "$work/patchlog" "$work/list" >"$work/out" 2>&1
	ok "$1: the list of sites" $?
}

# flip FILE [OFFSET BIT]...: of the file, one bit each.
flip() {
	perl -e 'open F, "+<", shift or die; while (($at, $bit) = splice @ARGV, 0, 2) {
		seek F, $at, 0; read F, $b, 1; seek F, $at, 0; print F chr(ord($b) ^ 1 << $bit) }' "$@"
}

# differs WHAT: our text and the guest's, which were equal, are not any more.
differs() {
	[ -s "$work/guest" ] && ! cmp "$work/guest" "$work/ours" >"$work/out" 2>&1
	ok "$1" $?
}

image=build/anole.elf
compare "kvm" kvm kvm $image
compare "kvm, nopatch" kvm kvm $image nopatch
compare "xen-dom0" xen-dom0 xen $image
compare "xen-dom0, nopatch" xen-dom0 xen $image nopatch
compare "tcg, clang's image" tcg bare build/clang/anole.elf
compare "tcg, nopatch" tcg bare $image nopatch
compare "tcg" tcg bare $image

# The comparison can fail.
flip "$work/ours" 20000 3
differs "one bit is noticed"
$whatif -n -t "$work/ours" bare >"$work/log"
differs "patched is not unpatched"
$whatif -t "$work/ours" xen >"$work/log"
differs "a bare machine is not Xen"

# What a reader sees of one function.
expect "a call names its callee" 0 '^\* .* callq 0x[0-9a-f]* <xen_irq_disable>$' $whatif xen machine_exit
expect "the same site on a bare machine" 0 '^\* [0-9a-f]* fa  *cli $' $whatif bare machine_exit
expect "... and unpatched: the op" 0 '^\* .* ff 15 .* <pv_ops.irq.irq_disable>$' $whatif -n bare machine_exit
expect "a static call" 0 '^s .* callq 0x[0-9a-f]* <one>$' $whatif bare call_add
expect "a LOCK prefix" 0 '^l [0-9a-f]* 3e ' $whatif bare locked_inc
expect "a KVM that offers nothing" 0 '^\* .* callq 0x[0-9a-f]* <native_io_delay>$' \
	$whatif -f "0 0 0 0 0 0 0 4000000b 0" kvm native_init_irq
expect "Intel's hypercall" 0 '^\* .* 0f 01 c1 *vmcall' \
	$whatif -f "0 0 0 0 0 0 0 4000000b 0" kvm kvm_kick_cpu
expect "AMD's" 0 '^\* .* 0f 01 d9 *vmmcall' $whatif -f "0 0 0 0 0 0 0 4000008b 0" kvm kvm_kick_cpu

# Refused.
expect "an unknown PLATFORM" 2 "unknown PLATFORM 'vax'; known: bare kvm xen" $whatif vax
expect "an unknown SYMBOL" 2 "no function 'frobnicate'" $whatif bare frobnicate
expect "an unknown option" 2 'unknown option -q' $whatif -q bare
expect "too few feature words" 2 'needs 9 words' $whatif -f '1 2 3' bare
expect "a file that is no image" 1 'no 64-bit ELF file' $whatif -i Makefile bare
head -c 60000 $image >"$work/image"
expect "a truncated image" 1 'is truncated' $whatif -i "$work/image" bare
table=$((16#$(readelf -SW $image | sed -n 's/.* \.altinstructions *PROGBITS *[0-9a-f]* \([0-9a-f]*\) .*/\1/p')))
cp $image "$work/image"
flip "$work/image" $((table + 20)) 0
expect "a flipped bit in the patch table" 1 'patch table: its checksum is' $whatif -i "$work/image" bare
# A wrong feature, and in the next word the bit that makes the checksum right again.
cp $image "$work/image"
flip "$work/image" $((table + 9)) 7 $((table + 18)) 4
tools/vm -i "$work/image" tcg 2>&1 | sed -n 's/^# PANIC: \(patch table: .*\)\r*$/whatif: \1/p' >"$work/kernel"
$whatif -i "$work/image" bare >"$work/out" 2>&1
[ $? = 1 ] && grep -q 'feature beyond' "$work/kernel" && diff "$work/kernel" "$work/out" >"$work/log"
ok "a bad record is refused with the kernel's own sentence" $?
