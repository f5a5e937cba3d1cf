/* SPDX-License-Identifier: MIT */
/*
 * Who called whom, by the chain of frame pointers that -fno-omit-frame-pointer leaves:
 *
 *   rbp -> | caller's rbp | return address |
 *
 * During a panic the chain may be damaged: every frame has to lie in the image or on a stack, above
 * the one before it, and aligned; the chain ends at 0, where a way in or a trap began it.
 */
#include <kstack.h>
#include <printk.h>
#include <asm/page.h>
#include <asm/panic.h>

#define MAX_FRAMES 32

void save_caller_regs(struct pt_regs *r, void *ip, void *frame)
{
	*r = (struct pt_regs){ .ip = (u64)ip, .bp = *(u64 *)frame, .sp = (u64)frame + 16 };
	asm volatile("mov %%rax, %0" : "=m"(r->ax));
	asm volatile("mov %%rbx, %0" : "=m"(r->bx));
	asm volatile("mov %%r12, %0" : "=m"(r->r12));
	asm volatile("mov %%r13, %0" : "=m"(r->r13));
	asm volatile("mov %%r14, %0" : "=m"(r->r14));
	asm volatile("mov %%r15, %0" : "=m"(r->r15));
	asm volatile("movw %%cs, %0" : "=m"(r->cs));
	asm volatile("movw %%ss, %0" : "=m"(r->ss));
}

void show_backtrace(const struct pt_regs *regs)
{
	u64 bp = regs->bp;
	int i;

	printk("backtrace:\n");
	printk("  %016lx %pS\n", regs->ip, (void *)regs->ip);
	for (i = 0; i < MAX_FRAMES && bp; i++) {
		const u64 *frame = (const u64 *)bp;

		if (bp % 8 ||
		    ((bp < (u64)_data || bp + 16 > (u64)_image_end) && !kstack_contains(bp, 16))) {
			printk("  (the frame pointer %016lx is no frame)\n", bp);
			return;
		}
		if (!frame[1])
			return;
		printk("  %016lx %pB\n", frame[1], (void *)frame[1]);
		if (frame[0] && frame[0] <= bp) {
			printk("  (the next frame pointer %016lx goes down)\n", frame[0]);
			return;
		}
		bp = frame[0];
	}
}
