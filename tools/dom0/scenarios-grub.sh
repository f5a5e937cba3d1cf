# SPDX-License-Identifier: MIT
# GRUB as the domain's kernel, with Anole and grub.cfg in it: tests/boot/xen-domu-scenarios.t made it.
job_grub() {
	rm -f "$(log a)"
	config a 'kernel="/grub.img"' memory=64
	xl create -q /a.cfg
	sees "GRUB in the domain: it reads its grub.cfg" says a "GRUB boots Anole"
	sees "GRUB in the domain: it boots Anole" says a '# Anole on Xen PV, way in Xen PV'
	sees "GRUB in the domain: with the words of grub.cfg" says a '^1\..3$'
	sees "GRUB in the domain: its verdict" verdict_is a pass
	over a
}
