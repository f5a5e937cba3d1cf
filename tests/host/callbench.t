#!/bin/bash
# SPDX-License-Identifier: MIT
# The cycle counter of call-site forms runs, prints every form with numbers, and refuses what it
# does not know. How quick a form is, is no matter of a test.
. tests/boot/tap.sh
echo 1..9
tool=build/tools/callbench
tsv=$work/callbench.tsv
expect "one round" 0 '^clc/inline  *free ' $tool -n 1 -o "$tsv"
cp "$work/out" "$work/table"

# From the source: three words of F(op, name, ...), and SITES twice.
sed -n 's/\t*SITES(F, \([a-z]*\), [0-9]).*/\1/p' tools/callbench.c >"$work/ops"
{
	echo empty
	sed -n '/^#define SITES(/,/^#define FORMS(/p' tools/callbench.c | grep -o 'F(op, [a-z0-9_]*' |
		while read -r _ name; do sed "s|\$|/$name|" "$work/ops"; done
	sed -n '/^#define FORMS(/,/^$/p' tools/callbench.c | grep -o '\bF([a-z]*, [a-z0-9_]*' |
		sed 's/F(\(.*\), /\1\//'
} | sort -u >"$work/forms"
for table in "$work/table" "$tsv"; do
	awk 'NR > 1 { print $1 }' "$table" | sort -u | diff "$work/forms" - >"$work/out" &&
		[ "$(wc -l <"$work/forms")" -gt 30 ]
	ok "${table##*/} has every form of the source" $?
done
awk -F '\t' 'NR > 1 && NF == 7 { seen[$1] = seen[$1] " " $2 }
	END { for (f in seen) if (f != "empty" && seen[f] !~ / c callee-save cold warm$/) print f, seen[f] }' \
	"$tsv" >"$work/out"
ok "each form in each convention" "$(wc -l <"$work/out")"
awk -F '\t' 'NR > 1 { for (i = 3; i <= 6; i++)
	if ($i !~ /^[0-9]+\.[0-9]+$/ && !(i == 6 && $i == "-" && $2 ~ /cold|warm/)) print }' "$tsv" >"$work/out"
ok "numbers are finite" "$(wc -l <"$work/out")"
expect "an unknown option" 2 'no such option, or no value for it: -x' $tool -x
expect "a word too many" 2 'takes -n ROUNDS and -o FILE, not frobnicate' $tool frobnicate
expect "no number of rounds" 2 'takes a number from 1 to 10000, not 0' $tool -n 0
expect "a file that cannot be written" 1 'cannot open for writing /nosuch/file' $tool -n 1 -o /nosuch/file
