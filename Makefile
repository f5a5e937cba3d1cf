# SPDX-License-Identifier: MIT
# Anole. `make help` lists what can be made; README.md says what it is.

ifeq ($(origin CC),default)
CC	:= gcc
endif
ifeq ($(origin LD),default)
LD	:= ld
endif
HOSTCC	?= gcc
BUILD	?= build
PLATFORM ?= tcg
CPUS	?= 1
MEM	?=
MODEL	?=
APPEND	?=
LANE	?=
FUZZ_SECONDS ?= 0
TARGET	?= plan
TWIN	?=
DEBUG	?=

SRCS := $(sort $(wildcard arch/x86/*/*.[cS] arch/x86/pv/*/*.[cS] kernel/*.c drivers/*.c \
	drivers/*/*.c tests/guest/*.[cS]))
OBJS := $(SRCS:%=$(BUILD)/%.o)

# Objects of two compilers must not mix: all depend on a file that changes with the compiler.
COMPILER := $(BUILD)/compiler
$(shell mkdir -p $(BUILD); echo '$(CC) $(LD) $(TWIN) $(DEBUG)' | cmp -s - $(COMPILER) || \
	echo '$(CC) $(LD) $(TWIN) $(DEBUG)' > $(COMPILER))

CPPFLAGS_K := -Iinclude $(TWIN) $(DEBUG) -MMD -MP
# One .text a file, in source order: .altinstructions ascends as the sites do.
CFLAGS_K := -std=gnu11 -O2 -g -Wall -Wextra -Werror -ffreestanding -fno-pic -fno-pie \
	-mgeneral-regs-only -mno-red-zone -mcmodel=kernel -fcf-protection=none \
	-fno-stack-protector -fno-omit-frame-pointer -fno-asynchronous-unwind-tables \
	-fno-strict-aliasing -fno-common
ifneq ($(findstring clang,$(CC)),clang)
CFLAGS_K += -fno-reorder-functions -fno-reorder-blocks-and-partition -fno-tree-loop-distribute-patterns
endif
LDFLAGS_K := -nostdlib -static --no-dynamic-linker -z max-page-size=4096 -z noexecstack \
	--build-id=none -T linker.ld
HOSTCFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror

# V=1 shows the commands.
ifneq ($(V),1)
Q := @
say = @printf '  %-6s %s\n' '$(1)' '$(2)'
endif

.PHONY: all clean distclean run test test-host test-lanes test-debian fuzz bench gdb check help host-tests twin debug soak mutants host-tools
.DEFAULT_GOAL := all
all: $(BUILD)/anole.elf

# Two links: the second adds the symbol table and the patch table's checksum, made from the first.
$(BUILD)/anole.elf: $(OBJS) linker.ld $(BUILD)/tools/mksymbols tools/nosymbols.S
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_K) -c -o $(BUILD)/nosymbols.o tools/nosymbols.S
	$(Q)$(LD) $(LDFLAGS_K) --emit-relocs -o $(BUILD)/first.elf $(OBJS) $(BUILD)/nosymbols.o
	$(Q)$(BUILD)/tools/mksymbols $(BUILD)/first.elf > $(BUILD)/symbols.S
	$(Q)$(CC) $(CFLAGS_K) -c -o $(BUILD)/symbols.o $(BUILD)/symbols.S
	$(Q)$(LD) $(LDFLAGS_K) -o $@.tmp $(OBJS) $(BUILD)/symbols.o
	$(Q)$(BUILD)/tools/mksymbols --check $@.tmp
	$(Q)mv $@.tmp $@

$(BUILD)/%.c.o: %.c Makefile $(COMPILER)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS_K) $(CFLAGS_K) -c -o $@ $<
$(BUILD)/%.S.o: %.S Makefile $(COMPILER)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS_K) $(CFLAGS_K) -c -o $@ $<
# The ring-3 program, as a flat piece of code that tests/guest/user_blob.S includes.
CFLAGS_U := $(filter-out -mcmodel=kernel -g,$(CFLAGS_K)) -mcmodel=small -fomit-frame-pointer
$(BUILD)/user/prog.bin: $(COMPILER) user/prog.c user/prog.ld include/user_abi.h Makefile
	@mkdir -p $(@D)
	$(call say,CC,user/prog.c)
	$(Q)$(CC) -Iinclude $(CFLAGS_U) -c -o $(BUILD)/user/prog.o user/prog.c
	$(Q)$(LD) -nostdlib -static --no-dynamic-linker -z noexecstack --build-id=none -T user/prog.ld \
		-o $(BUILD)/user/prog.elf $(BUILD)/user/prog.o
	$(Q)objcopy -O binary -j .text $(BUILD)/user/prog.elf $@
$(BUILD)/tests/guest/user_blob.S.o: $(BUILD)/user/prog.bin
$(BUILD)/tests/guest/user_blob.S.o: CPPFLAGS_K += -DPROG='"$(BUILD)/user/prog.bin"'

# Tests are registered in the order of their files' lines.
ifneq ($(findstring clang,$(CC)),clang)
$(BUILD)/tests/guest/%.o: CFLAGS_K += -fno-toplevel-reorder
endif

$(BUILD)/tools/mksymbols: tools/mksymbols.c tools/elffile.c tools/elffile.h Makefile
	@mkdir -p $(@D)
	$(call say,HOSTCC,$<)
	$(Q)$(HOSTCC) $(HOSTCFLAGS) -o $@ $(filter %.c,$^) -lelf

# From the file, what the boot patch would make of it: the kernel's own pure parts.
WHATIF := tools/whatif.c tools/image.c tools/elffile.c arch/x86/cpu/feature_names.c \
	$(patsubst %,arch/x86/patch/%.c,plan emit nops insn static_call_plan)
$(BUILD)/tools/whatif: $(WHATIF) tools/image.h $(wildcard include/*.h include/asm/*.h arch/x86/patch/*.h) Makefile
	@mkdir -p $(@D)
	$(call say,HOSTCC,$@)
	$(Q)$(HOSTCC) $(HOSTCFLAGS) -idirafter include -o $@ $(WHATIF) -lelf -lcapstone

# The patched text against the twin's.
TWINCMP := tools/twincmp.c tools/twinread.c tools/image.c tools/elffile.c \
	$(patsubst %,arch/x86/patch/%.c,plan emit nops insn)
$(BUILD)/tools/twincmp: $(TWINCMP) $(wildcard tools/*.h include/*.h include/asm/*.h arch/x86/patch/*.h) Makefile
	@mkdir -p $(@D)
	$(call say,HOSTCC,$@)
	$(Q)$(HOSTCC) $(HOSTCFLAGS) -idirafter include -o $@ $(TWINCMP) -lelf -lcapstone

# Do the functions of callee-save slots keep what their callers have in registers?
CSCHECK := $(wildcard tools/cscheck/*.c) tools/image.c tools/elffile.c \
	$(patsubst %,arch/x86/patch/%.c,plan emit nops insn)
$(BUILD)/tools/cscheck: $(CSCHECK) $(wildcard tools/*.h tools/cscheck/*.h include/*.h include/asm/*.h) Makefile
	@mkdir -p $(@D)
	$(call say,HOSTCC,$@)
	$(Q)$(HOSTCC) $(HOSTCFLAGS) -idirafter include -o $@ $(CSCHECK) -lelf -lcapstone

# The end of a domain, from its core.
COREDUMP := tools/coredump.c tools/xencore.c tools/image.c tools/elffile.c
$(BUILD)/tools/coredump: $(COREDUMP) $(wildcard tools/*.h include/*.h include/asm/*.h include/xen/*.h) Makefile
	@mkdir -p $(@D)
	$(call say,HOSTCC,$@)
	$(Q)$(HOSTCC) $(HOSTCFLAGS) -idirafter include -o $@ $(COREDUMP) -lelf

# Its asm() calls and pushes: no red zone. As in the kernel, %rbp is not for values.
$(BUILD)/tools/callbench: tools/callbench.c Makefile
	@mkdir -p $(@D)
	$(call say,HOSTCC,$<)
	$(Q)$(HOSTCC) $(HOSTCFLAGS) -mno-red-zone -fno-omit-frame-pointer -fcf-protection=none \
		-falign-functions=64 -falign-loops=64 -o $@ $<

# With the kernel's own planner.
PLANNER := $(addprefix arch/x86/patch/,plan.c emit.c nops.c insn.c static_call_plan.c)
PLANNER_H := $(wildcard include/*.h include/asm/*.h) arch/x86/patch/plan_site.h
$(BUILD)/tools/imgcheck: $(wildcard tools/imgcheck/*.[ch]) tools/elffile.c tools/elffile.h $(PLANNER) $(PLANNER_H) Makefile
	@mkdir -p $(@D)
	$(call say,HOSTCC,$@)
	$(Q)$(HOSTCC) $(HOSTCFLAGS) -idirafter include -o $@ $(filter %.c,$^) -lelf -lcapstone

$(sort build/tools/vmm $(BUILD)/tools/vmm): $(wildcard tools/vmm/*.[ch]) include/kvm/witness_abi.h Makefile
	@mkdir -p $(@D)
	$(call say,HOSTCC,$@)
	$(Q)$(HOSTCC) $(HOSTCFLAGS) -static -pthread -D_GNU_SOURCE -o $@ $(filter %.c,$^)

# For the dom0 of lane xen-domu, which has no libraries for it.
build/tools/gntmap build/tools/tohost: build/tools/%: tools/dom0/%.c Makefile
	@mkdir -p $(@D)
	$(call say,HOSTCC,$<)
	$(Q)$(HOSTCC) $(HOSTCFLAGS) -static -o $@ $<

# The loader of lane stub: 32-bit code, with no library.
build/stub.elf: $(wildcard tests/boot/stub/stub.* tests/boot/stub/*.h) tests/boot/stub/entry.S tests/boot/stub/build.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)gcc -std=gnu11 -Os -g -Wall -Wextra -Werror -m32 -march=i686 -ffreestanding -fno-pic -fno-pie \
		-fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables -mgeneral-regs-only \
		-nostdlib -static -Wl,--build-id=none,-z,noexecstack,--no-warn-rwx-segments -T tests/boot/stub/stub.ld -o $@ \
		$(filter %.c %.S,$^)

# Odd boot structures for it, by a seed.
ODD := $(addprefix tests/boot/stub/,odd.c odd_acpi.c odd_ways.c)
build/odd: $(ODD) tests/boot/stub/odd_file.c $(wildcard tests/boot/stub/*.h) Makefile
	@mkdir -p $(@D)
	$(call say,HOSTCC,$@)
	$(Q)$(HOSTCC) $(HOSTCFLAGS) -o $@ $(filter %.c,$^)

# All programs of tools/; with HOSTCC=clang they build as well.
host-tools: $(patsubst %,$(BUILD)/tools/%,mksymbols imgcheck cscheck whatif twincmp coredump callbench vmm)

# The pure parts of the kernel on the host, under the sanitizers.
HOST_TESTS := insn plan sysret acpi_s5 fuzz_plan fuzz_boot qspinlock qspinlock_model \
	$(addprefix fuzz_image_,mksymbols imgcheck cscheck whatif twincmp coredump) mkcore
# The kernel has headers that the host has too.
$(BUILD)/tests/host/sysret: HOSTINC := -Iinclude
$(BUILD)/tests/host/acpi_s5: drivers/acpi_s5.c include/acpi_poweroff.h
host-tests: $(HOST_TESTS:%=$(BUILD)/tests/host/%) $(BUILD)/tools/callbench build/odd
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
# They include what they test.
QSPINLOCK := $(addprefix $(BUILD)/tests/host/,qspinlock qspinlock_model)
# ASan does not know of coroutines.
$(BUILD)/tests/host/qspinlock_model: SANITIZE := -fsanitize=undefined -fno-sanitize-recover=all
$(QSPINLOCK): $(BUILD)/tests/host/%: tests/host/%_test.c tests/host/qspinlock_host.h $(wildcard kernel/qspinlock*) $(PLANNER_H) Makefile
	@mkdir -p $(@D)
	$(call say,HOSTCC,$@)
	$(Q)$(HOSTCC) $(HOSTCFLAGS) $(SANITIZE) -pthread -idirafter include -o $@ $<
$(BUILD)/tests/host/%: tests/host/%_test.c $(PLANNER) $(PLANNER_H) $(wildcard tests/host/*.h) Makefile
	@mkdir -p $(@D)
	$(call say,HOSTCC,$@)
	$(Q)$(HOSTCC) $(HOSTCFLAGS) $(SANITIZE) $(or $(HOSTINC),-idirafter include) -o $@ $(filter %.c,$^) -lcapstone
# The ways in, which the fuzzer overhears; what they compare tells libFuzzer nothing.
WAYS_IN := $(addprefix arch/x86/boot/,multiboot1.c multiboot2.c pvh.c rsdp.c mem_map.c) drivers/acpi.c kernel/cmdline.c
$(BUILD)/tests/host/fuzz_boot: tests/host/fuzz_boot.c $(ODD) $(WAYS_IN) $(PLANNER_H) $(wildcard arch/x86/boot/* tests/boot/stub/*.h) Makefile
	@mkdir -p $(@D)
	$(call say,CLANG,$@)
	$(Q)clang $(HOSTCFLAGS) -fsanitize=fuzzer -fno-sanitize-coverage=trace-cmp $(SANITIZE) -idirafter include \
		-Wl,--wrap=boot_info_region,--wrap=boot_info_keep,--wrap=boot_info_module -o $@ $< $(ODD) $(WAYS_IN)
# The tools that read images, each with the fuzzer that damages them.
FUZZ_TOOLS := mksymbols imgcheck cscheck whatif twincmp coredump
FUZZ_IMAGE := $(FUZZ_TOOLS:%=$(BUILD)/tests/host/fuzz_image_%)
$(BUILD)/tests/host/fuzz_image_mksymbols: TOOL := tools/mksymbols.c
$(BUILD)/tests/host/fuzz_image_imgcheck: TOOL := $(wildcard tools/imgcheck/*.c) $(PLANNER)
$(BUILD)/tests/host/fuzz_image_cscheck: TOOL := $(filter-out tools/elffile.c,$(CSCHECK))
$(BUILD)/tests/host/fuzz_image_whatif: TOOL := $(filter-out tools/elffile.c,$(WHATIF))
$(BUILD)/tests/host/fuzz_image_twincmp: TOOL := $(filter-out tools/elffile.c,$(TWINCMP))
$(BUILD)/tests/host/fuzz_image_coredump: TOOL := $(filter-out tools/elffile.c,$(COREDUMP))
$(FUZZ_IMAGE): tests/host/fuzz_image.c tests/host/fuzz_tool.h $(wildcard tools/*.[ch] tools/imgcheck/*.[ch] tools/cscheck/*.[ch]) $(PLANNER) $(PLANNER_H) Makefile
	@mkdir -p $(@D)
	$(call say,CLANG,$@)
	$(Q)clang $(HOSTCFLAGS) -Wno-macro-redefined -fsanitize=fuzzer $(SANITIZE) -include tests/host/fuzz_tool.h -idirafter include \
		-o $@ tests/host/fuzz_image.c tools/elffile.c $(TOOL) -lelf -lcapstone
$(BUILD)/tests/host/mkcore: tests/host/mkcore.c tools/image.c tools/elffile.c $(wildcard tools/*.h include/*.h include/xen/*.h) Makefile
	@mkdir -p $(@D)
	$(call say,HOSTCC,$@)
	$(Q)$(HOSTCC) $(HOSTCFLAGS) $(SANITIZE) -idirafter include -o $@ $(filter %.c,$^) -lelf
$(BUILD)/tests/host/fuzz_%: tests/host/fuzz_%.c $(PLANNER) $(PLANNER_H) $(wildcard tests/host/*.h) Makefile
	@mkdir -p $(@D)
	$(call say,CLANG,$@)
	$(Q)clang $(HOSTCFLAGS) -fsanitize=fuzzer $(SANITIZE) $(or $(HOSTINC),-idirafter include) -o $@ $(filter %.c,$^) -lcapstone

# ---- what a user types -----------------------------------------------------------------------

# `make run` and `make test` work on a bare Debian: they install what is missing first.
SUBMAKE := $(MAKE) --no-print-directory
LANES_HERE := $(sort $(notdir $(basename $(wildcard tools/lanes/*.sh))))

## run: build, boot and show the console. PLATFORM=@LANES@
##      CPUS=n MEM=mib MODEL=cpu APPEND="guest command line"; exit 0 only when all tests passed
run:
	@case " $(LANES_HERE) " in *" $(PLATFORM) "*) ;; *) exec tools/vm "$(PLATFORM)" ;; esac; \
		tools/setup build $(PLATFORM)
	@$(SUBMAKE) $(BUILD)/anole.elf $$(bash -c '. tools/lanes/$(PLATFORM).sh; echo "$$builds"')
	@tools/vm -i $(BUILD)/anole.elf -c "$(CPUS)" $(if $(MEM),-m "$(MEM)") $(if $(MODEL),-p "$(MODEL)") \
		-a "$(APPEND)" $(PLATFORM)

## test: all tests through prove; or one lane's with LANE=x, or with fewer lanes: LANES="tcg grub"
test:
	@tools/setup build test
	@tools/test $(LANE)

## test-host: both compilers' builds and the tests that start no machine
## test-lanes: these, and each lane's self-tests once
test-host test-lanes:
	@tools/setup build test
	@tools/test --host $(if $(filter test-lanes,$@),--lanes)

## test-debian: make test in fresh roots of Debian 12, 13 and testing (tools/debian)
test-debian:
	@tools/setup debian
	@for suite in bookworm trixie forky; do tools/debian $$suite || exit 1; done

## fuzz: the planner, or TARGET=boot the ways in, or TARGET=imgcheck, cscheck, mksymbols, whatif, twincmp,
##      coredump the tool, under libFuzzer, until it fails, for FUZZ_SECONDS=n or to Ctrl-C; corpus in build/fuzz-TARGET
FUZZED := plan boot $(FUZZ_TOOLS)
FUZZ_IS_TOOL = $(filter $(FUZZ_TOOLS),$(TARGET))
# A tool's arguments: @ is the damaged image.
FUZZ_ARGS_mksymbols := --check @
FUZZ_ARGS_imgcheck := tools/imgcheck/allow @
FUZZ_ARGS_cscheck := @
FUZZ_ARGS_whatif := -i @ bare
FUZZ_ARGS_twincmp := @ $(BUILD)/fuzz-text $(BUILD)/twin/anole.elf $(BUILD)/fuzz-twin
FUZZ_ARGS_coredump := -i $(BUILD)/anole.elf -t $(BUILD)/fuzz-text @
fuzz:
	@case " $(FUZZED) " in *" $(TARGET) "*) ;; *) echo "make fuzz: unknown TARGET '$(TARGET)'; known: $(FUZZED)" >&2; exit 2 ;; esac
	@tools/setup build test
	@$(SUBMAKE) $(BUILD)/tests/host/fuzz_$(if $(FUZZ_IS_TOOL),image_)$(TARGET) $(if $(FUZZ_IS_TOOL),all)
ifneq ($(filter twincmp coredump,$(TARGET)),)
	@$(SUBMAKE) twin $(BUILD)/tools/whatif $(BUILD)/tests/host/mkcore
	@$(BUILD)/tests/host/mkcore $(BUILD)/anole.elf $(BUILD)/fuzz-core
	@$(BUILD)/tools/whatif -i $(BUILD)/anole.elf -t $(BUILD)/fuzz-text bare >/dev/null
	@$(BUILD)/tools/whatif -i $(BUILD)/twin/anole.elf -t $(BUILD)/fuzz-twin bare >/dev/null
endif
	@mkdir -p $(BUILD)/fuzz-$(TARGET)
	@FUZZ_IMAGE=$(BUILD)/$(if $(filter coredump,$(TARGET)),fuzz-core,anole.elf) FUZZ_TOOL="$(FUZZ_ARGS_$(TARGET))" \
		$(BUILD)/tests/host/fuzz_$(if $(FUZZ_IS_TOOL),image_)$(TARGET) \
		-max_len=$(if $(FUZZ_IS_TOOL),48 -timeout=60,400 -timeout=5) -max_total_time=$(FUZZ_SECONDS) \
		-artifact_prefix=$(BUILD)/fuzz- $(BUILD)/fuzz-$(TARGET)

## soak: the long counts of the random tests, and the lanes that it alone runs; goes on where it was cut
##      off; SOAK="kexec u-boot" takes rows of its table
soak:
	@tools/setup build tcg xen-dom0 kvm kexec uefi32 u-boot bochs bochs-xen kvm-intel
	@$(SUBMAKE) all debug build/tools/vmm
	@tools/soak

## bench: instructions of the boot and of patching, counted under QEMU's -icount; locks; exits with
##      and without each of KVM's features; cycles of a call site's forms on this machine's own CPU
bench:
	@tools/setup build $${LANES-tcg kvm xen-dom0} tcg
	@$(SUBMAKE) all $(BUILD)/tools/callbench build/tools/vmm twin
	@tools/bench

## mutants: can the tests fail? Breaks a line at a time and runs what should notice (tools/mutants); goes
##      on where it was cut off. MUTANTS="arch/x86/mm/*" takes some of the table's files; SAMPLE=20 so
##      many, chosen by HEAD's hash
mutants:
	@tools/setup build test tcg kvm xen-dom0 grub grub2 stub
	@$(SUBMAKE) -j2 all host-tools debug twin build/stub.elf build/tools/vmm
	@$(SUBMAKE) -j2 BUILD=build/clang CC=clang LD=ld.lld all twin
	@set -f; tools/mutants $(if $(SAMPLE),--sample $(SAMPLE)) $(MUTANTS)

## gdb: boot in lane tcg, stopped at its first instruction, with gdb attached
gdb:
	@tools/setup build gdb
	@$(SUBMAKE) all
	@qemu-system-x86_64 -accel tcg -cpu max -m 64 -nodefaults -no-reboot -display none \
		-bios /usr/share/qemu/qboot.rom -serial file:$(BUILD)/gdb-console -S -gdb tcp:127.0.0.1:1234 \
		-device isa-debug-exit,iobase=0xf4,iosize=4 -kernel $(BUILD)/anole.elf -append "$(APPEND)" & \
	gdb -q -ex 'set confirm off' -ex 'target remote 127.0.0.1:1234' -ex 'hbreak start_kernel' \
		-ex 'echo console: $(BUILD)/gdb-console\n' $(BUILD)/anole.elf; kill $$! 2>/dev/null || true

## check: static checks: format, clang-tidy, cppcheck
check:
	@tools/setup build check
	@tools/check

## twin: the same sources without the paravirt layer, as build/twin/anole.elf
twin:
	+@$(SUBMAKE) BUILD=$(BUILD)/twin TWIN=-DCONFIG_TWIN all

## debug: with locks that check who takes them, in which order and state, as build/debug/anole.elf
debug:
	+@$(SUBMAKE) BUILD=$(BUILD)/debug DEBUG=-DCONFIG_DEBUG_SPINLOCK all

## clean: remove what was built, but not the cache of unpacked packages
clean:
	@if [ -d $(BUILD) ]; then find $(BUILD) -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} +; fi

## distclean: remove all of build/
distclean:
	@rm -rf build

## help: this list
help:
	@echo 'make: build $(BUILD)/anole.elf (CC=clang LD=ld.lld for the other compiler, V=1 for commands)'
	@sed -n 's/^## \(.*\)/make \1/p' Makefile | sed 's!@LANES@!$(subst $(eval ) ,|,$(LANES_HERE))!' | sed 's/^make   */      /'

-include $(OBJS:.o=.d)
