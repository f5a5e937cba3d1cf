/* SPDX-License-Identifier: MIT */
/* Traps: that they come, with their vector, error code and address, and that we go on after. */
#include <printk.h>
#include <selftest.h>
#include <string.h>
#include <asm/apic.h>
#include <asm/cpufeature.h>
#include <asm/extable.h>
#include <asm/page.h>
#include <asm/paravirt.h>
#include <asm/pgtable.h>
#include <asm/traps.h>
#include <xen/xen.h>

#define NON_CANONICAL 0x8000000000000000
#define NO_SUCH_MSR   0x12345678
#define MSR_IA32_PKRS 0x6e1 /* 32 bits wide: a write of more is #GP on every machine */

extern char boot_stack_guard[];
extern const u64 xen_trap_stubs[];

static void read_at(void *p)
{
	READ_ONCE(*(u64 *)p);
}

static void write_at(void *p)
{
	WRITE_ONCE(*(u64 *)p, 0);
}

static void do_ud2(void *arg)
{
	(void)arg;
	asm volatile("ud2");
}

static void do_int3(void *arg)
{
	(void)arg;
	asm volatile("int3");
}

static void do_divide(void *arg)
{
	asm volatile("xorl %%edx, %%edx; divl %1" : "+a"(arg) : "r"(0) : "edx");
}

SELFTEST(trap, expected_faults)
{
	static const struct {
		const char *what;
		void (*fn)(void *);
		u64 arg, vector;
	} cases[] = {
		{ "a read from a non-canonical address", read_at, NON_CANONICAL, X86_TRAP_GP },
		{ "ud2", do_ud2, 0, X86_TRAP_UD },
		{ "int3", do_int3, 0, X86_TRAP_BP },
		{ "a division by zero", do_divide, 0, X86_TRAP_DE },
		{ "a read from address 8", read_at, 8, X86_TRAP_PF },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fault f;

		if (!catch_fault(cases[i].fn, (void *)cases[i].arg, &f))
			test_fail(t, "%s did not trap", cases[i].what);
		else
			CHECK(t, f.vector == cases[i].vector, "%s: vector %lu, expected %lu",
			      cases[i].what, f.vector, cases[i].vector);
	}
	CHECK(t, !catch_fault(read_at, t, &(struct fault){ 0 }), "a good read trapped");
}

SELFTEST(trap, page_fault_details)
{
	u64 where = (u64)boot_stack_guard + 0x123;
	struct fault f;

	CHECK(t, catch_fault(read_at, (void *)where, &f), "the guard page can be read");
	CHECK(t, f.address == where, "address %lx, expected %lx", f.address, where);
	CHECK(t, !(f.error_code & (X86_PF_WRITE | X86_PF_PROT)), "read: error code %lx",
	      f.error_code);
	CHECK(t, catch_fault(write_at, (void *)where, &f), "the guard page can be written");
	CHECK(t, f.error_code & X86_PF_WRITE, "write: error code %lx", f.error_code);
	CHECK(t, read_cr2() == where, "read_cr2 says %lx, expected %lx", read_cr2(), where);
}

/* int n for every exception without an error code: each must arrive under its own number. */
SELFTEST(trap, every_vector)
{
	static u8 int_n[] = { 0xcd, 0, 0xc3 };
	static const u8 vectors[] = { 0, 1, 3, 4, 5, 6, 7, 9, 15, 16, 18, 19, 20, 22, 31 };
	struct fault f;
	u64 *ptep;
	size_t i;

	if (boot_cpu_has(X86_FEATURE_XENPV))
		return test_skip(t, "a PV kernel runs in ring 3: int n needs the gate's leave");
	/* The data page that holds `int n; ret` may execute for as long as this takes. */
	ptep = lookup_address((u64)int_n);
	set_memory((u64)int_n & -PAGE_SIZE, ((u64)int_n & -PAGE_SIZE) + PAGE_SIZE, _PAGE_NX, 0);
	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		int_n[1] = vectors[i];
		if (!catch_fault((void (*)(void *))(u64)int_n, NULL, &f))
			test_fail(t, "int %u did not arrive", vectors[i]);
		else
			CHECK(t, f.vector == vectors[i], "int %u arrived as %lu", vectors[i],
			      f.vector);
	}
	set_memory((u64)int_n & -PAGE_SIZE, ((u64)int_n & -PAGE_SIZE) + PAGE_SIZE, 0, _PAGE_NX);
	CHECK(t, pte_val(*ptep) & _PAGE_NX, "the page stayed executable");
}

static void wreck_stack(void *arg)
{
	asm volatile("movq %0, %%rsp; pushq $0" : : "r"(arg) : "memory");
}

SELFTEST(trap, double_fault)
{
	struct fault f;

	if (boot_cpu_has(X86_FEATURE_XENPV))
		return test_skip(t, "Xen ends a domain whose kernel stack can't take a frame");
	CHECK(t, catch_fault(wreck_stack, boot_stack_guard + 64, &f), "no fault");
	CHECK(t, f.vector == X86_TRAP_DF, "vector %lu, expected a double fault", f.vector);
}

