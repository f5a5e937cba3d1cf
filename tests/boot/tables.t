#!/bin/bash
# SPDX-License-Identifier: MIT
# A hundred odd sets of boot structures, made by the generator that the fuzzer uses too
# (tests/boot/stub/odd.c), through the stub loader: each boot ends in a verdict or a sentence.
#
#   tests/boot/tables.t [FIRST [LAST]]   these seeds, 1 to 100 otherwise
#
# Memory that is called usable is there, so the allocator's tests pass whatever else is odd. What
# may fail is that the image lies in usable memory: a table may say that it does not.
. tests/boot/tap.sh
need_lane stub
first=${1-1} last=${2-100}
echo "1..$((last - first + 3))"
passed=0 refused=0 panicked=0
for seed in $(seq "$first" "$last"); do
	set -- $(build/odd "$seed" "$work/odd")
	status=0
	STUB="way=${1%,}" tools/vm -t 30 -c 2 -q "-device loader,file=$work/odd,addr=0x1400000,force-raw=on" \
		stub >"$work/out" 2>&1 </dev/null || status=$?
	case $status in
	0) passed=$((passed + 1)) good=0 ;;
	1) grep -a '^not ok' "$work/out" | grep -qv ' boot/memory_map_holds_the_image$'
		good=$((!$?)) ;;
	2) grep -q '^# command line: .* ' "$work/out"; good=$? refused=$((refused + 1)) ;;
	4) grep -q '^# PANIC: .* .* ' "$work/out"; good=$? panicked=$((panicked + 1)) ;;
	*) good=1 ;;
	esac
	[ $good = 0 ] || echo "# status $status; again: tests/boot/tables.t $seed $seed"
	ok "seed $seed: $*" $good
done
echo "# $passed passed, $refused refused a command line, $panicked panicked with a sentence"
: >"$work/out"
[ $((last - first)) -lt 99 ] || [ $passed -ge 40 ]
ok "many of them boot" $?
[ $((last - first)) -lt 99 ] || { [ $refused -ge 5 ] && [ $panicked -ge 2 ]; }
ok "and some do not" $?
