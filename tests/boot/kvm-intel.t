#!/bin/bash
# SPDX-License-Identifier: MIT
# All self-tests in lane kvm-intel, where the hypercall is vmcall: by the report, by the bytes of each
# site, which are those that tools/whatif says, and by KVM itself, which answers it.
. tests/boot/tap.sh
need_lane kvm-intel
echo 1..5
log=build/logs/kvm-intel
console() { tr -d '\r' <$log; }

expect "all self-tests" 0 "all [0-9]* tests passed" tools/vm -a patchlog -l $log kvm-intel
console | grep -q '^# KVM at CPUID leaf 40000000, vmcall, '
ok "the report names vmcall" $?
console | grep -qx "ok [0-9]* - kvm/hypercalls" && console | grep -qx "ok [0-9]* - kvm/hypercall_sites"
ok "the hypercall was tried" $?
build/tools/whatif -f "$(console | sed -n 's/^# features //p')" kvm >"$work/list" 2>"$work/out"
console | grep -E '^# [0-9a-f]{16} ' | cut -c 3- >"$work/guest"
grep -E '^[0-9a-f]{16} ' "$work/list" >"$work/ours"
[ -s "$work/guest" ] && diff "$work/guest" "$work/ours" >"$work/out" 2>&1
ok "each site is as whatif says of a KVM without VMMCALL" $?
grep ' alternative .*-> .*0f 01 c1$' "$work/guest" >"$work/out" && ! grep ' alternative .*-> .*0f 01 d9$' "$work/guest"
ok "hypercalls became vmcall, and none vmmcall" $?
