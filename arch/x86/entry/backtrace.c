/* SPDX-License-Identifier: MIT */
/*
 * Who called whom, by the chain of frame pointers that -fno-omit-frame-pointer leaves:
 *
 *   rbp -> | caller's rbp | return address |
 *
 * During a panic the chain may be damaged: every frame has to lie in the image or on a stack, above
 * the one before it, and aligned; even then it may be a page under a stack, where nothing is
 * mapped. The chain ends at 0, where a way in or a trap began it.
 */
#include <kstack.h>
#include <printk.h>
#include <asm/extable.h>
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

struct frame {
	u64 bp, ip;
};

/* False: it can't be read. */
static bool read_frame(struct frame *to, u64 bp)
{
	const struct frame *from = (const struct frame *)bp;
	bool bad = true;

	asm volatile("1: movq %3, %0\n"
		     "2: movq %4, %1\n"
		     "movb $0, %2\n"
		     "3:\n" _ASM_EXTABLE(1b, 3b) _ASM_EXTABLE(2b, 3b)
		     : "=&r"(to->bp), "=&r"(to->ip), "+q"(bad)
		     : "m"(from->bp), "m"(from->ip));
	return !bad;
}

void show_backtrace(const struct pt_regs *regs)
{
	struct frame frame;
	u64 bp = regs->bp;
	int i;

	printk("backtrace:\n");
	printk("  %016lx %pS\n", regs->ip, (void *)regs->ip);
	for (i = 0; i < MAX_FRAMES && bp; i++) {
		if (bp % 8 ||
		    ((bp < (u64)_data || bp + 16 > (u64)_image_end) && !kstack_contains(bp, 16)) ||
		    !read_frame(&frame, bp)) {
			printk("  (the frame pointer %016lx is no frame)\n", bp);
			return;
		}
		if (!frame.ip)
			return;
		printk("  %016lx %pB\n", frame.ip, (void *)frame.ip);
		if (frame.bp && frame.bp <= bp) {
			printk("  (the next frame pointer %016lx goes down)\n", frame.bp);
			return;
		}
		bp = frame.bp;
	}
}
