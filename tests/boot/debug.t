#!/bin/bash
# SPDX-License-Identifier: MIT
# All self-tests with locks that check who takes them, in which order and state: nothing is found.
. tests/boot/tap.sh
echo 1..2
all="all [0-9]* tests passed"
expect "a debug build on two CPUs" 0 "$all" tools/vm -i build/debug/anole.elf -c 2 tcg
expect "... and on Xen" 0 "$all" env XEN_APPEND=dom0_max_vcpus=2 tools/vm -i build/debug/anole.elf xen-dom0
