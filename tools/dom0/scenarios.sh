# SPDX-License-Identifier: MIT
# What is done to domains from dom0, as somebody with xl does it, and what dom0 sees of it: each
# look is a line "# seen: WHAT" or "# not seen: WHAT", which tests/boot/xen-domu-scenarios.t reads.
# The domain's part is in tests/guest/scenario.c.

# sees WHAT COMMAND...: within so much time.
sees() {
	local what=$1
	shift
	if wait_for 120 "$@"; then echo "# seen: $what"; else echo "# not seen: $what"; xl list; fi
}
says() { grep -q -- "$2" "$(log "$1")" 2>/dev/null; } # NAME REGEX: on its console
is() { case $(state "$1") in *$2*) ;; *) return 1 ;; esac; } # NAME STATE: it has that letter
verdict_is() { [ "$(xs "$1" data/anole/verdict)" = "$2" ]; }
cpus_are() { [ "$(xl vcpu-list "$1" 2>/dev/null | awk 'NR > 1 && $5 !~ /p/ {n++} END {print n + 0}')" = "$2" ]; }

# begin NAME TEST [WORD=VALUE...]: a domain that runs that test, until it waits.
begin() {
	local name=$1
	words="test=$2"
	shift 2
	rm -f "$(log "$name")"
	config "$name" "$@"
	xl create -q "/$name.cfg" || echo "# not seen: $name is created"
	wait_for 120 says "$name" "$waits" || echo "# not seen: $name waits"
}
waits='^# scenario: waits'

# over NAME: its console, for who looks for a reason; and it goes.
over() {
	sed "s/^/# $1: /" "$(log "$1")"
	xl destroy "$1"
}

job_shutdown() {
	begin a scenario/wait
	xl shutdown a
	sees "xl shutdown: the console says so" says a '^# dom0 asks for poweroff'
	sees "xl shutdown: the domain has shut down" is a s
	sees "xl shutdown: its one test has not passed" verdict_is a "fail 1"
	sees "xl shutdown: control/shutdown was acknowledged" [ -z "$(xs a control/shutdown)" ]
	over a
	begin a scenario/wait
	xl reboot a
	sees "xl reboot: the console says so" says a '^# dom0 asks for reboot'
	sees "xl reboot: the domain has shut down" is a s
	over a
	begin a scenario/wait
	xenstore-write "/local/domain/$(xl domid a)/control/shutdown" nonsense
	sees "a request that is none: it says so" says a "'nonsense' is nothing that this kernel does"
	sees "a request that is none: the domain goes on" [ "$(state a)" != s ]
	over a
}

job_panic() {
	waits='^# PANIC'
	begin a broken/panic
	waits='^# scenario: waits'
	sees "a panic is a crash" is a c
	sees "a panic: its message is on the console" says a '^# PANIC: this test panics'
	sees "a panic: its backtrace is, to the end" says a 'startup_xen+0x'
	over a
}

job_cpus() {
	begin a scenario/cpus vcpus=4
	sees "4 CPUs are up" cpus_are a 4
	xl vcpu-set --ignore-host a 1
	sees "xl vcpu-set 1: three are gone" cpus_are a 1
	sees "xl vcpu-set 1: the domain has seen it" says a '^# scenario: one CPU'
	xl vcpu-set --ignore-host a 4
	sees "xl vcpu-set 4: the domain has passed" verdict_is a pass
	over a
	begin a scenario/cpus vcpus=1 maxvcpus=3
	sees "vcpus=1 maxvcpus=3: one is up" cpus_are a 1
	xl vcpu-set --ignore-host a 3
	sees "xl vcpu-set 3: the domain has passed" verdict_is a pass
	over a
}

job_trigger() {
	begin a scenario/nmi
	xl trigger a nmi
	sees "xl trigger nmi: the domain has passed" verdict_is a pass
	over a
	begin a scenario/pause
	xl pause a
	sees "xl pause: it is paused" is a p
	sleep 1
	xl unpause a
	sees "xl unpause: it goes on, and has passed" verdict_is a pass
	over a
}

# How many of 100 parts of its time NAME says that others had.
stolen() { sed -n "s,^# scenario: stolen \([0-9]*\) of 100,\1,p" "$(log "$1")" | tr -d "\r"; }

# Two that work all the time on one CPU: credit2 divides it by their weights.
job_weights() {
	xl sched-credit2 -d 0 -w 8192
	begin heavy scenario/spin cpu_weight=2048
	begin light scenario/spin cpu_weight=128
	sleep 3
	xl trigger light nmi
	sees "weights: the light one has passed" verdict_is light pass
	xl trigger heavy nmi
	sees "weights: the heavy one has passed" verdict_is heavy pass
	echo "# weights: stolen of the light one $(stolen light), of the heavy one $(stolen heavy), of 100"
	sees "weights: most of the light one was stolen" [ "$(stolen light)" -gt 60 ]
	sees "weights: and less of the heavy one" [ "$(stolen heavy)" -lt "$(stolen light)" ]
	xl sched-credit2 -d 0 -w 256
	over light
	over heavy
}

job_two() {
	begin a scenario/wait
	waits='^ok [0-9]* - xenstore/many'
	begin b 'xenstore/*'
	waits='^# scenario: waits'
	sees "two at once: the second has passed" verdict_is b pass
	xl shutdown a
	sees "two at once: the first goes on until it is asked to end" verdict_is a "fail 1"
	over b
	over a
}
