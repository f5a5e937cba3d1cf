#!/bin/bash
# SPDX-License-Identifier: MIT
# Lane tcg on machines small and large, old and new: paired, not crossed.
. tests/boot/tap.sh
all="all [0-9]* tests passed"
# Both with the lane last, by which expect() knows what LANES leaves out.
said() { cat "$work/log"; }
boot() { tools/vm "$@" | tee "$work/log"; return "${PIPESTATUS[0]}"; }
expect "16 MiB, CPU qemu64" 0 "$all" tools/vm -m 16 -p qemu64 tcg
expect "8 GiB, CPU max" 0 "$all" tools/vm -m 8192 -p max tcg
expect "CPU Nehalem, machine q35 without HPET" 0 "$all" boot -p Nehalem -M q35,hpet=off tcg
expect "... and by which clock" 0 "kHz by PIT, " said tcg
expect "CPU EPYC, machine pc without HPET" 0 "$all" boot -p EPYC -M pc,hpet=off tcg
expect "... which is said" 0 "overrides, no HPET\$" said tcg
expect "8 GiB by GRUB and Multiboot 2" 0 "$all" tools/vm -m 8192 grub2
expect "1 GiB for a Xen dom0, whose p2m is larger than the image" 0 "$all" tools/vm -m 1024 xen-dom0
expect "32 MiB for a Xen dom0, on an Intel CPU" 0 "$all" tools/vm -m 32 -p Skylake-Server-v4 xen-dom0
# Where Xen keeps what L1TF could leak from guests, and ends one that writes such an entry.
for bits in 40 46; do
	expect "Xen with L1TF enforcement, $bits bits of physical address" 0 "$all" \
		env XEN_APPEND=pv-l1tf=dom0 tools/vm -p Skylake-Server-v4,phys-bits=$bits xen-dom0
done

# Without ACPI: one CPU, and a sentence.
alone="^# ACPI: no MADT.*: the boot CPU is the only one"
expect "microvm without ACPI" 0 "$all" boot -M microvm,acpi=off tcg
expect "... says so" 0 "$alone" said tcg
expect "pc without ACPI, 2 CPUs" 0 "$alone" boot -M pc,acpi=off -c 2 tcg
expect "isapc" 0 "$all" boot -M isapc -p max tcg

# Clocks: what the battery-backed one says at an instant, and machines that lack one.
rtc() { echo "RTC at $(($(date -u -d "$1" +%s) / 100))[0-9][0-9] s"; }
for date in 1999-12-31T12:00:10 2000-01-01T00:00:00 2038-01-20T00:00:00; do
	expect "the RTC at $date" 0 "$(rtc $date)" tools/vm -q "-rtc base=$date" -a "test=time/*" tcg
done
# Without ACPI nothing names the register of the century.
expect "... by two digits of the year" 0 "$(rtc 1999-12-31T12:00:10)" tools/vm -M pc,acpi=off -q "-rtc base=1999-12-31T12:00:10" -a "test=time/*" tcg
expect "no PIT" 0 "$all" boot -M pc,pit=off -a "test=time/*" tcg
expect "... and by the HPET" 0 "kHz by HPET, " said tcg
expect "neither" 4 "PANIC: time: .* neither the HPET nor the PIT" tools/vm -M pc,pit=off,hpet=off -a test=none tcg
expect "no PIC, no RTC" 0 "$all" tools/vm -M microvm,pic=off,rtc=off -a "test=time/*" tcg

# What every CPU must have is asked before it is used; a hypervisor may hide.
expect "no hypervisor by CPUID" 0 "$all" tools/vm -p max,-hypervisor tcg
for lacks in lm nx syscall tsc msr pae apic cmov sse2; do
	expect "a CPU without $lacks" 4 "^# PANIC: this CPU lacks ${lacks^^} (8*0*1h* edx [0-9]*), which" tools/vm -p max,-$lacks tcg
done
expect "a CPU of 32 bits" 4 "^# PANIC: this CPU lacks LM.* NX" tools/vm -p 486 tcg

# The local APIC's two ways. Which of them the other tests take depends on QEMU.
if cpu=$(tools/qemu-can x2apic 2>"$work/why"); then
	expect "3 CPUs with x2APIC" 0 '^# local APIC 0: x2APIC' tools/vm -c 3 -p "${cpu#-cpu }" tcg
else
	skip "3 CPUs with x2APIC" "$(cat "$work/why")"
fi
expect "3 CPUs without x2APIC" 0 '^# local APIC 0: xAPIC' tools/vm -c 3 -a "test=smp/*" -p max,-x2apic tcg
echo "1..$test_nr"
