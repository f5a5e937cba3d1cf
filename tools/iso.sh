# SPDX-License-Identifier: MIT
# A GRUB ISO with one entry, for the lanes that boot from one. Sourced.

# iso_needs PLATFORM PACKAGE WHY: GRUB for i386-pc, x86_64-efi ...
iso_needs() {
	need grub-mkrescue grub-common "to make a bootable ISO"
	need "/usr/lib/grub/$1" "$2" "$3"
	need xorriso xorriso "grub-mkrescue writes the ISO with it"
	need mformat mtools "grub-mkrescue makes the EFI partition with it"
}

# The words for the guest, each in quotes: GRUB would expand them.
words_for_grub() {
	local w
	for w in $append; do printf " '%s'" "${w//\'/\'\\\'\'}"; done
}

# iso COMMAND PLATFORM [MODULES]: $iso, which loads the image by COMMAND. GRUB_OPTIONS are the command's
# own; GRUB_BEFORE and GRUB_AFTER are lines around it; GRUB_FILES lie beside the image.
iso() {
	mkdir -p "$work/iso/boot/grub"
	cp "$image" "$work/iso/anole.elf"
	# shellcheck disable=SC2086 # a list of files
	[ -z "${GRUB_FILES-}" ] || cp $GRUB_FILES "$work/iso"
	printf '%s\n%s %s /anole.elf%s\n%s\nboot\n' "${GRUB_BEFORE-}" "$1" "${GRUB_OPTIONS-}" "$(words_for_grub)" "${GRUB_AFTER-}" >"$work/iso/boot/grub/grub.cfg"
	iso_make "$2" "${3:+$1 $3}"
}

# iso_make PLATFORM [MODULES]: $iso of what is in $work/iso, by its boot/grub/grub.cfg.
iso_make() {
	iso=$work/anole.iso
	grub-mkrescue -d "/usr/lib/grub/$1" --fonts= --locales= --themes= \
		${2:+--install-modules="normal iso9660 $2"} \
		-o "$iso" "$work/iso" >"$work/mkrescue" 2>&1 || {
		cat "$work/mkrescue" >&2
		missing "grub-mkrescue failed"
	}
}
