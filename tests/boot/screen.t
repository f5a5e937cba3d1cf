#!/bin/bash
# SPDX-License-Identifier: MIT
# A machine that has a text screen and nothing else: what it shows, read out of its memory, with
# QEMU's monitor. The screen is the 25 rows from where its registers say that it begins.
. tests/boot/tap.sh
. tools/patience.sh
need_lane tcg

# screen LAST-LINE QEMU-ARGUMENT...: until that ends the last two lines, a minute at most; $work/shown.
screen() {
	local last=$1
	shift
	rm -f "$work/text" "$work/at"
	{
		for _ in $(seq "$(stretched 240)"); do
			echo "o /b 0x3d4 12"; echo "i /b 0x3d5"; echo "o /b 0x3d4 13"; echo "i /b 0x3d5"
			echo "pmemsave 0xb8000 0x8000 \"$work/text\""
			sleep 0.25
			# shellcheck disable=SC2016 # perl's
			perl -0777 -e '
				open M, "<", "$ARGV[0]/out"; $_ = <M>;
				@at = /\[0x0*3d5\] = (0x\w+)/g or exit;
				$at = hex($at[-1 - @at % 2]) + 256 * hex($at[-2 - @at % 2]);
				open T, "<", "$ARGV[0]/text" or exit; $_ = <T>;
				s/(.)./$1/gs; tr/\0/ /;
				print map { s/ +$//r . "\n" } substr($_, $at, 2000) =~ /(.{80})/g;
			' "$work" >"$work/shown"
			grep -v '^$' "$work/shown" | tail -n 2 | tr "\n" " " | grep -q -- "$last" && break
		done
		echo quit
	} | timeout "$(stretched 80)" qemu-system-x86_64 -accel tcg -cpu max -m 64 -nodefaults -no-reboot -display none \
		-vga std -monitor stdio -kernel build/anole.elf "$@" >"$work/out" 2>&1
	cp "$work/shown" "$work/out"
	grep -v '^$' "$work/shown" | tail -n 2 | tr "\n" " " | grep -q -- "$last"
}
shows() { grep -q -- "$1" "$work/shown"; ok "... and $2" $?; }

screen "halted # verdict: passed $" -append "test=irq/*" -M pc,acpi=off
ok "the verdict is the last line of a screen" $?
shows "^ok 6 - irq/" "the lines before it"
# More than the window has rows, so that it was copied back to its start.
screen "# verdict: passed $" -append "patchlog test=irq/*" -M pc,acpi=off
ok "... behind a thousand lines" $?
shows "^# \([1-9][0-9]*\) of \1 self-tests ran" "the lines before it"
screen "# verdict: panic $" -append "test=broken/panic" -M pc,acpi=off
ok "a panic" $?
shows "^# rsi " "its registers"
screen "# verdict: panic $" -cpu qemu32
ok "a CPU without long mode" $?
shows "^# PANIC: this CPU lacks" "what it lacks"
screen "# verdict: refused $" -append "frobnicate console=vga" -M pc,acpi=off -serial null
ok "console=vga, where there is COM1 too" $?
echo "1..$test_nr"
