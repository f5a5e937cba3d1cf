# SPDX-License-Identifier: MIT
# Domains that xl saves, restores and lets go on: tests/guest/suspend.c is their part. Scenarios as
# those of scenarios.sh.

# away NAME: saved and restored; it is another domain then, with the same name.
away() {
	xl save "$1" "/tmp/$1.save" >/dev/null 2>"/tmp/$1.err" || { sed 's/^/# xl save: /' "/tmp/$1.err"; return 1; }
	[ -z "$(state "$1")" ] || { echo "# after xl save there is $1 still"; return 1; }
	xl restore "/tmp/$1.save" >/dev/null 2>"/tmp/$1.err" || { sed 's/^/# xl restore: /' "/tmp/$1.err"; return 1; }
	rm "/tmp/$1.save"
}
# snapshot NAME: a checkpoint: saved, and it goes on as it is.
snapshot() {
	xl save -c "$1" "/tmp/$1.save" >/dev/null 2>"/tmp/$1.err" || { sed 's/^/# xl save -c: /' "/tmp/$1.err"; return 1; }
	rm "/tmp/$1.save"
}

# rounds N away|snapshot TEST [WORD=VALUE...]: so many of them; the domain's verdict is that of all.
rounds() {
	local n=$1 how=$2 test=$3 i id done=0
	shift 3
	begin a "$test rounds=$n" "$@"
	id=$(xl domid a)
	for i in $(seq "$n"); do
		case $test in */rounds) wait_for 20 says a "^# scenario: waits for round $i\$" || break ;; esac
		$how a || break
		done=$i
	done
	[ "$done" = "$n" ]
	sees "$how, $test, $*: $n rounds" [ "$done" = "$n" ]
	if [ "$how" = away ]; then
		sees "$how, $test, $*: it is another domain" [ "$(xl domid a)" != "$id" ]
	else
		sees "$how, $test, $*: it is the same domain" [ "$(xl domid a)" = "$id" ]
	fi
	wait_for 60 verdict_is a pass # a whole stress may be between
	sees "$how, $test, $*: the domain has passed" verdict_is a pass
	over a
}

# With words, as many rounds: make soak has ten.
job_save() {
	local n=${1-3}
	rounds "$n" away suspend/rounds vcpus=1
	rounds "$n" away suspend/stress vcpus=1
	rounds "$n" away suspend/stress vcpus=4
	rounds "$n" snapshot suspend/stress vcpus=4
}

# One is saved and restored while the other runs tests.
job_save_two() {
	local id
	begin a "suspend/rounds"
	id=$(xl domid a)
	waits='^ok [0-9]* - xenstore/many'
	begin b 'xenstore/*'
	waits='^# scenario: waits'
	away a
	sees "two at once: the one that was saved is another domain" [ "$(xl domid a)" != "$id" ]
	sees "two at once: the one that was saved has passed" verdict_is a pass
	sees "two at once: the other one has passed" verdict_is b pass
	over b
	over a
}
