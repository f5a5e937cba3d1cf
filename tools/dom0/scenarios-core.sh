# SPDX-License-Identifier: MIT
# Cores of domains, for the host to look at: tests/boot/xen-domu-core.t.

# cores: of a domain that was saved and restored and runs, and of one that panics and is away then.
job_cores() {
	mkdir -p /cores /var/lib/xen/dump
	begin a scenario/wait memory=16
	sees "a core of a domain that is restored: it is" away a
	time xl dump-core a /cores/live >/tmp/log 2>&1 || cat /tmp/log
	sees "xl dump-core: there is a core" [ -s /cores/live ]
	sees "xl dump-core: the domain goes on" eval '[ "$(state a)" != "" ] && ! is a s'
	over a

	waits='^# PANIC'
	begin a broken/panic memory=16 vcpus=2 'on_crash="coredump-destroy"'
	waits='^# scenario: waits'
	sees "on_crash=coredump-destroy: the domain is gone" eval '! xl domid a >/dev/null 2>&1'
	sees "on_crash=coredump-destroy: its core is in /var/lib/xen/dump" eval '[ -s /var/lib/xen/dump/*a* ]'
	sed "s/^/# a: /" "$(log a)"
	mv /var/lib/xen/dump/* /cores/panic
	sees "the cores are sent to the host" eval 'tar -c -C /cores live panic | tohost'
}
