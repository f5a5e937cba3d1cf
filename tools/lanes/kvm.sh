# SPDX-License-Identifier: MIT
# The host's KVM when it does all that a kernel needs, else a Linux with KVM inside QEMU.
. tools/lanes/tcg.sh
lane_title="the host's /dev/kvm where a probe finds it whole; else a stock Debian kernel with kvm-amd inside QEMU, and a small VMM (\`tools/vmm\`)"
banner="KVM, way in PVH"
models= builds=build/tools/vmm
takes_jobs=yes

lane_needs() {
	purpose build
	need qemu-system-x86_64 qemu-system-x86 "to run the image"
	need cpio cpio "to pack the inner Linux's initramfs"
	need xz xz-utils "to unpack the inner Linux's modules"
	part linux "the inner Linux with KVM, from Debian's package"
}

# For the host's KVM, what init.c does in the inner Linux.
run_jobs='n=0 image=$1 append=$2; shift 2
	while IFS= read -r job; do
		[[ $job == *"	"* ]] || job="$job	"
		n=$((n + 1)); echo "# this host: guest $n"
		build/tools/vmm "$@" ${job%%	*} -a "$append ${job#*	}" "$image" </dev/null
		echo "# this host: guest $n ended with code $?"
	done <"$0"'

lane_command() {
	local vmm=(-m "$mem" -c "$cpus" -t "$limit" -a "$append") inner="KVM_APPEND is for the inner Linux"
	[ -e /dev/kvm ] || inner="there is none"
	if [ -z "${KVM_APPEND-}" ] && [ -e /dev/kvm ] && inner=$(build/tools/vmm --probe); then
		echo "# kvm: the host's /dev/kvm, which is $inner"
		# shellcheck disable=SC2206 # a list of words
		vmm+=(${VMM_OPTIONS-})
		command=(build/tools/vmm "${vmm[@]}" "$image")
		[ -z "$jobs" ] || command=(bash -c "$run_jobs" "$jobs" "$image" "$append" "${vmm[@]}")
	else
		echo "# kvm: a Debian Linux with KVM inside QEMU's TCG, since of the host's /dev/kvm: $inner"
		command=(env QEMU_EXTRA="$extra" tools/kvm-in-tcg "${vmm[@]}" -o "${VMM_OPTIONS-}"
			${jobs:+-j "$jobs"} "$image")
		limit=$((limit + 90)) # its own limits come first
	fi
	[ -z "$jobs" ] || within= limit=$((limit * $(wc -l <"$jobs"))) # vmm has said it
}
