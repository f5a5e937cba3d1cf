#!/bin/bash
# SPDX-License-Identifier: MIT
# The image that clang and lld made.
. tests/boot/tap.sh
echo 1..3
all="all [0-9]* tests passed"
expect "lane tcg" 0 "$all" tools/vm -i build/clang/anole.elf tcg
expect "lane grub, whose loader takes the file as flat" 0 "$all" tools/vm -i build/clang/anole.elf grub
expect "lane xen-dom0" 0 "$all" tools/vm -i build/clang/anole.elf xen-dom0
