/* SPDX-License-Identifier: MIT */
/*
 * Each form of a call through pv_ops, of an op that loses all that its convention lets it lose
 * (pv/destroy.S), with every other register in use: what a form does not say is lost, the compiler
 * keeps there. The same around the three instructions that have a convention of their own, whose
 * code on a hypervisor is real.
 */
#include <selftest.h>
#include <asm/msr-index.h>
#include <asm/paravirt.h>

#define OFF X86_FEATURE_TEST_OFF /* the instruction that could take the call's place does not */

extern u64 destroy_calls; /* plain: a call that does not say "memory" has it in a register */

/* In memory as the compiler sees it, so that it can't know the values. */
static volatile u64 seed[11] = { 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37 };

#define IN_REGISTERS                                                                         \
	asm volatile(""                                                                      \
		     : "+r"(v0), "+r"(v1), "+r"(v2), "+r"(v3), "+r"(v4), "+r"(v5), "+r"(v6), \
		       "+r"(v7), "+r"(v8), "+r"(v9), "+r"(v10))

/* True if `call` kept the registers; the eleven leave two for it to work with. */
#define KEEPS(call)                                                                         \
	({                                                                                  \
		u64 v0 = seed[0], v1 = seed[1], v2 = seed[2], v3 = seed[3], v4 = seed[4],   \
		    v5 = seed[5], v6 = seed[6], v7 = seed[7], v8 = seed[8], v9 = seed[9],   \
		    v10 = seed[10];                                                         \
                                                                                            \
		IN_REGISTERS;                                                               \
		call;                                                                       \
		IN_REGISTERS;                                                               \
		v0 == seed[0] && v1 == seed[1] && v2 == seed[2] && v3 == seed[3] &&         \
			v4 == seed[4] && v5 == seed[5] && v6 == seed[6] && v7 == seed[7] && \
			v8 == seed[8] && v9 == seed[9] && v10 == seed[10];                  \
	})

