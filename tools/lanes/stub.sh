# SPDX-License-Identifier: MIT
# QEMU's software CPU, where a loader of ours (tests/boot/stub/stub.c) enters the image. STUB holds
# its words: the way in, what it leaves in the CPU, what it says of memory.
. tools/lanes/tcg.sh
lane_title="the same, a loader of ours, as odd as \`STUB\` says"
least_mem=32 builds=build/stub.elf
case ${STUB-} in
*way=mb2*) banner="bare machine, way in Multiboot 2" ;;
*way=pvh*) banner="bare machine, way in PVH" ;;
*) banner="bare machine, way in Multiboot 1" ;;
esac

lane_needs() {
	need qemu-system-x86_64 qemu-system-x86 "to run the image"
	need gcc gcc "to compile the stub loader"
	need ld binutils "to link the stub loader"
}

lane_command() {
	# force-raw: QEMU would load the ELF file to where it says.
	qemu "${cpu:-max}" -m "$mem" "${qboot[@]}" -kernel build/stub.elf -append "${STUB-} -- $append" \
		-device loader,file="${image//,/,,}",addr=0x1000000,force-raw=on
}
