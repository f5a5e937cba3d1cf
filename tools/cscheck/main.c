/* SPDX-License-Identifier: MIT */
/*
 * cscheck IMAGE: does every function that a platform may put into a callee-save slot of pv_ops, or
 * a slot of the registers convention, keep the registers that its callers have alive?
 *
 * The callers' asm() says that all but %rax lives on, and a function without the attribute that
 * makes the compiler see to it (gcc does not count it as a part of the type) works until a caller
 * happens to have something in a register. So each function is followed through all of its paths,
 * with what each register and each word of its stack frame holds: at a return every register holds
 * what it held.
 *
 *   a call of a function that keeps them all    loses %rax
 *   a call through pv_ops                       loses what the slot's convention says
 *   any other call                              loses what the C convention gives up
 *   a hypercall of Xen's (syscall)              loses %rax, %rcx, %r11 and its arguments
 *
 * clang's functions lose their arguments' registers as well, and their callers know it:
 * pv/destroy.S has a function that loses all that it may, and what that loses is what is allowed.
 *
 * A sentence for each function that does not, with the registers. Exit: 0 none; 1
 * some, or a file that can't be read; 2 a wrong command line.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include "cscheck.h"
#include <platform.h>
#include <asm/alt_plan.h>
#include <asm/paravirt_op_list.h>
#include <asm/paravirt_types.h>

static unsigned int findings, nr_checked;
static bool telling, arguments_are_lost;
static u64 pv_ops_at;

/* How a slot's function is called: by the member's type. pv_registers_code has no size. */
#define IS_STRUCT(op) (__builtin_classify_type(((struct paravirt_patch_template *)0)->op) == 12)
#define IS_CODE(op)                                                                         \
	__builtin_types_compatible_p(__typeof__(((struct paravirt_patch_template *)0)->op), \
				     const struct pv_registers_code *)
enum convention { C_CALL, CALLEE_SAVE, REGISTERS };
#define CONVENTION(op, nr) \
	[PARAVIRT_SLOT(op)] = IS_CODE(op) ? REGISTERS : IS_STRUCT(op) ? CALLEE_SAVE : C_CALL,
static const enum convention conventions[PARAVIRT_SLOTS] = { PV_OP_LIST(CONVENTION) };
#define NAME(op, nr) [PARAVIRT_SLOT(op)] = #op,
static const char *const names[PARAVIRT_SLOTS] = { PV_OP_LIST(NAME) };
#define NR_ARGS(op, nr) [PARAVIRT_SLOT(op)] = nr,
static const u8 nr_args[PARAVIRT_SLOTS] = { PV_OP_LIST(NR_ARGS) };

/* What a call through a slot may lose: an instruction's results, and with clang the arguments. */
static u32 slot_loses(unsigned int slot)
{
	static const u32 arguments[] = { 0, BIT(RDI), BIT(RDI) | BIT(RSI),
					 BIT(RDI) | BIT(RSI) | BIT(RDX) };

	if (conventions[slot] == C_CALL)
		return C_LOSES;
	if (!strcmp(names[slot], "cpu.cpuid"))
		return BIT(RAX) | BIT(RBX) | BIT(RCX) | BIT(RDX);
	if (!strcmp(names[slot], "cpu.read_msr"))
		return BIT(RAX) | BIT(RDX);
	if (conventions[slot] == REGISTERS)
		return 0;
	return BIT(RAX) | (arguments_are_lost ? arguments[nr_args[slot]] : 0);
}

bool through_slot(const cs_insn *insn, u32 *loses)
{
	u64 slot = (alt_call_slot(insn->bytes, insn->address) - pv_ops_at) / 8;

	if (slot < PARAVIRT_SLOTS)
		*loses = slot_loses(slot);
	return slot < PARAVIRT_SLOTS;
}

static void check_slot(const char *table, unsigned int slot, u64 function)
{
	char name[256], list[128] = "";
	u32 loses, i;

	if (!function || conventions[slot] == C_CALL)
		return;
	snprintf(name, sizeof(name), "%s", image_name(function, true));
	if (!image_in_text(function, 1)) {
		if (!telling)
			return;
		findings++;
		printf("%s: %s of %s is %s, which is no text\n", image_path, names[slot], table,
		       name);
		return;
	}
	nr_checked++;
	loses = look_at(function, 0)->loses & ~slot_loses(slot);
	if (!telling || !loses)
		return;
	findings++;
	for (i = 0; i < NR_REGS; i++)
		if (loses >> i & 1)
			snprintf(list + strlen(list), sizeof(list) - strlen(list), " %%%s",
				 reg_name(i));
	printf("%s: %s of %s is %s, which loses%s: %s keeps all but what it returns\n", image_path,
	       names[slot], table, name, list,
	       conventions[slot] == REGISTERS ? "an instruction" : "a callee-save op");
}

static void check_table(const char *table, u64 ops, u32 offset, u32 size)
{
	u32 i;

	if (offset % 8 || offset + size > sizeof(struct paravirt_patch_template))
		errx(1, "%s: an overlay of %s has offset %u and size %u", image_path, table, offset,
		     size);
	for (i = 0; i < size / 8; i++)
		check_slot(table, offset / 8 + i, image_word(ops + i * 8));
}

static void check_platform(const char *name, u64 at)
{
	u64 overlay = (u64)image_struct(at, struct platform)->overlays;
	const struct pv_overlay *o;

	for (; (o = image_struct(overlay, struct pv_overlay))->ops; overlay += sizeof(*o))
		check_table(name, (u64)o->ops, o->offset, o->size);
}

int main(int argc, char **argv)
{
	unsigned int nr_platforms;
	u64 one_argument;

	if (argc != 2)
		errx(2, "usage: cscheck IMAGE");
	if (cs_open(CS_ARCH_X86, CS_MODE_64, &cs) || cs_option(cs, CS_OPT_DETAIL, CS_OPT_ON))
		errx(1, "capstone does not start");
	image_load(argv[1]);
	pv_ops_at = image_symbol("pv_ops");
	do {
		telling = !next_round();
		findings = nr_checked = 0;
		/* The test op that loses all that it may says what the compiler takes for granted.
		 */
		one_argument = image_word(pv_ops_at + 8 * PARAVIRT_SLOT(test.callee1));
		arguments_are_lost = image_in_text(one_argument, 1) &&
				     look_at(one_argument, 0)->loses & BIT(RDI);
		check_table("pv_ops", pv_ops_at, 0, sizeof(struct paravirt_patch_template));
		nr_platforms = image_each("platform_", sizeof(struct platform), check_platform);
	} while (!telling);
	if (!nr_platforms)
		errx(1, "%s has no platforms", argv[1]);
	if (!findings)
		printf("%s: %u slots of pv_ops and %u platforms keep their callers' registers\n",
		       argv[1], nr_checked, nr_platforms);
	return findings != 0;
}
