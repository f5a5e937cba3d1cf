# SPDX-License-Identifier: MIT
# Debian's Xen under QEMU, the image as its PV dom0.
. tools/lanes/tcg.sh
lane_title="Debian's Xen under QEMU, Anole as its PV dom0"
banner="Xen PV, way in Xen PV"

lane_needs() {
	need qemu-system-x86_64 qemu-system-x86 "to run the image"
	need gzip gzip "to unpack the hypervisor"
	part xen "the hypervisor, from Debian's package"
}

lane_command() {
	[ "$line" = com1 ] || usage "the console of lane $lane is Xen's, on COM1: no -s"
	# A comma separates modules in -initrd, and is doubled to stand for itself. XEN_MODULE=file:
	# one for dom0.
	# XEN_APPEND="dom0_max_vcpus=n": other than the CPUs, also more. In Xen 4.17's credit2 an idle
	# CPU leaves another's virtual CPU waiting that has the least credit: IDLE_CREDIT lies only
	# 1 below it, and MIGRATE_RESIST on top. Without that, nobody waits for ever.
	qemu "${cpu:-max,-smap}" -m $((mem + 192)) -kernel build/cache/xen/xen.elf \
		-initrd "${image//,/,,} ${append//,/,,}${XEN_MODULE:+,${XEN_MODULE//,/,,}}" \
		-append "com1=115200,8n1 console=com1 dom0_mem=${mem}M,max:${mem}M bootscrub=0 sched_credit2_migrate_resist=0 ${XEN_APPEND-}"
}
