#!/bin/bash
# SPDX-License-Identifier: MIT
# What every QEMU of the releases that we name can do, under whatever name: where tools/qemu-can finds it
# no more, tests would be left out. And its sentences.
. tests/boot/tap.sh
need_lane tcg
echo 1..6
can() { tools/qemu-can "$@"; }
expect "interrupts between any two instructions" 0 '^-' can one-insn-per-tb
expect "time counted in instructions" 0 '^-icount shift=3 ' can icount shift=3
expect "options of it that QEMU does not take" 1 "no way to count instructions by 'shift=vax'" can icount shift=vax
mkdir "$work/bin"
ln -s "$(type -P bash)" "$(type -P nproc)" "$work/bin/"
expect "no QEMU" 3 'there is no qemu-system-x86_64' env PATH="$work/bin" bash tools/qemu-can x2apic
expect "an unknown word" 2 "unknown: 'vax'" can vax
expect "icount without OPTIONS" 2 'icount takes OPTIONS' can icount
