#!/bin/bash
# SPDX-License-Identifier: MIT
# Locks by each slow path, and with more virtual CPUs than there are real ones.
. tests/boot/tap.sh
echo 1..4
all="^# tools/vm: .* all [0-9]* tests passed"
expect "the native queue under a hypervisor" 0 "$all" tools/vm -c 2 -a "nopvspin" tcg
expect "... on Xen, 2 virtual CPUs on 1" 0 "$all" env XEN_APPEND=dom0_max_vcpus=2 tools/vm -a "nopvspin test=lock/*" xen-dom0
expect "paravirt, 4 virtual CPUs on 1" 0 "$all" env XEN_APPEND=dom0_max_vcpus=4 tools/vm -a "test=lock/*" xen-dom0
expect "... unpatched" 0 "$all" env XEN_APPEND=dom0_max_vcpus=4 tools/vm -a "nopatch test=lock/*" xen-dom0
