#!/bin/bash
# SPDX-License-Identifier: MIT
# tools/imgcheck takes both images, and finds each fault that is planted in a copy.
. tests/boot/tap.sh
check="$PWD/build/tools/imgcheck"
allow="$PWD/tools/imgcheck/allow"
echo 1..37

expect "gcc's image" 0 'nothing found' "$check" "$allow" build/anole.elf
expect "clang's image" 0 'nothing found' "$check" "$allow" build/clang/anole.elf

# A copy of the tree with what is built, and one file more, full of faults.
mkdir -p "$work/tree/build"
cp -a Makefile linker.ld arch drivers include kernel tests tools user "$work/tree/"
for d in arch drivers kernel tests tools user; do cp -a build/$d "$work/tree/build/"; done
cp -a build/compiler "$work/tree/build/"
cat >"$work/tree/kernel/plant.c" <<'END'
#include <asm/paravirt.h>
#define PLANT(name, text) void name(void) { asm volatile(text : : : "memory"); }
#define PLANT_ALT(name, old, new) PLANT(name, ALTERNATIVE(old, new, X86_FEATURE_SMAP))
PLANT(stray_cli, "cli")
PLANT(stray_cr3, "mov %%cr3, %%rax")
PLANT(strays, "sysretq; sysretl; rdmsr; in %%dx, %%al; clts; wrgsbase %%rax; sgdt (%%rax); pushfw; wbnoinvd;"
      "rdtscp; str %%ax; xgetbv; mov %%ax, %%ds; pop %%fs; vmrun; .byte 0xf2, 0x0f, 0x01, 0xca; int $9; rdrand %%rax; iretq")
PLANT(data, ".byte 0x06")
PLANT_ALT(into_itself, "nop", "nop; 1: nop; jmp 1b")
PLANT_ALT(to_its_start, "nop", "1: nop; jnz 1b")
PLANT_ALT(push, "nop", "push %%rax")
PLANT_ALT(no_add, "nop", "subq $8, %%rsp")
PLANT_ALT(branch, "nop", "pushf; jz push; pop %%rax")
PLANT_ALT(other_stack, "nop", "mov %%rax, %%rsp")
PLANT_ALT(privileged, "wbinvd", "nop")
PLANT_ALT(all_is_well, "nop", "pushf; subq $8, %%rsp; call push; addq $8, %%rsp; popf; jz push; jmp push")
PLANT(inside, "movl $0x90909090, %%eax; 1: .pushsection .altinstructions, \"a\";"
      ".long 1b - 2 - ., 2f - .; .short 148, 0; .byte 2, 1; .popsection;"
      ".pushsection .altinstr_replacement, \"ax\"; 2: nop; .popsection")
noinstr PLANT_ALT(not_here, "nop", "nopl (%%rax)")
PLANT(no_lock, "1: nop; .pushsection .smp_locks, \"a\"; .long 1b - .; .popsection")
END
unset MAKEFLAGS MAKELEVEL
expect "a copy with faults builds" 0 '' make -C "$work/tree"
expect "... and is not taken" 1 '' "$check" "$allow" "$work/tree/build/anole.elf"
cp "$work/out" "$work/said"

# said FUNCTION SENTENCE: of the site, or the instruction, in the function.
said() { expect "$1: $2" 0 "$1+0x[0-9a-f]*.*$2" cat "$work/said"; }
said stray_cli 'cli  (cli) is neither in a native op nor allowed'
said stray_cr3 'mov rax, cr3 (movcr) is neither'
grep -o "strays.*neither" "$work/said" | sed "s/.*(\(.*\)).*/\1/" | tr "\n" " " >"$work/out"
[ "$(cat "$work/out")" = "sysret sysret rdmsr in clts wrgsbase sgdt pushf wbinvd str privileged iret int iret " ]
ok "by their bytes, and nothing else" $?
said data 'does not decode up to the next symbol'
said into_itself 'has a replacement that jumps into itself'
said to_its_start 'has a replacement that jumps into itself'
said push 'has a replacement that does not leave the stack as it was'
said no_add 'has a replacement that does not leave the stack as it was'
said branch 'has a replacement that may leave with something pushed'
said other_stack 'has a replacement that sets the stack pointer'
said privileged 'has an original with wbinvd'
said inside 'does not begin and end between instructions'
said not_here 'lies in .noinstr.text'
said no_lock 'expected a LOCK prefix'
expect "nothing is said of all_is_well" 1 '' grep -E 'all_is_well' "$work/said"

