#!/bin/bash
# SPDX-License-Identifier: MIT
# The stress on a machine whose time is counted in instructions (2^shift ns each): threads change at
# other places with each seed, and at the same ones again with the same. `make soak` has more.
. tests/boot/tap.sh
echo 1..12
for seed in 1 2 3 4 5 6 7 8; do
	expect "1 CPU, seed $seed" 0 "ok 1 - stress/all_at_once" \
		tools/vm -q "-icount shift=$((3 + seed % 6)),sleep=off" -a "test=stress/* seed=$seed" tcg
done
for seed in 9 10 11 12; do
	expect "2 CPUs, seed $seed" 0 "ok 1 - stress/all_at_once" \
		tools/vm -c 2 -q "-icount shift=$((3 + seed % 6)),sleep=off" -a "test=stress/* seed=$seed" tcg
done
