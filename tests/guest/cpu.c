/* SPDX-License-Identifier: MIT */
/* pv_cpu: features against CPUID itself, control registers and MSRs there and back. */
#include <selftest.h>
#include <string.h>
#include <asm/cpufeature.h>
#include <asm/page.h>
#include <asm/msr-index.h>
#include <asm/paravirt.h>
#include <asm/segment.h>

/* The instruction as this machine wants it, not the op. */
static void raw_cpuid(u32 leaf, u32 r[4])
{
	r[0] = leaf;
	r[2] = 0;
	if (boot_cpu_has(X86_FEATURE_XENPV))
		asm volatile(".byte 0x0f, 0x0b, 0x78, 0x65, 0x6e; cpuid"
			     : "+a"(r[0]), "=b"(r[1]), "+c"(r[2]), "=d"(r[3]));
	else
		asm volatile("cpuid" : "+a"(r[0]), "=b"(r[1]), "+c"(r[2]), "=d"(r[3]));
}

SELFTEST(cpu, features_are_cpuids)
{
	static const struct {
		u32 leaf;
		u8 reg, word;
	} words[] = {
		{ 1, 3, 0 }, { 0x80000001, 3, 1 }, { 1, 2, 2 },		 { 0x80000001, 2, 3 },
		{ 7, 1, 4 }, { 7, 2, 5 },	   { 0x80000007, 3, 6 },
	};
	u32 max[2][4], r[4];
	size_t i;

	raw_cpuid(0, max[0]);
	raw_cpuid(0x80000000, max[1]);
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		u32 want = 0;

		if (words[i].leaf <= max[words[i].leaf >> 31][0]) {
			raw_cpuid(words[i].leaf, r);
			want = r[words[i].reg];
		}
		CHECK(t, boot_cpu_caps[words[i].word] == want, "word %u is %08x, CPUID says %08x",
		      words[i].word, boot_cpu_caps[words[i].word], want);
	}
	CHECK(t, boot_cpu_has(X86_FEATURE_NX) && boot_cpu_has(X86_FEATURE_LM), "no NX or LM");
	CHECK(t, boot_cpu_has(X86_FEATURE_ALWAYS), "ALWAYS is not set");
}

/* The platform's name against the signature that CPUID shows. */
SELFTEST(cpu, platform_is_what_cpuid_says)
{
	u32 r[4], base;
	bool kvm = false, xen = false;

	raw_cpuid(1, r);
	for (base = 0x40000000; r[2] >> 31 && base < 0x40010000; base += 0x100) {
		u32 s[4];

		raw_cpuid(base, s);
		kvm |= !memcmp(&s[1], "KVMKVMKVM\0\0", 12);
		xen |= !memcmp(&s[1], "XenVMMXenVMM", 12);
	}
	CHECK(t, kvm == boot_cpu_has(X86_FEATURE_KVM), "KVM's signature: %d, platform %s", kvm,
	      pv_info.name);
	CHECK(t, xen == boot_cpu_has(X86_FEATURE_XENPV), "Xen's signature: %d, platform %s", xen,
	      pv_info.name);
	CHECK(t,
	      !strcmp(pv_info.name, kvm	  ? "KVM"
				    : xen ? "Xen PV"
					  : "bare machine"),
	      "the platform calls itself %s", pv_info.name);
}

SELFTEST(cpu, control_registers)
{
	u64 cr0 = read_cr0(), cr4 = read_cr4();

	CHECK(t, (cr0 & 0x80010001) == 0x80010001, "CR0 is %lx, without PG, WP or PE", cr0);
	CHECK(t, cr4 & BIT(5), "CR4 is %lx, without PAE", cr4);
	write_cr0(cr0 | BIT(3));
	CHECK(t, read_cr0() == (cr0 | BIT(3)), "CR0.TS could not be set: %lx", read_cr0());
	write_cr0(cr0 & ~BIT(3));
	CHECK(t, read_cr0() == (cr0 & ~BIT(3)), "CR0.TS could not be cleared: %lx", read_cr0());
	write_cr0(cr0);
	write_cr4(cr4);
	CHECK(t, read_cr4() == cr4, "CR4 is %lx after writing %lx", read_cr4(), cr4);
	CHECK(t, !(read_cr3() & 0xfff0000000000fe7), "CR3 is %lx", read_cr3());
}

SELFTEST(cpu, msrs)
{
	u64 old = rdmsr(MSR_KERNEL_GS_BASE), value = 0x00007123456789ab;

	CHECK(t, (rdmsr(MSR_EFER) & 0xd00) == 0xd00, "EFER is %lx, without LME, LMA or NXE",
	      rdmsr(MSR_EFER));
	wrmsr(MSR_KERNEL_GS_BASE, value);
	CHECK(t, rdmsr(MSR_KERNEL_GS_BASE) == value, "KERNEL_GS_BASE is %lx, wrote %lx",
	      rdmsr(MSR_KERNEL_GS_BASE), value);
	wrmsr(MSR_KERNEL_GS_BASE, old);
}

SELFTEST(cpu, descriptor_tables)
{
	struct desc_ptr gdt, idt;
	u16 cs, tr;

	asm volatile("movw %%cs, %0" : "=r"(cs));
	CHECK(t, (cs & 3) == pv_info.kernel_rpl, "CS is %x, expected RPL %u", cs,
	      pv_info.kernel_rpl);
	if (boot_cpu_has(X86_FEATURE_XENPV))
		return test_skip(t, "GDT, IDT and TR belong to Xen; sgdt shows its own");
	asm volatile("sgdt %0; sidt %1; strw %2" : "=m"(gdt), "=m"(idt), "=m"(tr));
	CHECK(t, cs == __KERNEL_CS, "CS is %x", cs);
	CHECK(t, tr == GDT_TSS, "TR is %x, expected %x", tr, GDT_TSS);
	CHECK(t, gdt.size == GDT_ENTRIES * 8 - 1 && gdt.address >= KERNEL_BASE, "GDT %x at %lx",
	      gdt.size, gdt.address);
	CHECK(t, idt.size == 256 * 16 - 1 && idt.address >= KERNEL_BASE, "IDT %x at %lx", idt.size,
	      idt.address);
}
