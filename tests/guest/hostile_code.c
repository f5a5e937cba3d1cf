/* SPDX-License-Identifier: MIT */
/* What a hostile program is made of: actions, operands, registers, flags and selectors, by chance.
 */
#include "hostile.h"
#include <string.h>
#include <user.h>
#include <asm/page.h>

DEFINE_PER_CPU(u64, hostile_state);

/* xorshift64*: Marsaglia 2003, Vigna 2016. */
u64 hostile_random(void)
{
	u64 s = this_cpu_read(hostile_state);

	s ^= s >> 12;
	s ^= s << 25;
	s ^= s >> 27;
	this_cpu_write(hostile_state, s);
	return s * 0x2545f4914f6cdd1d;
}

/* An address or value of the kind that finds mistakes. */
u64 evil(void)
{
	static const u64 values[] = {
		0,
		1,
		0x1000,
		USER_CODE,
		USER_CODE + 0xfff,
		USER_STACK - 8,
		USER_STACK,
		0x7fffffffffff,
		LAST_PAGE,
		LAST_PAGE + 0xffe,
		0x800000000000,
		0x8000000000000000,
		0xffff800000000000,
		0xffff888000000000,
		0xffffffff80000000,
		0xffffffff80100000,
		-8UL,
		-1UL,
		0x7ffffffffffe,
	};
	u64 r = hostile_random();

	return r & 7 ? values[r / 8 % ARRAY_SIZE(values)] + (r >> 40 & 3 ? 0 : r >> 60)
		     : hostile_random();
}

/* The kernel's own and the user's, Xen's, of an LDT, beyond the GDT; each with any RPL. */
static u64 selector(void)
{
	static const u16 selectors[] = { 0,	 0x08,	 0x10,	 0x18,	 0x20,	 0x28,
					 0x30,	 0x38,	 0x40,	 0x48,	 0x50,	 LDT_GATE(0),
					 0xe008, 0xe010, 0xe018, 0xe020, 0xe028, 0xfff8 };
	u64 r = hostile_random();

	if (!(r & 0x300))
		return LDT_GATE(r >> 16 & (NR_GATES - 1)) | 3;
	return selectors[(r >> 32) % ARRAY_SIZE(selectors)] | (r & 3);
}

void put(struct code *c, const char *bytes, unsigned int len)
{
	if (c->len + len <= sizeof(c->bytes))
		memcpy(c->bytes + c->len, bytes, len);
	c->len = min(c->len + len, (unsigned int)sizeof(c->bytes));
}

void mov(struct code *c, unsigned int reg, u64 value)
{
	char insn[10] = { 0x48, (char)(0xb8 + reg) };

	memcpy(insn + 2, &value, 8);
	put(c, insn, 10);
}

