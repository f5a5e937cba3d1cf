#!/bin/bash
# SPDX-License-Identifier: MIT
# KVM's features, on and off, with more CPUs than the host has: the whole set with everything on
# and with everything off, and for each word its feature alone off; then a host without a stable TSC.
. tests/boot/tap.sh
need_lane kvm
# word or option of vmm, and the features that are off by it
cases=(
	"no-kvmclock clocksource2 clocksource-stable"
	"no-steal-acc steal-time pv-tlb-flush pv-sched-yield"
	"no-kvmapf async-pf async-pf-int"
	"no-kvm-pveoi pv-eoi"
	"no-kvm-pvipi pv-send-ipi"
	"no-kvm-pvtlb pv-tlb-flush"
	"no-kvm-yield pv-sched-yield"
	"no-kvm-poll poll-control"
	"nopvspin pv-unhalt"
	"--hint=realtime pv-unhalt pv-tlb-flush pv-sched-yield"
)
echo 1..$((5 + ${#cases[@]}))
log=build/logs/kvm-features
rm -f $log*
{
	printf '%s\t%s\n' "-c 2" "" "-c 4" "" "-c 2 --off clocksource-stable" "test=kvm/*"
	words=$(printf '%s\n' "${cases[@]%% *}" | grep -v '^--' | tr '\n' ' ')
	printf '%s\t%s\n' "-c 2" "$words"
	for c in "${cases[@]}"; do
		case $c in
		--*) printf '%s\t%s\n' "-c 2 ${c%% *}" "test=kvm/*" ;;
		*) printf '%s\t%s\n' "-c 2" "test=kvm/* ${c%% *}" ;;
		esac
	done
} >"$work/jobs"
tools/vm -t 120 -l $log -j "$work/jobs" kvm >"$work/all" 2>&1

# verdict NR [FEATURE...]: guest NR passed, and of what KVM offers it left these and no others.
verdict() {
	local nr=$1 off
	shift
	grep -E "^(not )?ok $nr - " "$work/all" >"$work/out"
	grep -hE -A1 '^not ok|PANIC|^# kvm: ' "$log.$nr" >>"$work/out" 2>/dev/null
	off=$(sed -n 's/^# KVM at .* hints [0-9a-f]*://p' "$log.$nr" | grep -o '[a-z0-9-]* (off)' |
		sed 's/ (off)//' | sort | tr '\n' ' ')
	[ "$off" = "$(printf '%s\n' "$@" | sort | sed '/^$/d' | tr '\n' ' ')" ] ||
		echo "off are: $off, expected: $*" >>"$work/out"
	grep -q "^ok $nr - " "$work/out" && ! grep -q '^off are' "$work/out"
}
verdict 1
ok "2 CPUs, all tests" $?
verdict 2
ok "4 CPUs, all tests" $?
verdict 3
ok "a clock of which KVM does not say whether it is stable" $?
verdict 4 async-pf async-pf-int clocksource-stable clocksource2 poll-control pv-eoi pv-sched-yield \
	pv-send-ipi pv-tlb-flush pv-unhalt steal-time
ok "all tests with everything off" $?
nr=4
for c in "${cases[@]}"; do
	nr=$((nr + 1))
	read -ra off <<<"${c#* }"
	verdict $nr "${off[@]}"
	ok "${c%% *}" $?
done
KVM_APPEND=tsc=unstable expect "a host whose TSC is not stable" 0 '^# kvmclock: .*, not stable' \
	tools/vm -c 2 -a "test=kvm/*" kvm
