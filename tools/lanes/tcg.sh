# SPDX-License-Identifier: MIT
# QEMU's software CPU, entered by -kernel. The lanes that are such a machine with another loader
# source this file.
lane_title="QEMU's software CPU, \`-kernel\`"
banner="bare machine, way in PVH"
models=qemu_models

lane_needs() {
	need qemu-system-x86_64 qemu-system-x86 "to run the image"
}

lane_command() {
	qemu "${cpu:-max}" -m "$mem" "${qboot[@]}" -kernel "$image" -append "$append"
}
