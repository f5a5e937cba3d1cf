#!/bin/bash
# SPDX-License-Identifier: MIT
# The stress on a machine whose time is counted in instructions (2^shift ns each): threads change at
# other places with each seed, and at the same ones again with the same. `make soak` has more.
. tests/boot/tap.sh
echo 1..12
for seed in {1..12}; do
	cpus=$((seed > 8 ? 2 : 1))
	counted=$(tools/qemu-can icount "shift=$((3 + seed % 6)),sleep=off") || exit
	expect "$cpus CPU, seed $seed" 0 "ok 1 - stress/all_at_once" \
		tools/vm -c $cpus -q "$counted" -a "test=stress/* seed=$seed" tcg
done
