#!/bin/bash
# SPDX-License-Identifier: MIT
# Many CPUs, and under Xen more or fewer virtual ones than there are real ones: paired, not crossed.
# From 16 on nobody spins: they come up, answer, forget translations, go down and come back.
. tests/boot/tap.sh
echo 1..10
all="all [0-9]* tests passed"
up() { echo "^# $1 of $1 CPUs are up"; }
expect "2 CPUs" 0 "$all" tools/vm -c 2 tcg
expect "4 CPUs, nopatch" 0 "$all" tools/vm -c 4 -a nopatch tcg
expect "16 CPUs" 0 "$(up 16)" tools/vm -c 16 -a "test=smp/*" tcg
expect "64 CPUs" 0 "$(up 64)" tools/vm -c 64 -a "test=smp/*" tcg
expect "4 CPUs by firmware's memory map: UEFI" 0 "$(up 4)" tools/vm -c 4 -a "test=smp/*" uefi
expect "3 CPUs by GRUB and a BIOS" 0 "$(up 3)" tools/vm -c 3 -a "test=smp/*" grub
expect "Xen, 2 virtual CPUs on 2" 0 "^# two CPUs spin on 2: .* stolen" tools/vm -c 2 xen-dom0
expect "Xen, 2 virtual CPUs on 1" 0 "^# two CPUs spin on 1: .* stolen" env XEN_APPEND=dom0_max_vcpus=2 tools/vm xen-dom0
expect "Xen, 1 virtual CPU on 2" 0 "$(up 1)" env XEN_APPEND=dom0_max_vcpus=1 tools/vm -c 2 -a "test=smp/*" xen-dom0
expect "Xen, 8 virtual CPUs on 2" 0 "$(up 8)" env XEN_APPEND=dom0_max_vcpus=8 tools/vm -c 2 -a "test=smp/*" xen-dom0
