# SPDX-License-Identifier: MIT
# For test scripts that judge runs from outside: one TAP line a run, of its exit status and of
# what it said. Sourced; the caller prints the plan.
test_nr=0
mkdir -p build/logs
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# ok WHAT STATUS: a TAP line; a failure shows the run's output.
ok() {
	test_nr=$((test_nr + 1))
	if [ "$2" = 0 ]; then
		echo "ok $test_nr - $1"
	else
		echo "not ok $test_nr - $1"
		sed 's/^/#   /' "$work/out"
	fi
}

# expect WHAT STATUS REGEX COMMAND...: the command's status, and a line of its output ("" = any).
expect() {
	local what=$1 status=$2 regex=$3 got=0
	shift 3
	# tools/test names in LANES the lanes that are complete; a lane is the command's last word.
	case ${*: -1} in grub | grub2 | uefi | kvm | xen-dom0)
		case " ${LANES-${*: -1}} " in *" ${*: -1} "*) ;; *)
			skip "$what" "lane ${*: -1} is left out"
			return ;;
		esac ;;
	esac
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
