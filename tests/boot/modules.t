#!/bin/bash
# SPDX-License-Identifier: MIT
# Modules, by each way in: they are as the loader left them when all tests have run, those with them
# that take all of memory. Each module holds its size and its sum; one with a wrong sum is seen.
. tests/boot/tap.sh

# module NAME KIB SUM: a file of random words whose sum is right, but for SUM.
module() {
	perl -e 'use integer; ($n, $off) = @ARGV; $x = 1; $sum = $off;
		for (1 .. $n / 8 - 3) { $x = $x * 6364136223846793005 + 1; push @w, $x; $sum += $x }
		print "ANOLEMOD", pack("q<*", $n, $sum, @w)' $(($2 * 1024)) "$3" >"$work/$1"
}
module a 3000 0
module b 40 0
module wrong 40 1

whole='^ok [0-9]* - whole/modules$'
some="test=*o*l*e*" # page_alloc/all_of_memory is among them
expect "PVH, all tests" 0 "$whole" tools/vm -c 2 -q "-initrd $work/a" tcg
expect "... which see a byte that is not what it was" 1 "^# the module at [0-9a-f]* is not what it was" \
	tools/vm -a "test=whole/modules" -q "-initrd $work/wrong" tcg
for lane in grub grub2; do
	word=module; [ $lane = grub ] || word=module2
	expect "$lane" 0 "^# 2 marked modules" env GRUB_FILES="$work/a $work/b" GRUB_AFTER="$word /a
$word /b" tools/vm -a "$some" $lane
done
expect "Xen's dom0" 0 "$whole" env XEN_MODULE="$work/a" tools/vm -a "$some" xen-dom0
echo "1..$test_nr"
