# SPDX-License-Identifier: MIT
# For test scripts that judge runs from outside: one TAP line a run, of its exit status and of
# what it said. Sourced; the caller prints the plan.
test_nr=0
mkdir -p build/logs
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# ONLY=REGEX: just what has a name like it; the rest is skipped.
wanted() { [ -z "${ONLY-}" ] || [[ $1 =~ $ONLY ]]; }

# ok WHAT STATUS: a TAP line; a failure shows the run's output.
ok() {
	wanted "$1" || { skip "$1" "ONLY=$ONLY"; return; }
	test_nr=$((test_nr + 1))
	if [ "$2" = 0 ]; then
		echo "ok $test_nr - $1"
	else
		echo "not ok $test_nr - $1"
		# say-why shows 60 lines; why a run failed stands there, or at its end.
		{ grep -a -A 3 '^not ok\|^# PANIC' "$work/out" | head -n 20; tail -n 35 "$work/out"; } | sed 's/^/#   /'
	fi
}

# lane_runs WORD: it is no lane that LANES leaves out.
lane_runs() {
	case $1 in '' | *[!a-z0-9-]*) return 0 ;; esac
	[ -e "tools/lanes/$1.sh" ] || return 0
	case " ${LANES-$1} " in *" $1 "*) ;; *) return 1 ;; esac
}

# need_lane LANE: ends a script that is about that lane alone; what did not run is not "ok".
need_lane() {
	lane_runs "$1" && return
	echo "1..0 # SKIP LANES leaves out lane $1"
	exit
}

# expect WHAT STATUS REGEX COMMAND...: the command's status, and a line of its output ("" = any).
expect() {
	local what=$1 status=$2 regex=$3 got=0
	shift 3
	wanted "$what" || { skip "$what" "ONLY=$ONLY"; return; }
	# tools/test names in LANES the lanes that are to run; a lane is the command's last word.
	if ! lane_runs "${*: -1}"; then
		skip "$what" "LANES leaves out lane ${*: -1}"
		return
	fi
	"$@" >"$work/out" 2>&1 </dev/null || got=$?
	[ "$got" = "$status" ] && { [ -z "$regex" ] || grep -q -- "$regex" "$work/out"; }
	local verdict=$?
	[ $verdict = 0 ] || echo "# status $got, expected $status, and a line like: $regex"
	ok "$what" $verdict
}

skip() {
	test_nr=$((test_nr + 1))
	echo "ok $test_nr - $1 # SKIP $2"
}

# looks LOG: a TAP line for each look of dom0's in it (tools/dom0/scenarios.sh).
looks() {
	local line
	while IFS= read -r line; do
		case $line in
		"# seen: "*) : >"$work/out"; ok "${line#*: }" 0 ;;
		"# not seen: "*) cut -c 1-200 "$1" | tail -n 60 >"$work/out"; ok "${line#*: }" 1 ;;
		esac
	done < <(tr -d '\r' <"$1")
}
