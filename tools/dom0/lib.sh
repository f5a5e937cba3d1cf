# SPDX-License-Identifier: MIT
# What scenarios are made of. A domain is known by its name; its console is /var/log/xen/console's
# file, and all waits have a limit. Codes are those of include/platform.h.
logs=/var/log/xen/console
log() { echo "$logs/guest-$1.log"; }
domains() { xl list | awk 'NR > 1 && $2 != 0 {print $1}'; }
now() { cut -d. -f1 /proc/uptime; }

# config NAME [WORD=VALUE...]: /NAME.cfg: anole.cfg, as a user has it, with other values for what is here.
config() {
	local name=$1 word
	shift
	{
		cat /anole.cfg
		echo "name=\"$name\""
		echo 'kernel="/anole.elf"'
		echo "memory=$memory"
		echo "vcpus=$vcpus"
		echo "cmdline=\"$append $words\""
		# What came of it is looked at before it goes.
		for word in on_poweroff on_reboot on_crash; do echo "$word=\"preserve\""; done
		for word; do echo "$word"; done
	} | awk -F "[ =]" '!/^(#|$)/ {value[$1] = $0} END {for (w in value) print value[w]}' >"/$name.cfg"
}

# wait_for SECONDS COMMAND...: again and again, until it succeeds. 1: it did not.
wait_for() {
	local end=$(($(now) + $1))
	shift
	until "$@"; do
		[ "$(now)" -lt $end ] || return 1
		sleep 0.05
	done
}

# xs NAME PATH: what xenstore has under the domain's path.
xs() { xenstore-read "/local/domain/$(xl domid "$1" 2>/dev/null)/$2" 2>/dev/null; }
# state NAME: xl list's letters without the dashes; "-" where there are none, of a domain that is ready to
# run and does not; nothing where there is no such domain.
state() { xl list "$1" 2>/dev/null | awk 'NR > 1 {gsub("-", "", $5); print $5 == "" ? "-" : $5}'; }
# Under the emulated CPU a program of dom0 dies now and then: xl is asked three times.
ended() {
	local try
	for try in 1 2 3; do
		case $(state "$1") in *[sc]*) return 0 ;; ?*) return 1 ;; esac
	done
}

# The console as it comes: what is new since the last time.
shown=0
show() { # NAME
	local size
	size=$(stat -c %s "$(log "$1")" 2>/dev/null) || return 0
	[ "$size" -gt $shown ] || return 0
	# Whole or not at all: see ended().
	tail -c +$((shown + 1)) "$(log "$1")" | head -c $((size - shown)) >/tmp/new
	[ "$(stat -c %s /tmp/new)" = $((size - shown)) ] && cat /tmp/new && shown=$size
}

# One guest to its end: the plain lane.
job_run() {
	local end id asks=0
	config g "$@"
	rm -f "$(log g)"
	shown=0
	xl create -q /g.cfg || { echo "# dom0: xl create failed"; return; }
	id=$(xl domid g)
	end=$(($(now) + limit))
	# xenstore is quicker to ask than xl.
	until xenstore-exists "/local/domain/$id/data/anole/verdict" || { asks=$(( (asks + 1) % 20 )); [ $asks = 0 ] && ended g; }; do
		show g
		[ "$(now)" -lt $end ] || break
		sleep 0.05
	done
	wait_for 30 ended g || { show g; code=62; return; } # 125 is none of the guest's
	wait_for 30 grep -q '^# verdict: ' "$(log g)" # xenconsoled may not have written all yet
	show g
	case $(state g) in
	*c*) code=18 ;;
	*) case $(xs g data/anole/verdict) in pass) code=16 ;; fail*) code=17 ;; usage) code=19 ;; esac ;;
	esac
}

