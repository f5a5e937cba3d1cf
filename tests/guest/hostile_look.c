/* SPDX-License-Identifier: MIT */
/* Hostile programs that look for what is the kernel's, in registers and in its memory. */
#include "hostile.h"
#include <printk.h>
#include <string.h>
#include <user.h>

#define MEMORY_SURE 4096 /* pages that every machine has */

void look_at_registers(struct worker *w)
{
	unsigned int i, n = 1 + hostile_random() % 4;
	struct code c = { .len = 0 };
	struct pt_regs r, *last = &w->last, *start = &w->u->regs;
	struct user *u = w->u;

	for (i = 0; i < n; i++) {
		mov(&c, 0, 1 + hostile_random() % 7); /* not exit */
		mov(&c, 7, r.di = USER_STACK - (hostile_random() & 0xff));
		mov(&c, 6, r.si = hostile_random() & 0x1ff);
		put(&c, "\x0f\x05", 2);
	}
	put(&c, UD2, 2);
	prepare(w, &c);
	user_run(u);
	if (u->expired)
		return;
	if (u->end != USER_KILLED || last->vector != X86_TRAP_UD)
		wrong(w, "%u system calls, then ud2: end %d, '%s'", n, u->end, u->why);
	/* What is lost or given may be only: the place and the flags, or 0; a result. */
	if (last->cx && last->cx != USER_CODE + c.len - 2)
		wrong(w, "rcx after a system call: %lx", last->cx);
	if (last->r11 & ~0xad7UL)
		wrong(w, "r11 after a system call: %lx", last->r11);
	if (last->ax >= 0xffff800000000000 && last->ax < -4095UL)
		wrong(w, "rax after a system call: %lx", last->ax);
	start->ax = last->ax;
	start->cx = last->cx;
	start->r11 = last->r11;
	start->di = r.di;
	start->si = r.si;
	for (i = 0; i < NR_GPRS; i++)
		if (((u64 *)last)[i] != ((u64 *)start)[i])
			wrong(w, "word %u of the registers after system calls: %lx, expected %lx",
			      i, ((u64 *)last)[i], ((u64 *)start)[i]);
}

/* An address that is the kernel's and, most often, mapped. */
static u64 kernels_address(const struct worker *w)
{
	u64 way = hostile_random() % 6, r = hostile_random(), at;

	switch (way) {
	case 0: /* all memory; on Xen the end of it is not */
		at = PAGE_OFFSET + r % MEMORY_SURE * PAGE_SIZE;
		break;
	case 1:
		at = (u64)_text + r % (u64)(_image_end - _text);
		break;
	case 2: /* our stack */
		at = (u64)__builtin_frame_address(0);
		break;
	case 3:
		at = this_cpu_read(this_cpu_off) + (u64)__per_cpu_start;
		break;
	case 4:
		at = (u64)w;
		break;
	default:
		at = KSTACK_BASE + (r & 63) * PAGE_SIZE;
	}
	return (at & -PAGE_SIZE) + (r >> 32 & 0xff8);
}

void look_at_memory(struct worker *w)
{
	static const struct {
		char bytes[6];
		u8 len;
	} ways[] = {
		{ "\x48\x8b\x38", 3 },	   /* mov (%rax), %rdi */
		{ "\x48\x89\x38", 3 },	   /* mov %rdi, (%rax) */
		{ "\xff\xe0", 2 },	   /* jmp *%rax */
		{ "\xf0\x48\x83\x20", 5 }, /* lock andq $0, (%rax) */
		{ "\x48\x94\x5f", 3 },	   /* xchg %rax, %rsp; pop %rdi */
		{ "\x48\x94\x57", 3 },	   /* xchg %rax, %rsp; push %rdi: 8 below */
	};
	u64 i = hostile_random() % (ARRAY_SIZE(ways) + 1), at = kernels_address(w);
	struct code c = { .len = 0 };
	char fault[40];
	struct user *u = w->u;
	bool well;

	mov(&c, 0, hostile_random() & 1 ? 0x40202 : 0x202);
	put(&c, "\x50\x9d", 2); /* AC, perhaps */
	if (i < ARRAY_SIZE(ways)) {
		mov(&c, 0, at);
		put(&c, ways[i].bytes, ways[i].len);
	} else {
		mov(&c, 7, at);
		put(&c, "\x31\xf6\x83\xc6\x08\x8d\x46\xf9\x0f\x05", 10); /* write(at, 8) */
		put(&c, "\x48\x89\xc7", 3);				 /* mov %rax, %rdi */
	}
	put(&c, EXIT, 4);
	prepare(w, &c);
	user_run(u);
	snprintf(fault, sizeof(fault), "page fault at %016lx*", at - (i == 5 ? 8 : 0));
	if (i < ARRAY_SIZE(ways))
		well = u->end == USER_KILLED && glob_match(fault, u->why);
	else
		well = u->end == USER_EXITED && u->status == (u64)-EFAULT;
	if (!well && !u->expired)
		wrong(w, "the kernel's %016lx, way %lu: end %d, status %lx, '%s'", at, i, u->end,
		      u->status, u->why);
}
