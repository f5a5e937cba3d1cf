#!/bin/bash
# SPDX-License-Identifier: MIT
# capstone 5 leaves the escape byte of three-byte opcodes out of cs_x86.opcode[]: `66 0f 38 82` (invpcid) is
# 0f 38 82 with libcapstone4 4.0.2-5 and 0f 82 with libcapstone5 5.0.7-1~deb13u1, which reads like `jb`;
# `0f 38 f0` (movbe) is 0f f0, `0f 3a 0f` (palignr) is 0f 0f. The bytes[] of the instruction are right in
# both. A tool that judges instructions by opcode[] takes one for another after an upgrade: take the bytes.
#
# Seen on Debian 12 and 13 (and testing's 5.0.9-1). Needs root, mmdebstrap and the network; exits 0 while
# this is so, 1 when it has changed, 3 when the packages can't be had.
set -u
work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT
cat >"$work/opcode.c" <<'END'
#include <capstone/capstone.h>
#include <stdio.h>

int main(void)
{
	static const unsigned char code[][6] = { "\x66\x0f\x38\x82\x08", "\x0f\x38\xf0\x08",
						 "\x66\x0f\x3a\x0f\xc1\x04", "\x0f\x01\xc1" };
	static const size_t size[] = { 5, 4, 6, 3 };
	cs_insn *insn;
	csh handle;
	int i, j;

	if (cs_open(CS_ARCH_X86, CS_MODE_64, &handle) || cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON))
		return 1;
	for (i = 0; i < 4; i++) {
		if (cs_disasm(handle, code[i], size[i], 0, 1, &insn) != 1)
			return 1;
		printf("%s:", insn->mnemonic);
		for (j = 0; j < 3; j++)
			printf(" %02x", insn->detail->x86.opcode[j]);
		printf("\n");
	}
	return 0;
}
END
# say SUITE VERSION: what the program says there.
say() {
	mmdebstrap --quiet --variant=minbase --include="gcc,libc6-dev,libcapstone-dev=$2" "$1" "$work/$1" \
		http://deb.debian.org/debian >"$work/log" 2>&1 || { tail -n 3 "$work/log" >&2; echo "$1: libcapstone-dev $2 can't be had" >&2; exit 3; }
	cp "$work/opcode.c" "$work/$1/"
	chroot "$work/$1" sh -c 'gcc -o /opcode /opcode.c -lcapstone && /opcode' || exit 3
}
old=$(say bookworm 4.0.2-5) || exit 3
new=$(say trixie 5.0.7-1~deb13u1) || exit 3
printf 'libcapstone 4.0.2:\n%s\nlibcapstone 5.0.7:\n%s\n' "$old" "$new"
[ "$old" = "invpcid: 0f 38 82
movbe: 0f 38 f0
palignr: 0f 3a 0f
vmcall: 0f 01 00" ] && [ "$new" = "invpcid: 0f 82 00
movbe: 0f f0 00
palignr: 0f 0f 00
vmcall: 0f 01 00" ] || { echo "this has changed"; exit 1; }
