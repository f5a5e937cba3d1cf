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
APPEND	?=
LANE	?=

SRCS := $(sort $(wildcard arch/x86/*/*.[cS] arch/x86/pv/*/*.[cS] kernel/*.c drivers/*.c \
	drivers/*/*.c tests/guest/*.[cS]))
OBJS := $(SRCS:%=$(BUILD)/%.o)

CPPFLAGS_K := -Iinclude -MMD -MP
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

.PHONY: all clean distclean run test bench gdb check help setup
all: $(BUILD)/anole.elf

# Two links: the second adds the symbol table and the patch table's checksum, made from the first.
$(BUILD)/anole.elf: $(OBJS) linker.ld $(BUILD)/tools/mksymbols tools/nosymbols.S
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_K) -c -o $(BUILD)/nosymbols.o tools/nosymbols.S
	$(Q)$(LD) $(LDFLAGS_K) -o $(BUILD)/first.elf $(OBJS) $(BUILD)/nosymbols.o
	$(Q)$(BUILD)/tools/mksymbols $(BUILD)/first.elf > $(BUILD)/symbols.S
	$(Q)$(CC) $(CFLAGS_K) -c -o $(BUILD)/symbols.o $(BUILD)/symbols.S
	$(Q)$(LD) $(LDFLAGS_K) -o $@.tmp $(OBJS) $(BUILD)/symbols.o
	$(Q)$(BUILD)/tools/mksymbols --check $@.tmp
	$(Q)mv $@.tmp $@

$(BUILD)/%.c.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS_K) $(CFLAGS_K) -c -o $@ $<
$(BUILD)/%.S.o: %.S Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS_K) $(CFLAGS_K) -c -o $@ $<
$(BUILD)/tools/mksymbols: tools/mksymbols.c Makefile
	@mkdir -p $(@D)
	$(call say,HOSTCC,$<)
	$(Q)$(HOSTCC) $(HOSTCFLAGS) -o $@ $< -lelf

-include $(OBJS:.o=.d)
