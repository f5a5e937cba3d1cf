#!/bin/bash
# SPDX-License-Identifier: MIT
# A bounded run of the fuzzer of the ways in, and that it came to all of them and to all ends.
. tests/boot/tap.sh
echo 1..4
expect "40,000 boots" 0 '^fuzz: 40000 inputs' build/tests/host/fuzz_boot -runs=40000 -seed=1 \
	-max_len=400 -timeout=5 -verbosity=0 -artifact_prefix=build/logs/fuzz-
grep '^fuzz:' "$work/out" >"$work/fuzz"
mv "$work/fuzz" "$work/out"
awk '/inputs:/ { for (i = 4; i < NF; i++) if ($i ~ /^[0-9]+$/ && $i < 4000) few = 1; seen++ } END { exit few || !seen }' "$work/out"
ok "each way in at least 4,000 times" $?
awk '/panics/ { for (i = 2; i < NF; i++) if ($i ~ /^[0-9]+$/ && $i < 200) few = 1; seen++ } END { exit few || !seen }' "$work/out"
ok "every end was met: panics, notes, joined maps, refused words, CPUs" $?
# Found by 3 million inputs: a Multiboot 2 map whose entries lie at odd addresses.
printf "\133\046\305\001\001" >"$work/input"
expect "a map at odd addresses" 0 "^fuzz: .* by Multiboot 2" build/tests/host/fuzz_boot -max_len=400 "$work/input"
