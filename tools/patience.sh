# SPDX-License-Identifier: MIT
# Time limits that are the same on a busy host: a second in which five programs want two CPUs is two
# fifths of one. A machine that hangs is ended all the same, later. Sourced.
cpus_here=$(nproc)
exec {nobody}<> <(:) # never says anything: read's limit is a sleep without a process

# passes: about a fifth of a second, whose part that a program could have run is added to $had (ms).
had=0
passes() {
	local wanting
	read -r -t 0.2 -u "$nobody" || :
	read -r _ _ _ wanting _ </proc/loadavg
	wanting=${wanting%/*}
	((wanting <= 16 * cpus_here)) || wanting=$((16 * cpus_here))
	had=$((had + 200 * cpus_here / (wanting > cpus_here ? wanting : cpus_here)))
}

# patient SECONDS PID: 0 when the process has ended, 1 when it has had so many seconds.
patient() {
	had=0
	while kill -0 "$2" 2>/dev/null; do
		[ $had -lt $(($1 * 1000)) ] || return 1
		passes
	done
}

# out_of_patience SECONDS PIDFILE MARK: ends that process when it has had its time, and leaves MARK. In
# the background, and quiet.
out_of_patience() {
	local pid
	until pid=$(cat "$2") && [ -n "$pid" ]; do passes; [ $had -lt 10000 ] || return; done
	if patient "$1" "$pid"; then return; fi
	: >"$3"
	kill "$pid"
	patient 5 "$pid" || kill -KILL "$pid"
} >/dev/null 2>&1

# stretched SECONDS: for a limit that is kept inside an emulated machine, where the host's other
# programs are not seen: what the seconds may become, as busy as the host has been.
stretched() { awk -v s="$1" -v n="$cpus_here" '{f = $1 / n; print int(s * (f < 1 ? 1 : f > 16 ? 16 : f) + 0.5)}' /proc/loadavg; }
