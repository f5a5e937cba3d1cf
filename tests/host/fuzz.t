#!/bin/bash
# SPDX-License-Identifier: MIT
# A bounded run of the planner's fuzzer, and that it came to every refusal and every kind of site.
. tests/boot/tap.sh
echo 1..3
expect "200,000 tables" 0 '^fuzz: 200000 tables' build/tests/host/fuzz_plan -runs=200000 -seed=1 \
	-max_len=400 -timeout=5 -verbosity=0 -artifact_prefix=build/logs/fuzz-
grep '^fuzz:' "$work/out" >"$work/fuzz"
mv "$work/fuzz" "$work/out"
awk '$3 == "tables," { half = 2 * $4 > $2 } END { exit !half }' "$work/out"
ok "at least half are accepted" $?
[ "$(grep -c 'refused: ' "$work/out")" = 13 ] && ! grep -q ' 0 ' "$work/out"
ok "every refusal and every kind of site was met" $?
