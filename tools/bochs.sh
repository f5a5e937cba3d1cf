# SPDX-License-Identifier: MIT
# Bochs, for the lanes that run in it. Sourced.
#
# BOCHS_RC: more for its configuration, several options between ";" (BOCHS_RC="pci: enabled=0").

bochs_needs() {
	need bochs bochs "the emulator"
	need /usr/share/bochs/BIOS-bochs-latest bochsbios "its BIOS"
	need /usr/share/vgabios/vgabios.bin vgabios "its BIOS wants a VGA"
}
bochs_models() { bochs --help cpu 2>&1 | grep '^[a-z][a-z0-9_]*$'; }

# in_bochs MODEL: the command, for a lane, that boots $iso. Its error lines go to $work/bochs.log, each
# behind how many tests had told their result.
in_bochs() {
	local go=() rc=${BOCHS_RC-}
	[ -z "$machine$extra" ] || usage "lane $lane runs in Bochs and not in QEMU: no -M, no -q"
	case $line in com1 | com2) ;; *) usage "Bochs has no $line for text to go to: -s com1 or com2" ;; esac
	may_halt=yes          # after its verdict
	# CPUID says that there are machine checks, but two of their registers are missing (SDM vol. 4:
	# IA32_MCG_CAP with no bank, IA32_MCG_STATUS).
	printf '%s 0 0 0 0 0 0 0\n' 179 17a >"$work/msrs"
	# The clock counts instructions: ips is how many are a second there, and what the TSC counts.
	cat >"$work/bochsrc" <<-END
		display_library: rfb, options="timeout=0"
		cpu: model=$1, count=$cpus, ips=50000000, reset_on_triple_fault=0, ignore_bad_msrs=${ignore_bad_msrs-0}, msrs=$work/msrs
		clock: sync=none
		memory: guest=$mem, host=$mem
		romimage: file=/usr/share/bochs/BIOS-bochs-latest, options=fastboot
		vgaromimage: file=/usr/share/vgabios/vgabios.bin
		ata0-master: type=cdrom, path=$iso, status=inserted
		boot: cdrom
		com1: enabled=$([ "$line" = com1 ] && echo "1, mode=file, dev=/dev/fd/3" || echo 0)
		com2: enabled=$([ "$line" = com2 ] && echo "1, mode=file, dev=/dev/fd/3" || echo 0)
		log: /dev/fd/3
		panic: action=fatal
		error: action=report
		info: action=ignore
		debug: action=ignore
		${rc//;/$'\n'}
	END
	# Where it was built with its debugger, that waits for an order. Bochs 3.0 starts it on demand, and without
	# it a run of the whole set with two CPUs stands still.
	printf 'c\nq\n' >"$work/orders"
	[ -z "$(bochs --help 2>&1 | grep -e '^ *-rc')" ] || go=(-rc "$work/orders")
	[ -z "$(bochs --help 2>&1 | grep -e '^ *-debugger')" ] || go+=(-debugger)
	command=(bash -c 'exec bochs -q -f "$0/bochsrc" "$@" 3> >(tools/bochs-console "$0") >"$0/bochs.out" 2>&1' "$work" "${go[@]}")
}
