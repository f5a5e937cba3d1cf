#!/bin/bash
# SPDX-License-Identifier: MIT
# All self-tests in lane xen-domu, a domain after another under one dom0: few and many virtual CPUs,
# little and much memory, unpatched.
. tests/boot/tap.sh
need_lane xen-domu
printf '%s\t%s\n' "run vcpus=1 memory=32" "" "run vcpus=4 memory=64" "" \
	"run vcpus=2 memory=16" nopatch "run vcpus=1 memory=512" "test=mm/*" >"$work/jobs"
tools/vm -t 200 -l build/logs/xen-domu -j "$work/jobs" xen-domu
