#!/bin/bash
# SPDX-License-Identifier: MIT
# Lane tcg on machines small and large, old and new: paired, not crossed.
. tests/boot/tap.sh
echo 1..9
all="all [0-9]* tests passed"
expect "16 MiB, CPU qemu64" 0 "$all" tools/vm -m 16 -p qemu64 tcg
expect "8 GiB, CPU max" 0 "$all" tools/vm -m 8192 -p max tcg
expect "CPU Nehalem, machine q35" 0 "$all" tools/vm -p Nehalem -M q35 tcg
expect "CPU EPYC, machine pc" 0 "$all" tools/vm -p EPYC -M pc tcg
expect "8 GiB by GRUB and Multiboot 2" 0 "$all" tools/vm -m 8192 grub2
expect "1 GiB for a Xen dom0, whose p2m is larger than the image" 0 "$all" tools/vm -m 1024 xen-dom0
expect "32 MiB for a Xen dom0, on an Intel CPU" 0 "$all" tools/vm -m 32 -p Skylake-Server-v4 xen-dom0
# Where Xen keeps what L1TF could leak from guests, and ends one that writes such an entry.
for bits in 40 46; do
	expect "Xen with L1TF enforcement, $bits bits of physical address" 0 "$all" \
		env XEN_APPEND=pv-l1tf=dom0 tools/vm -p Skylake-Server-v4,phys-bits=$bits xen-dom0
done
