#!/bin/bash
# SPDX-License-Identifier: MIT
# Every site as the compiler left it: the same self-tests pass, on every platform.
. tests/boot/tap.sh
echo 1..5
all="all [0-9]* tests passed"
for lane in tcg kvm xen-dom0; do
	expect "nopatch in lane $lane" 0 "$all" tools/vm -a nopatch $lane
done
expect "nopatch patches what is required, and names it" 0 '^# nopatch: patch_required has no original' \
	tools/vm -a "nopatch test=none" tcg
expect "nopatch leaves the rest: no native form, no direct call" 0 \
	'^# pv_cpu  *0  *0  *0  *0  *0  *[1-9]' tools/vm -a "nopatch test=none" tcg
