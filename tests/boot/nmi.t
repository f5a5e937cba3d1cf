#!/bin/bash
# SPDX-License-Identifier: MIT
# NMIs and machine checks from QEMU's monitor while the guest works. The next is sent a few
# milliseconds after the guest says that the last one came, since two at once are one; in the end
# both sides must have counted the same. They come between blocks of instructions, and between any
# two where QEMU translates one at a time.
. tests/boot/tap.sh
. tools/patience.sh
silence=$(stretched 45)
mkfifo "$work/never"
ln -s /dev/null "$work/mon.out" # the monitor's echo
exec 6<>"$work/never"
pause() { read -r -t "0.00$1" <&6; }

# Bank, status (an uncorrected error), and MCG_STATUS: MCIP, and RIPV when the CPU can go on.
mce="mce 0 9 0xbd000000000000c0 0x5 0 0"
fatal="mce 0 9 0xbd000000000000c0 0x4 0 0"

# outside WHAT STATUS REGEX LANE TEST N QEMUARGS COMMAND...: the commands in turn, until the guest
# says that it has enough: N, or more. For test=nested in bursts, of which some may become one.
outside() {
	local what="$5, lane $4${7:+, $7}: $1" status=$2 regex=$3 lane=$4 test=$5 n=$6 args=$7
	local cpus=${7#-smp } sent=0 nmis=0 mces=0 came_nmis=0 came_mces=0 burst=1 line got i
	shift 7
	case $cpus in [0-9]*) cpus=${cpus%% *} ;; *) cpus=1 ;; esac
	if [ "$args" = none ]; then
		skip "$what" "$(cat "$work/why")"
		return
	fi
	if ! lane_runs "$lane"; then
		skip "$what" "LANES leaves out lane $lane"
		return
	fi
	[ "$test" != nested ] || burst=4
	: >"$work/out"
	rm -f "$work/mon.in" && mkfifo "$work/mon.in" && exec 4<>"$work/mon.in" || exit 1
	exec 5< <(exec tools/vm -t 40 -q "$args -monitor pipe:$work/mon" -a "test=outside/$test rounds=$n" "$lane" 2>&1)
	while read -r -t "$silence" line <&5; do
		echo "$line" >>"$work/out"
		[[ $line =~ ^"# outside: "([0-9]+)" NMIs, "([0-9]+)" machine checks: "(more|enough) ]] || continue
		came_nmis=${BASH_REMATCH[1]} came_mces=${BASH_REMATCH[2]}
		[ "${BASH_REMATCH[3]}" = more ] || continue
		# One that a CPU has not handled yet must not meet the next.
		[ $cpus = 1 ] || [ $mces = "$came_mces" ] || continue
		for ((i = 0; i < burst; i++)); do
			pause $((RANDOM % 10))
			line=${*:sent++ % $# + 1:1}
			case $line in nmi) : $((nmis++)) ;; *) : $((mces += cpus)) ;; esac
			echo "$line" >&4
		done
	done
	wait $!
	got=$?
	exec 5<&-
	echo "# sent $nmis NMIs and $mces machine checks; $came_nmis and $came_mces came, status $got"
	grep '^# outside: .* enough' "$work/out"
	[ $got = "$status" ] && grep -q -- "$regex" "$work/out" &&
		case $test in
		nested) [ "$nmis" -ge "$came_nmis" ] ;;
		*) [ "$status" != 0 ] ||
			[ "$nmis $mces" = "$came_nmis $came_mces" ] && [ $((sent * cpus)) -ge "$n" ] ;;
		esac
	ok "$what" $?
}

echo 1..15
any=$(tools/qemu-can one-insn-per-tb 2>"$work/why") || any=none
# text_poke_any() is where what is no pv call is written, or put back.
patcher="the last in \(alt_apply_table\|apply\|restore_alternatives\|text_poke_any\)+"
user="enough; [1-9][0-9]* in user mode"
halt="the last in \(default_idle_halted\|xen_safe_halt\)"
for args in "" "$any"; do
	outside "both, text comes out whole" 0 "$patcher" tcg patching 30 "$args" nmi "$mce"
	outside "both, no wake-up is lost" 0 "$halt" tcg idle 30 "$args" nmi "$mce"
	outside "nested three deep" 0 "nested 3 deep" tcg nested 20 "$args" nmi
done
outside "both, registers are kept" 0 "$user" tcg user 30 "" nmi "$mce"
outside "also with the user's GS" 0 "$user, [1-9][0-9]* more with" tcg swapgs 30 "$any" nmi "$mce"
outside "a machine check that it can't go on from" 4 "^# PANIC: machine check (MCG_STATUS 4)" \
	tcg idle 1 "" "$fatal"
# To all CPUs at a time, as QEMU tells CPUs that can have it so; of each, what its bank says is told.
outside "on four CPUs at a time" 0 "$halt" tcg idle 120 "-smp 4 -cpu Nehalem" "mce -b 0 9 0xbd000000000000c0 0x5 0 0"
told=$(grep -c '^# machine check: CPU [0-3], bank [19] says' "$work/out")
came=$(sed -n 's/^# outside: [0-9]* NMIs, \([0-9]*\) machine checks: enough.*/\1/p' "$work/out")
[ "$told" = "$came" ]
ok "... and none is lost: $told are told" $?
outside "text comes out whole" 0 "$patcher" xen-dom0 patching 30 "" nmi
outside "registers are kept" 0 "$user" xen-dom0 user 30 "" nmi
outside "no wake-up is lost" 0 "$halt" xen-dom0 idle 30 "" nmi
outside "nested three deep" 0 "nested 3 deep" xen-dom0 nested 20 "" nmi