# offset SECTION: where it lies in the file.
offset() {
	echo $((16#$(readelf -SW build/anole.elf | sed 's/^ *\[ *[0-9]*\]//' | awk -v s="$1" '$1 == s { print $4 }')))
}
# patched WHAT REGEX OFFSET BYTES [STATUS]: a copy of the file with other bytes there.
patched() {
	cp build/anole.elf "$work/patched.elf"
	printf "$4" | dd of="$work/patched.elf" bs=1 seek="$3" conv=notrunc status=none
	expect "$1" "${5-1}" "$2" "$check" "$allow" "$work/patched.elf"
}
records=$(offset .altinstructions)
first='record 0 (site [0-9a-f]* [a-z_0-9]*+0x[0-9a-f]*, .*)'
patched "a record of an unknown feature" "$first names a feature beyond" $((records + 8)) '\377\377'
patched "a record with an unknown flag" "$first has an unknown flag" $((records + 10)) '\200'
patched "a record whose replacement is too long" "$first has a replacement longer than its site" $((records + 13)) '\40'
patched "a record whose site is nowhere" "$first has a site outside" $((records + 3)) '\0'
byte() { od -An -tu1 -j "$1" -N1 build/anole.elf; }
patched "a record that points into an instruction" "$first has a replacement.* that does not decode" \
	"$records" "\\$(printf %o $(($(byte "$records") + 1 & 255)))"
read -r nr < <(od -An -tu4 -j "$(offset .symbols)" -N4 build/anole.elf)
patched "a static call's record that names no call" "a static call's record names" \
	$(($(offset .symbols) + 16 + 8 * nr + 8)) '\1'
patched "a segment to write and execute" 'segment 0 (.*+0x0) is both writable and executable' 68 '\7'
patched "a segment elsewhere in the file" 'segment 1 (.*) does not lie in the file as in memory' $((64 + 56 + 8)) '\1' 2
patched "a note that names another entry" 'notes ENTRY and PHYS32_ENTRY say' $(($(offset .note.anole) + 16)) '\0'
patched "no Multiboot 1 header" 'no Multiboot 1 header at file offset 8144' 8144 '\0'
patched "another entry than Multiboot's" "the file.s entry is [0-9a-f]*, expected startup_multiboot" 24 '\377'

# The allow list.
grep -v '^startup_multiboot' "$allow" >"$work/allow"
expect "32-bit code is read as such" 1 'startup_multiboot+0x[0-9a-f]*: mov cr3, eax (movcr)' "$check" "$work/allow" build/anole.elf
{ cat "$allow"; echo 'start_kernel cli,hlt it may'; } >"$work/allow"
expect "an allowance that nothing needs" 1 'allows hlt in start_kernel, but there is none' \
	"$check" "$work/allow" build/anole.elf
echo "start_kernel iretq it may" >"$work/allow"
expect "an allowance of a word that nothing has" 2 ":1: iretq is no word for a privileged instruction" \
	"$check" "$work/allow" build/anole.elf
echo 'native_iret iret' >"$work/allow"
expect "an allowance without a reason" 2 ':1: expected SYMBOL INSTRUCTION,... REASON' \
	"$check" "$work/allow" build/anole.elf
head -c 60000 build/anole.elf >"$work/short.elf"
expect "a truncated image" 2 "is truncated: segment" "$check" "$allow" "$work/short.elf"

# The table that the second link has is the first one's: mksymbols looks.
cp build/anole.elf "$work/patched.elf"
printf "\\1" | dd of="$work/patched.elf" bs=1 seek=$((records + 9)) conv=notrunc status=none
expect "mksymbols: a table that changed" 1 "the patch table changed between the two links" build/tools/mksymbols --check "$work/patched.elf"
expect "a file that is no image" 2 'is no 64-bit ELF file' "$check" "$allow" Makefile