static void int_9(void *arg)
{
	(void)arg;
	asm volatile("int $9");
}

static void int_18(void *arg)
{
	(void)arg;
	asm volatile("int $18");
}

struct pv_entry {
	u64 address;
	u64 has_error_code;
};

/* A frame as Xen would write it, and a jump to what Xen would jump to. */
static void by_hand(void *arg)
{
	const struct pv_entry *entry = arg;

	asm volatile("movq %%rsp, %%rax\n"
		     "pushq %1\n"    /* ss */
		     "pushq %%rax\n" /* rsp */
		     "pushq $2\n"    /* rflags, events masked */
		     "pushq %2\n"    /* cs, RPL 0 as Xen shows it */
		     "leaq 1f(%%rip), %%rax\n"
		     "pushq %%rax\n" /* rip */
		     "testq %3, %3\n"
		     "jz 2f\n"
		     "pushq $0\n" /* error code */
		     "2:\n"
		     "pushq $0\n" /* r11 */
		     "pushq $0\n" /* rcx */
		     "jmp *%0\n"
		     "1:"
		     :
		     : "r"(entry->address), "i"(FLAT_KERNEL_DS), "i"(FLAT_KERNEL_CS & ~3),
		       "r"(entry->has_error_code)
		     : "rax", "rcx", "r11", "memory");
}

/*
 * Xen PV's own entries for #MC and #DF, which Xen never brings by itself. Which vector an int n is,
 * Xen reads from the error code of the #GP that it gets: QEMU 7.2 counts that double, and int 9 is
 * vector
 * 18. Xen 4.20 refuses each int n, whatever the trap table allows.
 */
SELFTEST(trap, pv_entries_of_their_own)
{
	struct pv_entry mc = { xen_trap_stubs[X86_TRAP_MC], false };
	struct pv_entry df = { xen_trap_stubs[X86_TRAP_DF], true };
	struct fault f = { 0 };

	if (!boot_cpu_has(X86_FEATURE_XENPV))
		return test_skip(t, "the bare machine's are tested by real ones");
	if ((!catch_fault(int_18, NULL, &f) || f.vector != X86_TRAP_MC) &&
	    (!catch_fault(int_9, NULL, &f) || f.vector != X86_TRAP_MC)) {
		printk("int 9 is refused with error code %lx: #MC's entry by hand\n", f.error_code);
		CHECK(t, f.vector == X86_TRAP_GP, "int 9 brought vector %lu", f.vector);
		CHECK(t, catch_fault(by_hand, &mc, &f), "no #MC");
	}
	CHECK(t, f.vector == X86_TRAP_MC, "#MC's entry brought vector %lu", f.vector);
	CHECK(t, catch_fault(by_hand, &df, &f), "no #DF");
	CHECK(t, f.vector == X86_TRAP_DF, "#DF's entry brought vector %lu", f.vector);
}

/* The safe forms come back with an error in place of a panic. */
SELFTEST(trap, exception_table)
{
	u64 value = 1;
	int error = rdmsr_safe(NO_SUCH_MSR, &value);

	/* QEMU's software CPU, which may hide, reads unknown MSRs as 0 in place of #GP. */
	if (boot_cpu_has(X86_FEATURE_KVM) || boot_cpu_has(X86_FEATURE_XENPV))
		CHECK(t, error == -EIO, "an unknown MSR was read");
	CHECK(t, !value, "value %lx after a refused read, expected 0", value);
	CHECK(t, wrmsr_safe(MSR_IA32_PKRS, BIT(32)) == -EIO, "a bad value was written");
	CHECK(t, !rdmsr_safe(0xc0000080, &value), "EFER could not be read");
	CHECK(t, value & BIT(10), "EFER is %lx, without long mode", value);
}

static u32 handled;

static void count(struct pt_regs *regs)
{
	(void)regs;
	handled++;
}

/* As an emulated VMRUN repeats one: by the vector, and nothing in service at the APIC. */
SELFTEST(trap, interrupts_while_they_are_off)
{
	u32 before = this_cpu_read(irqs_while_off);

	if (boot_cpu_has(X86_FEATURE_XENPV))
		return test_skip(t, "Xen masks events, and calls us when they are not");
	test_handle_ipi(count);
	asm volatile("int %0" : : "i"(RESCHEDULE_VECTOR) : "memory");
	CHECK(t, !handled && this_cpu_read(irqs_while_off) == before + 1,
	      "with interrupts off one was handled");
	arch_local_irq_enable();
	asm volatile("int %0" : : "i"(RESCHEDULE_VECTOR) : "memory");
	arch_local_irq_disable();
	CHECK(t, handled == 1 && this_cpu_read(irqs_while_off) == before + 1,
	      "with interrupts on %u were handled", handled);
	this_cpu_write(irqs_while_off, before); /* it was no VMRUN's */
}
