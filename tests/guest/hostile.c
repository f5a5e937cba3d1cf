/* SPDX-License-Identifier: MIT */
/*
 * A hostile user program, made anew each round from the seed that is printed: a few actions that a
 * program must not get away with, in random order with random operands and registers, and random
 * bytes. Each has to end it with a sentence, or do no harm; the kernel goes on and keeps no page.
 */
#include <cmdline.h>
#include <page_alloc.h>
#include <printk.h>
#include <selftest.h>
#include <string.h>
#include <user.h>
#include <asm/cpufeature.h>

#define ROUNDS	  2000 /* where nothing says otherwise; a slowly emulated machine does fewer */
#define ROUNDS_PV 300

static u64 state;

/* xorshift64*: Marsaglia 2003, Vigna 2016. */
static u64 random(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1d;
}

/* An address or value of the kind that finds mistakes. */
static u64 evil(void)
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
		0x7ffffffff000,
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
	u64 r = random();

	return r & 7 ? values[r / 8 % ARRAY_SIZE(values)] + (r >> 40 & 3 ? 0 : r >> 60) : random();
}

struct code {
	u8 bytes[256];
	unsigned int len;
};

static void put(struct code *c, const char *bytes, unsigned int len)
{
	if (c->len + len <= sizeof(c->bytes))
		memcpy(c->bytes + c->len, bytes, len);
	c->len = min(c->len + len, (unsigned int)sizeof(c->bytes));
}

/* mov $value, %rax + reg (0 rax, 1 rcx, 2 rdx, 3 rbx, 4 rsp, 5 rbp, 6 rsi, 7 rdi) */
static void mov(struct code *c, unsigned int reg, u64 value)
{
	char insn[10] = { 0x48, (char)(0xb8 + reg) };

	memcpy(insn + 2, &value, 8);
	put(c, insn, 10);
}

/* One instruction each, as bytes; none of them is user mode's. */
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
	{ "\xcb", 1 },				       /* lret */
	{ "\x50", 1 },				       /* push %rax */
	{ "\x58", 1 },				       /* pop %rax */
	{ "\x8f\x00", 2 },			       /* pop (%rax) */
	{ "\x48\x8b\x00", 3 },			       /* mov (%rax), %rax */
	{ "\x48\x89\x00", 3 },			       /* mov %rax, (%rax) */
	{ "\x50\x9d", 2 },			       /* push %rax; popf: TF, NT, AC, IOPL ... */
	{ "\x8e\xd8", 2 },			       /* mov %eax, %ds */
	{ "\x8e\xc0", 2 },			       /* mov %eax, %es */
	{ "\x8e\xe0", 2 },			       /* mov %eax, %fs */
	{ "\x8e\xe8", 2 },			       /* mov %eax, %gs */
	{ "\x8e\xd0", 2 },			       /* mov %eax, %ss */
	{ "\xf3\x48\x0f\xae\xd8", 5 },		       /* wrgsbase %rax */
	{ "\x65\x48\x8b\x04\x25\x00\x00\x00\x00", 9 }, /* mov %gs:0, %rax */
	{ "\x0f\x05", 2 },			       /* syscall with what is in rax */
	{ "\xeb\xfe", 2 },			       /* jmp to itself */
};

static void make_action(struct code *c)
{
	unsigned int i;
	u64 r = random();

	switch (r % 8) {
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
		put(c, forbidden[(r >> 8) % ARRAY_SIZE(forbidden)].bytes,
		    forbidden[(r >> 8) % ARRAY_SIZE(forbidden)].len);
		break;
	case 3: /* random bytes */
		for (i = 0; i < 8; i++)
			put(c, (char[]){ random() }, 1);
		break;
	case 4: /* an iret of its own making */
		for (i = 0; i < 5; i++) {
			mov(c, 0,
			    random() & 1 ? evil()
					 : (u64[]){ 0x2b, USER_STACK, 0x202, 0x33, USER_CODE }[i]);
			put(c, "\x50", 1);
		}
		put(c, "\x48\xcf", 2);
		break;
	default:
		mov(c, 0, evil());
		put(c, forbidden[(r >> 8) % ARRAY_SIZE(forbidden)].bytes,
		    forbidden[(r >> 8) % ARRAY_SIZE(forbidden)].len);
	}
}

static void round(struct test *t)
{
	struct code c = { .len = 0 };
	unsigned int i, n = 1 + random() % 4;
	struct user *u;

	for (i = 0; i < n; i++)
		make_action(&c);
	put(&c, "\x31\xc0\x0f\x05", 4); /* xor %eax, %eax; syscall: exit */
	u = user_create(c.bytes, c.len);
	if (!u)
		return test_fail(t, "no memory for a user program");
	for (i = 0; i < 15; i++)
		((u64 *)&u->regs)[i] = evil(); /* r15 to rdi */
	if (!(random() & 7))
		u->regs.sp = evil();
	u->ticks = 1;
	u->quiet = true;
	user_run(u);
	CHECK(t, u->end == USER_EXITED || u->why[0], "a program was killed without a sentence");
	user_destroy(u);
}

SELFTEST(user, hostile)
{
	u64 free = nr_free_pages(), i, rounds = cmdline.rounds;

	if (!rounds)
		rounds = boot_cpu_has(X86_FEATURE_XENPV) ? ROUNDS_PV : ROUNDS;
	state = cmdline.seed;
	printk("hostile programs: seed=%lu rounds=%lu\n", cmdline.seed, rounds);
	for (i = 0; i < rounds && !t->failed; i++) {
		state = state * 6364136223846793005 + i; /* each round by itself: seed and number */
		state |= 1;
		round(t);
		CHECK(t, nr_free_pages() == free, "round %lu: %lu pages were free, now %lu", i,
		      free, nr_free_pages());
	}
}