/* One instruction each, as bytes; most of them are not user mode's, or take an evil operand. */
static const struct {
	const char *bytes;
	u8 len;
} forbidden[] = {
	{ "\xfa", 1 },				       /* cli */
	{ "\xfb", 1 },				       /* sti */
	{ "\xf4", 1 },				       /* hlt */
	{ "\xe4\x21", 2 },			       /* in $0x21, %al */
	{ "\xe6\xf4", 2 },			       /* out %al, $0xf4: the debug exit */
	{ "\x6e", 1 },				       /* outsb */
	{ "\x0f\x20\xc0", 3 },			       /* mov %cr0, %rax */
	{ "\x0f\x20\xd8", 3 },			       /* mov %cr3, %rax */
	{ "\x0f\x22\xd8", 3 },			       /* mov %rax, %cr3 */
	{ "\x0f\x22\xe0", 3 },			       /* mov %rax, %cr4 */
	{ "\x0f\x23\xf8", 3 },			       /* mov %rax, %dr7 */
	{ "\x0f\x06", 2 },			       /* clts */
	{ "\x0f\x30", 2 },			       /* wrmsr */
	{ "\x0f\x32", 2 },			       /* rdmsr */
	{ "\x0f\x08", 2 },			       /* invd */
	{ "\x0f\x09", 2 },			       /* wbinvd */
	{ "\x0f\x01\xf8", 3 },			       /* swapgs */
	{ "\x0f\x01\x14\x24", 4 },		       /* lgdt (%rsp) */
	{ "\x0f\x01\x1c\x24", 4 },		       /* lidt (%rsp) */
	{ "\x0f\x01\xf0", 3 },			       /* lmsw %ax */
	{ "\x0f\x01\x3c\x24", 4 },		       /* invlpg (%rsp) */
	{ "\x0f\x00\xd8", 3 },			       /* ltr %ax */
	{ "\x0f\x00\xd0", 3 },			       /* lldt %ax */
	{ "\x48\x0f\x07", 3 },			       /* sysretq */
	{ "\x48\xcf", 2 },			       /* iretq */
	{ "\x0f\x34", 2 },			       /* sysenter */
	{ "\x0f\x35", 2 },			       /* sysexit */
	{ "\x0f\x01\xcb", 3 },			       /* stac */
	{ "\x0f\x01\xc1", 3 },			       /* vmcall */
	{ "\x0f\x01\xd9", 3 },			       /* vmmcall */
	{ "\xcc", 1 },				       /* int3 */
	{ "\xf1", 1 },				       /* int1 */
	{ "\x0f\x0b", 2 },			       /* ud2 */
	{ "\xdb\xe3", 2 },			       /* fninit */
	{ "\x0f\x28\xc1", 3 },			       /* movaps %xmm1, %xmm0 */
	{ "\x0f\xae\x04\x24", 4 },		       /* fxsave (%rsp) */
	{ "\x0f\x01\xd0", 3 },			       /* xgetbv */
	{ "\xf0\x0f\xc7\xc8", 4 },		       /* lock cmpxchg8b %eax */
	{ "\xff\xe0", 2 },			       /* jmp *%rax */
	{ "\xff\xd0", 2 },			       /* call *%rax */
	{ "\xff\x28", 2 },			       /* ljmp *(%rax) */
	{ "\xff\x18", 2 },			       /* lcall *(%rax) */
	{ "\x48\xff\x18", 3 },			       /* the same, with an offset of 64 bits */
	{ "\xcb", 1 },				       /* lret */
	{ "\x48\xcb", 2 },			       /* lretq */
	{ "\x50", 1 },				       /* push %rax */
	{ "\x58", 1 },				       /* pop %rax */
	{ "\x8f\x00", 2 },			       /* pop (%rax) */
	{ "\x48\x8b\x00", 3 },			       /* mov (%rax), %rax */
	{ "\x48\x89\x00", 3 },			       /* mov %rax, (%rax) */
	{ "\x8e\xd8", 2 },			       /* mov %eax, %ds */
	{ "\x8e\xc0", 2 },			       /* mov %eax, %es */
	{ "\x8e\xe0", 2 },			       /* mov %eax, %fs */
	{ "\x8e\xe8", 2 },			       /* mov %eax, %gs */
	{ "\x8e\xd0", 2 },			       /* mov %eax, %ss */
	{ "\x0f\xb2\x00", 3 },			       /* lss (%rax), %eax */
	{ "\x0f\xb4\x00", 3 },			       /* lfs (%rax), %eax */
	{ "\x0f\xb5\x00", 3 },			       /* lgs (%rax), %eax */
	{ "\xf3\x48\x0f\xae\xd0", 5 },		       /* wrfsbase %rax */
	{ "\xf3\x48\x0f\xae\xd8", 5 },		       /* wrgsbase %rax */
	{ "\xf3\x48\x0f\xae\xd8\xcc", 6 },	       /* the same, and int3 with it */
	{ "\xf3\x48\x0f\xae\xd8\x0f\x05", 7 },	       /* and syscall */
	{ "\xf3\x48\x0f\xae\xc8", 5 },		       /* rdgsbase %rax */
	{ "\x64\x48\x8b\x04\x25\x00\x00\x00\x00", 9 }, /* mov %fs:0, %rax */
	{ "\x65\x48\x8b\x04\x25\x00\x00\x00\x00", 9 }, /* mov %gs:0, %rax */
	{ "\x0f\x05", 2 },			       /* syscall with what is in rax */
	{ "\xeb\xfe", 2 },			       /* jmp to itself */
};

