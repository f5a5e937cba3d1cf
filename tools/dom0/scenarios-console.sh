# SPDX-License-Identifier: MIT
# A domain's console, both ways: tests/guest/scenario_console.c. xenconsoled is stopped meanwhile, and
# what should take the ring's bytes out does not.

daemon() { kill "-$2" "$(pidof "$1")"; }				    # NAME SIGNAL
waits_for_console() { is "$1" b && ! is "$1" c && ! is "$1" s; }	    # NAME
in_order() { # NAME: all lines of the flood, each once
	grep '^# flood ' "$(log "$1")" | awk '$3 != NR || length($0) < 80 {bad = 1} END {exit bad || NR != 200}'
}
last_is() { [ "$(tail -n 1 "$(log "$1")" | tr -d '\r')" = "$2" ]; } # NAME LINE

job_console() {
	local tty long
	begin a scenario/console
	tty=$(xenstore-read "/local/domain/$(xl domid a)/console/tty")
	echo "hello from dom0" >"$tty"
	sees "console: what is typed is read" says a '^# scenario: typed: hello from dom0'
	# More than the ring of 1024 bytes holds, many lines after another.
	for long in $(seq 1 40); do echo "line $long $(printf %060d "$long")"; done >"$tty"
	sees "console: a lot that is typed is read, to the end" says a "^# scenario: typed: line 40 0*40"
	sees "console: ... all of it" [ "$(grep -c '^# scenario: typed: line [0-9]* 0*[0-9]*' "$(log a)")" = 40 ]

	daemon xenconsoled STOP
	tell a do flood
	sees "console full: the domain waits" eval 'waits_for_console a && ! has a do'
	sees "console full: it still does" waits_for_console a
	daemon xenconsoled CONT
	sees "console full: it goes on" says a '^# scenario: flooded'
	sees "console full: nothing is lost" in_order a

	# Neither can it write its verdict: that is told, and then comes the last line.
	daemon xenstored STOP
	echo end >"$tty"
	sees "no xenstored: the console says so" says a "^# data/anole/verdict can't be written: EIO"
	sees "no xenstored: the verdict is the last line" last_is a '# verdict: passed'
	daemon xenstored CONT
	over a

	begin a scenario/console
	daemon xenconsoled STOP
	tell a do panic
	sees "a panic: xenstore has it" verdict_is a panic
	sees "a panic: it is no crash before its console is read" waits_for_console a
	daemon xenconsoled CONT
	sees "a panic: then it is a crash" is a c
	sees "a panic: the console has it to the last line" last_is a '# verdict: panic'
	over a
}
