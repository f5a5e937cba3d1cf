#!/bin/bash
# SPDX-License-Identifier: MIT
# Bounded runs of the tools that read images on damaged ones: a sentence and a status, never a crash, a
# word at an odd address or a hang. Each comes to images that it takes and to images that it does not.
. tests/boot/tap.sh
echo 1..14
image=build/anole.elf twin=build/twin/anole.elf
build/tools/whatif -i $image -t "$work/text" bare >"$work/log"
build/tools/whatif -i $twin -t "$work/twin" bare >"$work/log"

# damaged TOOL RUNS IMAGE ARGUMENTS: @ is the damaged image.
damaged() {
	local what="$2 images for $1 $4"
	FUZZ_IMAGE=$3 FUZZ_TOOL=$4 expect "${what//$work\//}" 0 "^fuzz: $2 images" build/tests/host/fuzz_image_"$1" \
		-runs="$2" -seed=1 -max_len=48 -len_control=0 -verbosity=0 -artifact_prefix=build/logs/fuzz-
	grep '^fuzz:' "$work/out" >"$work/fuzz"
	mv "$work/fuzz" "$work/out"
	awk '/images;/ { exit !($4 && $7 + $9) }' "$work/out"
	ok "... of which some were taken, and some not" $?
}
damaged mksymbols 1500 $image "--check @"
damaged mksymbols 60 build/first.elf "@"
damaged imgcheck 40 $image "tools/imgcheck/allow @"
damaged cscheck 60 $image "@"
damaged whatif 60 $image "-i @ bare"
damaged twincmp 6 $image "@ $work/text $twin $work/twin"
build/tests/host/mkcore $image "$work/core"
damaged coredump 400 "$work/core" "-i $image -t $work/text @"
