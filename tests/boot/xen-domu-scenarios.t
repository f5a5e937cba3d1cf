#!/bin/bash
# SPDX-License-Identifier: MIT
# What xl does to domains, as dom0 sees it: tools/dom0/scenarios*.sh. A test for each look.
# With words, those jobs: tests/boot/xen-domu-scenarios.t "save 10" (make soak's).
. tests/boot/tap.sh
need_lane xen-domu
jobs=(shutdown panic cpus trigger weights two grants console grub save save_two)
log=build/logs/xen-domu-scenarios limit=120
if [ $# = 0 ]; then echo 1..74; else jobs=("$@") log=$log-some limit=600; fi
# GRUB for a PV domain, which has all that it boots in itself: no disk.
mkdir -p "$work/memdisk/boot/grub"
cp build/anole.elf "$work/memdisk/"
printf '%s\n' 'set timeout=0' 'echo GRUB boots Anole' 'linux (memdisk)/anole.elf test=lib/*' boot >"$work/memdisk/boot/grub/grub.cfg"
tar -c -C "$work/memdisk" -f "$work/memdisk.tar" .
grub-mkimage -O x86_64-xen -d build/cache/dom0/grub -p '(memdisk)/boot/grub' -m "$work/memdisk.tar" -o "$work/grub.img" \
	normal memdisk tar linux echo

printf '%s\n' "${jobs[@]}" >"$work/jobs"
DOM0_FILES=$work/grub.img tools/vm -t $limit -m 32 -l $log -j "$work/jobs" xen-domu >"$work/out" 2>&1
looks $log
[ $# = 0 ] || [ $test_nr = 0 ] || echo "1..$test_nr"
