#!/bin/bash
# SPDX-License-Identifier: MIT
# tools/twincmp: patched, the kernel executes what its twin does, or the difference has a name; and
# what is planted in a copy of either text is found.
. tests/boot/tap.sh
whatif=build/tools/whatif
twincmp=build/tools/twincmp
echo 1..20

for b in build/clang build; do
	image=$b/anole.elf twin=$b/twin/anole.elf
	$whatif -i $image -t "$work/text" bare >"$work/sites"
	$whatif -i $twin -t "$work/twin" bare >"$work/log"
	expect "$b: all is explained" 0 '^instructions: [0-9]*, the twin [0-9]*, ratio 1\.0' \
		$twincmp $image "$work/text" $twin "$work/twin"
	cp "$work/out" "$work/said"
	# Loops with live registers; of equal ones nothing is said.
	expect "$b: in a loop cli costs one more" 0 '^irq_live_irq_disable: .* +1 nop .*, loop +1 ' cat "$work/said"
	# clang's callee-save functions lose their arguments' registers: it has to save them.
	[ $b = build ] && pte='loop +1 ' || pte='loop +2 '
	expect "$b: ... and pte_val" 0 "^irq_live_pte_val: .* mov r64, r64 .*, $pte" cat "$work/said"
	expect "$b: ... and pushf; pop nothing" 1 '' grep '^irq_live_save_fl: .*, loop' "$work/said"
done
expect "the twin is its own twin" 0 '^functions: [0-9]* identical, 0 but for registers, 0 differ, 0 inline' \
	$twincmp $twin "$work/twin" $twin "$work/twin"

# plant WHAT STATUS REGEX TEXT ADDRESS BYTES: a copy of text or twin with other bytes there.
plant() {
	if [ -z "$5" ]; then
		echo "there is no such instruction to change" >"$work/out"
		ok "$1" 1
		return
	fi
	cp "$work/$4" "$work/$4.planted"
	printf "$6" | dd of="$work/$4.planted" bs=1 seek=$((16#$5 - 16#ffffffff80100000)) conv=notrunc status=none
	local text=$work/text twintext=$work/twin
	[ $4 = text ] && text=$text.planted || twintext=$twintext.planted
	expect "$1" "$2" "$3" $twincmp $image "$text" $twin "$twintext"
}
# The first site of an op; the first instruction of a function that reads so, in the twin.
site() { awk -v op="$1" '$3 == op { print $1; exit }' "$work/sites"; }
insn() { $whatif -i $twin bare "$1" | sed -n "s/^  \([0-9a-f]*\) .* $2.*/\1/p" | head -n 1; }

differs='FAILED: strcmp differs, and has no site that could explain it'
plant "an instruction changed where there is no site" 1 "$differs" twin "$(insn strcmp 'testb %al, %al')" '\40'
plant "... a register does not count" 0 '' twin "$(insn strcmp 'testb %al, %al')" '\204\311'
plant "... but that there is one, not two" 1 "$differs" twin "$(insn strcmp 'testb %al, %al')" '\204\301'
# A short jump on a condition, whichever the compiler chose: its address and opcode.
read -r jump opcode < <($whatif -i $twin bare strcmp | sed -n 's/^  \([0-9a-f]*\) \(7.\) ..  *j.*/\1 \2/p')
plant "a jump to elsewhere" 1 "$differs" twin "$jump" "\x$opcode\0"
plant "a condition the other way round" 1 "$differs" twin "$jump" "\x$(printf %x $((16#${opcode:-0} ^ 1)))"
plant "sti in the place of cli" 1 "FAILED: .* a site of irq.irq_disable, executes 'sti', which the twin does not" \
	text "$(site irq.irq_disable)" '\373'
plant "a NOP in the place of cli" 1 "FAILED: .* a site of irq.irq_disable, executes 'nop'" text "$(site irq.irq_disable)" '\220'
plant "push in the place of pop" 1 "FAILED: .* a site of irq.save_fl, executes 'pushfq; push r64'" \
	text "$(printf %x $((16#$(site irq.save_fl) + 5)))" '\120'
plant "another control register" 1 "FAILED: .* a site of mmu.read_cr3, executes 'mov r64, cr4'" \
	text "$(printf %x $((16#$(site mmu.read_cr3) + 5)))" '\340'

expect "a text of another image" 1 'is not the text of' $twincmp $image "$work/twin" $twin "$work/twin"
expect "a text too few" 2 'usage: twincmp IMAGE' $twincmp $image "$work/text" $twin