static void put_forbidden(struct code *c)
{
	u64 i = hostile_random() % ARRAY_SIZE(forbidden);

	put(c, forbidden[i].bytes, forbidden[i].len);
}

/* Flags for popf: some of TF, IF, DF, IOPL, NT, AC; or any. */
static u64 flags(void)
{
	return hostile_random() & 1 ? hostile_random() & 0x47700 : evil();
}

/* A far pointer on the stack, and lcall or ljmp by it: 64 bits of offset, or 32. */
static void put_far(struct code *c)
{
	u64 r = hostile_random();

	if (r & 1) {
		mov(c, 0, selector());
		put(c, "\x50", 1); /* push %rax */
		mov(c, 0, evil());
	} else {
		mov(c, 0, selector() << 32 | (u32)evil());
	}
	put(c, "\x50", 1);
	if (r & 1)
		put(c, "\x48", 1);
	put(c, r & 2 ? "\xff\x1c\x24" : "\xff\x2c\x24", 3); /* lcall *(%rsp), ljmp *(%rsp) */
}

void make_action(struct code *c)
{
	unsigned int i;
	u64 r = hostile_random();

	switch (r % 12) {
	case 0: /* int n */
		put(c, "\xcd", 1);
		put(c, (char[]){ r >> 8 }, 1);
		break;
	case 1: /* a system call with arguments that are not meant well */
		mov(c, 0, r >> 8 & 1 ? r >> 9 & 7 : evil());
		mov(c, 7, evil());
		mov(c, 6, evil());
		put(c, "\x0f\x05", 2);
		break;
	case 2: /* a stack that is none, and something that uses it */
		mov(c, 4, evil());
		put_forbidden(c);
		break;
	case 3: /* random bytes */
		for (i = 0; i < 8; i++)
			put(c, (char[]){ hostile_random() }, 1);
		break;
	case 4: /* an iret of its own making */
		for (i = 0; i < 5; i++) {
			if (hostile_random() & 1)
				mov(c, 0, i == 0 || i == 3 ? selector() : evil());
			else
				mov(c, 0, (u64[]){ 0x2b, USER_STACK, 0x202, 0x33, USER_CODE }[i]);
			put(c, "\x50", 1);
		}
		put(c, "\x48\xcf", 2);
		break;
	case 5: /* flags, and right behind them what is done with them */
		mov(c, 0, flags());
		put(c, "\x50", 1);
		mov(c, 0, r >> 8 & 1 ? r >> 9 & 7 : evil());
		put(c, "\x9d", 1); /* popf */
		if (r >> 12 & 1)
			put_forbidden(c);
		else /* syscall, int3, or nothing */
			put(c, &"\x0f\x05\xcc\x90\x90\x90"[r / 8192 % 3 * 2], 2);
		break;
	case 6: /* a segment register */
		mov(c, 0, selector());
		put(c, "\x8e", 1);
		put(c, &"\xd8\xc0\xe0\xe8\xd0"[r / 256 % 5], 1);
		break;
	case 7: /* through a gate, or to a segment */
		put_far(c);
		break;
	case 8: /* sysenter, with what it would return to */
		mov(c, 1, evil());
		mov(c, 2, evil());
		put(c, "\x0f\x34", 2);
		break;
	default:
		mov(c, 0, evil());
		put_forbidden(c);
	}
}

void make_page(u8 *page)
{
	struct code c = { .len = 0 };
	u64 *gate = (u64 *)page, i;

	/* Call gates with DPL 3 into a kernel's segment: SDM vol. 3A, 5.8.3.1. */
	for (i = 0; i < NR_GATES; i++, gate += 2) {
		u64 offset = hostile_random() & 1 ? PAGE_CODE : evil();

		gate[0] = (offset & 0xffff) | (selector() & ~(u64)7) << 16 | 0xecUL << 40 |
			  (offset >> 16 & 0xffff) << 48;
		gate[1] = offset >> 32;
	}
	make_action(&c);
	memcpy(page + PAGE_CODE, c.bytes, c.len);
	/* The last word before the hole is a syscall, which would go on at an address that is none.
	 */
	page[PAGE_SIZE - 2] = 0x0f;
	page[PAGE_SIZE - 1] = 0x05;
}
