#!/bin/bash
# SPDX-License-Identifier: MIT
# What xl does to domains, as dom0 sees it: tools/dom0/scenarios*.sh. A test for each look.
. tests/boot/tap.sh
need_lane xen-domu
echo 1..50
log=build/logs/xen-domu-scenarios
printf '%s\n' shutdown panic cpus trigger two grants save save_two >"$work/jobs"
tools/vm -m 32 -l $log -j "$work/jobs" xen-domu >"$work/out" 2>&1
while IFS= read -r line; do
	case $line in
	"# seen: "*) : >"$work/out"; ok "${line#*: }" 0 ;;
	"# not seen: "*) cut -c 1-200 $log | tail -n 60 >"$work/out"; ok "${line#*: }" 1 ;;
	esac
done < <(tr -d '\r' <$log)
