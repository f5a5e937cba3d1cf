#!/bin/bash
# SPDX-License-Identifier: MIT
# tools/cscheck takes both compilers' images, and finds each function that was made to lose a register.
. tests/boot/tap.sh
check="$PWD/build/tools/cscheck"
echo 1..16
expect "gcc's image" 0 'slots of pv_ops and 3 platforms keep' "$check" build/anole.elf
expect "clang's image" 0 'slots of pv_ops and 3 platforms keep' "$check" build/clang/anole.elf
expect "a debug build" 0 'slots of pv_ops and 3 platforms keep' "$check" build/debug/anole.elf

# copy COMPILER-OUTPUT: a tree with what is built there.
copy() {
	rm -rf "$work/tree"
	mkdir -p "$work/tree/build"
	cp -a Makefile linker.ld arch drivers include kernel tests tools user "$work/tree/"
	for d in arch drivers kernel tests user compiler; do cp -a "$1/$d" "$work/tree/build/"; done
	mkdir -p "$work/tree/build/tools"
	cp -a build/tools/mksymbols "$work/tree/build/tools/"
}
# in_tree FILE PERL: one change of the tree.
in_tree() {
	perl -0pi -e "$2 or die 'nothing to change in $1'" "$work/tree/$1" || exit 1
}
# found WHAT REGEX
found() { expect "$1" 0 "$2" cat "$work/said"; }
unset MAKEFLAGS MAKELEVEL

for b in build build/clang; do
	copy $b
	in_tree arch/x86/pv/xen/irq.c 's/__callee_save //g; s/\{ (xen_\w+) \}/{ (void *)$1 }/g'
	in_tree arch/x86/pv/native/ops.c 's/asm volatile\("cli" : : : "memory"\)/asm volatile("cli; xorl %%r9d, %%r9d" : : : "memory")/'
	in_tree arch/x86/pv/xen/entry.S 's/\tshlq\t\$32, %rdx\n/$&\tmovq\t%rcx, %r8\n/'
	in_tree arch/x86/pv/native/ops.c 's/asm volatile\("sti" : : : "memory"\)/asm volatile("sti; pushq %%rdi; pushq %%rsi; popq %%rdi; popq %%rsi" : : : "memory")/'
	c=gcc ld=ld
	[ $b = build ] || c=clang ld=ld.lld
	expect "$c: a copy with faults builds" 0 '' make -C "$work/tree" CC=$c LD=$ld
	expect "... and is not taken" 1 '' "$check" "$work/tree/build/anole.elf"
	cp "$work/out" "$work/said"
	found "an op without the attribute" 'irq.irq_enable of platform_xen_pv is xen_irq_enable, which loses %rcx %rdx %rsi'
	found "a register that an asm() does not name" 'irq.irq_disable of pv_ops is native_irq_disable, which loses %r9:'
	found "code of the registers convention" 'cpu.write_msr of platform_xen_pv is xen_write_msr, which loses %r8:'
	found "two registers exchanged" "irq.irq_enable of pv_ops is native_irq_enable, which loses %rsi %rdi:"
done
expect "a file that is no image" 1 'is no 64-bit ELF file' "$check" Makefile
