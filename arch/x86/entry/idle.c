/* SPDX-License-Identifier: MIT */
/*
 * Waiting for an interrupt. A test of "is there work?" with interrupts off, then default_idle():
 * what comes in between is pending, and ends the wait at once. On the machine that rests on sti's
 * shadow, which holds interrupts back until the hlt waits. An emulated VMRUN forgets the shadow
 * (KVM inside QEMU's TCG), so an interrupt can come between the two, and the hlt would then wait
 * for the next one: idle_step_over() makes the interrupted code go on behind its hlt. That is right
 * for this hlt alone, whose wait any interrupt may end.
 */
#include <asm/paravirt.h>
#include <asm/traps.h>

/* Behind the hlt: native_safe_halt()'s in a site that is not patched, the site's own after that. */
extern const u8 native_safe_halted[], default_idle_halted[];

noinline void default_idle(void)
{
	arch_safe_halt();
	asm volatile(".globl default_idle_halted\n"
		     "default_idle_halted:");
}

/* Is ip a hlt that ends at `end`? The patcher may have stretched it by CS prefixes. */
static bool at_hlt(const u8 *ip, const u8 *end)
{
	if ((u64)end - (u64)ip - 1 > 3) /* as numbers: ip may be anybody's */
		return false;
	while (*ip == 0x2e)
		ip++;
	return *ip == 0xf4 && ip + 1 == end;
}

void idle_step_over(struct pt_regs *regs)
{
	const u8 *ip = (const u8 *)regs->ip;

	if (at_hlt(ip, native_safe_halted))
		regs->ip = (u64)native_safe_halted;
	else if (at_hlt(ip, default_idle_halted))
		regs->ip = (u64)default_idle_halted;
}