/* A form that may write memory, and one that gives a value. */
#define FORM(form, call)                                                        \
	static noinline void form(struct test *t)                               \
	{                                                                       \
		u64 before = destroy_calls;                                     \
		bool kept = KEEPS(call), came = destroy_calls == before + 1;    \
                                                                                \
		CHECK(t, kept, #form " loses a register that it does not say"); \
		CHECK(t, came, #form ": memory is not read again");             \
	}
#define VALUE(form, call, want)                                                                \
	static noinline void form(struct test *t)                                              \
	{                                                                                      \
		u64 value = 0;                                                                 \
                                                                                               \
		CHECK(t, KEEPS(value = call), #form " loses a register that it does not say"); \
		CHECK(t, value == (want), #form " gives %lu", value);                          \
	}

/* In the order of asm/paravirt_types.h. 1, 2 and 4: sums tell which arguments came. */
FORM(call0, (void)PVOP_CALL0(u64, pv_ops, test.destroy))
VALUE(call1, PVOP_CALL1(u64, pv_ops, test.destroy, 1) & 0, 0)
VALUE(call2, PVOP_CALL2(u64, pv_ops, test.destroy, 1, 2) & 0, 0)
VALUE(call3, PVOP_CALL3(u64, pv_ops, test.destroy, 1, 2, 4), 7)
FORM(vcall0, PVOP_VCALL0(pv_ops, test.destroy))
FORM(vcall1, PVOP_VCALL1(pv_ops, test.destroy, 1))
FORM(vcall2, PVOP_VCALL2(pv_ops, test.destroy, 1, 2))
FORM(vcall3, PVOP_VCALL3(pv_ops, test.destroy, 1, 2, 4))
FORM(alt_call0, (void)PVOP_ALT_CALL0(u64, pv_ops, test.destroy, "nop", OFF))
FORM(alt_vcall0, PVOP_ALT_VCALL0(pv_ops, test.destroy, "nop", OFF))
FORM(alt_vcall1, PVOP_ALT_VCALL1(pv_ops, test.destroy, 1, "nop", OFF))
FORM(alt_callee0, (void)PVOP_ALT_CALLEE0(u64, pv_ops, test.callee0, "nop", OFF))
FORM(alt_callee2, (void)PVOP_ALT_CALLEE2(u64, pv_ops, test.callee2, 1, 2, "nop", OFF))
VALUE(alt_callee2_value, PVOP_ALT_CALLEE2(u64, pv_ops, test.callee2, 1, 2, "nop", OFF), 3)
VALUE(alt_pure_callee0, PVOP_ALT_PURE_CALLEE0(u64, pv_ops, test.callee0, "nop", OFF), 0)
VALUE(alt_pure_callee1, PVOP_ALT_PURE_CALLEE1(u64, pv_ops, test.callee1, 5, "nop", OFF), 5)
FORM(vcallee0, PVOP_VCALLEE0(pv_ops, test.vcallee0))
FORM(vcallee1, PVOP_VCALLEE1(pv_ops, test.vcallee1, 1))
FORM(alt_vcallee0, PVOP_ALT_VCALLEE0(pv_ops, test.vcallee0, "nop", OFF))
FORM(alt_vcallee1, PVOP_ALT_VCALLEE1(pv_ops, test.vcallee1, 1, "nop", OFF))
FORM(alt_vcallee2, PVOP_ALT_VCALLEE2(pv_ops, test.vcallee2, 1, 2, "nop", OFF))
FORM(alt_vcallee3, PVOP_ALT_VCALLEE3(pv_ops, test.vcallee3, 1, 2, 4, "nop", OFF))

SELFTEST(forms, calls_lose_what_they_say)
{
	call0(t);
	call1(t);
	call2(t);
	call3(t);
	vcall0(t);
	vcall1(t);
	vcall2(t);
	vcall3(t);
	alt_call0(t);
	alt_vcall0(t);
	alt_vcall1(t);
	alt_callee0(t);
	alt_callee2(t);
	alt_callee2_value(t);
	alt_pure_callee0(t);
	alt_pure_callee1(t);
	vcallee0(t);
	vcallee1(t);
	alt_vcallee0(t);
	alt_vcallee1(t);
	alt_vcallee2(t);
	alt_vcallee3(t);
}

/* An argument that is used again: gcc counts on its register, clang may not. */
SELFTEST(forms, arguments_come_back)
{
	u64 a = seed[0], b = seed[1], c = seed[2];

	PVOP_ALT_VCALLEE3(pv_ops, test.vcallee3, a, b, c, "nop", OFF);
	PVOP_ALT_VCALLEE2(pv_ops, test.vcallee2, a, b, "nop", OFF);
	PVOP_ALT_VCALLEE1(pv_ops, test.vcallee1, a, "nop", OFF);
	CHECK(t, PVOP_ALT_CALLEE2(u64, pv_ops, test.callee2, a, b, "nop", OFF) == a + b, "a + b");
	CHECK(t, PVOP_ALT_PURE_CALLEE1(u64, pv_ops, test.callee1, a, "nop", OFF) == a, "a");
	PVOP_VCALLEE1(pv_ops, test.vcallee1, a);
	PVOP_VCALL3(pv_ops, test.destroy, a, b, c);
	CHECK(t, a == seed[0] && b == seed[1] && c == seed[2], "%lx %lx %lx", a, b, c);
}

/* Registers are the instruction's own, and nothing else is lost. */
SELFTEST(forms, registers_convention)
{
	u32 eax = 0, ebx = 0, ecx = 0, edx = 0;
	u64 base = rdmsr(MSR_KERNEL_GS_BASE), value = 0;

	CHECK(t, KEEPS(cpuid_regs(&eax, &ebx, &ecx, &edx)), "cpuid loses a register");
	CHECK(t, eax && (ebx | ecx | edx), "CPUID 0 is %x %x %x %x", eax, ebx, ecx, edx);
	CHECK(t, KEEPS(wrmsr(MSR_KERNEL_GS_BASE, 0x00007123456789ab)), "wrmsr loses a register");
	CHECK(t, KEEPS(value = rdmsr(MSR_KERNEL_GS_BASE)), "rdmsr loses a register");
	CHECK(t, value == 0x00007123456789ab, "KERNEL_GS_BASE is %lx", value);
	wrmsr(MSR_KERNEL_GS_BASE, base);
}
