# SPDX-License-Identifier: MIT
# The Linux with KVM that lanes kvm and kvm-intel boot inside an emulator: a stock Debian kernel, and
# tools/vmm both as its init and as its VMM (tools/vmm/init.c). Sourced.
inner_cache=${CACHE:-build/cache/linux}
inner_vmm=${VMM:-build/tools/vmm}
# Its TSC does not need watching, and panic=-1 ends it.
inner_words="console=ttyS0,115200 quiet loglevel=0 nokaslr mitigations=off panic=-1 tsc=reliable no_timer_check random.trust_cpu=on ${KVM_APPEND-}"

# inner_files MODULE: what it is made of, beside the image.
inner_files() { echo "$inner_vmm" "$inner_cache"/{vmlinuz,irqbypass.ko,kvm.ko,"$1".ko}; }

# inner_initramfs FILE MODULE IMAGE OPTIONS WORDS [JOBS]: an initramfs that loads the module and runs the
# image with these options of vmm's and words of the guest's; or a guest for each line of JOBS, which is
# more options, a tab, more words. Needs $work.
inner_initramfs() {
	local root=$work/inner job
	mkdir "$root"
	cp "$inner_vmm" "$root/init"
	cp "$inner_cache"/{irqbypass,kvm,"$2"}.ko "$root"
	cp "$3" "$root/guest.elf"
	chmod 755 "$root/init"
	while IFS= read -r job; do
		[[ $job == *$'\t'* ]] || job+=$'\t'
		printf -- '%s %s /guest.elf\t%s %s\n' "$4" "${job%%$'\t'*}" "$5" "${job#*$'\t'}"
	done < <(cat "${6:-/dev/stdin}" <<<"") >"$root/jobs"
	(cd "$root" && find . | cpio --quiet -o -H newc) >"$1"
	rm -r "$root"
}
