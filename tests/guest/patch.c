/* SPDX-License-Identifier: MIT */
/*
 * What the boot patch left in text, against a table written by hand: for each op the native bytes
 * and the hypervisor's function. Nothing here asks the patcher what it did; the bytes are read
 * where they execute.
 */
#include <cmdline.h>
#include <selftest.h>
#include <string.h>
#include <symbols.h>
#include <asm/alt_sites.h>
#include <asm/cpufeature.h>
#include <asm/insn.h>
#include <asm/page.h>
#include <asm/paravirt_types.h>
#include <asm/pgtable.h>

struct expected {
	const char *op;
	const char *native; /* machine code, or NULL: a direct call to native_fn */
	const char *native_fn;
	const char *xen_fn; /* NULL: padding, since the op has nothing to do there */
};

static const struct expected expected[] = {
	{ "cpu.io_delay", NULL, "native_io_delay", NULL },
	{ "cpu.read_cr0", "\x0f\x20\xc0", NULL, "xen_read_cr0" },
	{ "cpu.write_cr0", "\x0f\x22\xc7", NULL, "xen_write_cr0" },
	{ "cpu.read_cr4", "\x0f\x20\xe0", NULL, "native_op_read_cr4" },
	{ "cpu.write_cr4", "\x0f\x22\xe7", NULL, "native_op_write_cr4" },
	{ "cpu.cpuid", "\x0f\xa2", NULL, "xen_cpuid" },
	{ "cpu.read_msr", "\x0f\x32", NULL, "xen_read_msr" },
	{ "cpu.write_msr", "\x0f\x30", NULL, "xen_write_msr" },
	{ "cpu.read_msr_safe", NULL, "native_read_msr_safe", "xen_read_msr_safe" },
	{ "cpu.write_msr_safe", NULL, "native_write_msr_safe", "xen_write_msr_safe" },
	{ "cpu.load_gdt", "\x0f\x01\x17", NULL, "xen_load_gdt" },
	{ "cpu.load_idt", "\x0f\x01\x1f", NULL, "xen_load_idt" },
	{ "cpu.load_tr_desc", NULL, "native_load_tr_desc", NULL },
	{ "cpu.write_gdt_entry", NULL, "native_write_gdt_entry", "xen_write_gdt_entry" },
	{ "cpu.load_sp0", NULL, "native_load_sp0", "xen_load_sp0" },
	{ "cpu.load_gs_index", NULL, "native_load_gs_index", "xen_load_gs_index" },
	{ "irq.save_fl", "\x9c\x58", NULL, "xen_save_fl" },
	{ "irq.irq_disable", "\xfa", NULL, "xen_irq_disable" },
	{ "irq.irq_enable", "\xfb", NULL, "xen_irq_enable" },
	{ "irq.safe_halt", "\xfb\xf4", NULL, "xen_safe_halt" },
	{ "irq.halt", "\xf4", NULL, "xen_halt" },
	{ "apic.eoi", NULL, "native_apic_mem_eoi", NULL },
	{ "apic.send_IPI", NULL, "native_apic_mem_send_IPI", "xen_send_IPI" },
	{ "apic.send_IPI_mask", NULL, "native_send_IPI_mask", "xen_send_IPI_mask" },
	{ "time.set_next_event", NULL, "native_lapic_next_event", "xen_set_next_event" },
	{ "time.get_wallclock", NULL, "native_get_wallclock", "xen_get_wallclock" },
	{ "mmu.read_cr2", "\x0f\x20\xd0", NULL, "xen_read_cr2" },
	{ "mmu.read_cr3", "\x0f\x20\xd8", NULL, "xen_read_cr3" },
	{ "mmu.write_cr3", "\x0f\x22\xdf", NULL, "xen_write_cr3" },
	{ "mmu.flush_tlb_user", NULL, "native_op_flush_tlb_user", "xen_flush_tlb" },
	{ "mmu.flush_tlb_kernel", NULL, "native_op_flush_tlb_kernel", "xen_flush_tlb" },
	{ "mmu.flush_tlb_multi", NULL, "native_flush_tlb_multi", "xen_flush_tlb_multi" },
	{ "mmu.flush_tlb_one_user", "\x0f\x01\x3f", NULL, "xen_flush_tlb_one_user" },
	{ "mmu.pte_val", "\x48\x89\xf8", NULL, "xen_pte_val" },
	{ "mmu.make_pte", "\x48\x89\xf8", NULL, "xen_make_pte" },
	{ "mmu.pmd_val", "\x48\x89\xf8", NULL, "xen_pmd_val" },
	{ "mmu.make_pmd", "\x48\x89\xf8", NULL, "xen_make_pte" },
	{ "mmu.pud_val", "\x48\x89\xf8", NULL, "xen_pmd_val" },
	{ "mmu.make_pud", "\x48\x89\xf8", NULL, "xen_make_pte" },
	{ "mmu.pgd_val", "\x48\x89\xf8", NULL, "xen_pmd_val" },
	{ "mmu.make_pgd", "\x48\x89\xf8", NULL, "xen_make_pte" },
	{ "mmu.set_pte", "\x48\x89\x37", NULL, "xen_set_pte" },
	{ "mmu.set_pmd", "\x48\x89\x37", NULL, "xen_set_pte" },
	{ "mmu.set_pud", "\x48\x89\x37", NULL, "xen_set_pte" },
	{ "mmu.set_pgd", "\x48\x89\x37", NULL, "xen_set_pgd" },
	{ "mmu.ptep_modify_prot_start", "\x31\xc0\x48\x87\x06", NULL,
	  "xen_ptep_modify_prot_start" },
	{ "mmu.ptep_modify_prot_commit", "\x48\x89\x16", NULL, "xen_ptep_modify_prot_commit" },
	{ "mmu.pgd_alloc", "\x48\x31\xc0", NULL, "xen_pgd_alloc" },
	{ "mmu.pgd_free", NULL, NULL, "xen_pgd_free" },
	{ "mmu.alloc_pte", NULL, NULL, "xen_alloc_pte" },
	{ "mmu.alloc_pmd", NULL, NULL, "xen_alloc_pmd" },
	{ "mmu.alloc_pud", NULL, NULL, "xen_alloc_pud" },
	{ "mmu.release_pte", NULL, NULL, "xen_release_table" },
	{ "mmu.release_pmd", NULL, NULL, "xen_release_table" },
	{ "mmu.release_pud", NULL, NULL, "xen_release_table" },
	{ "mmu.set_fixmap", NULL, "native_set_fixmap", "xen_set_fixmap" },
	{ "mmu.lazy_mode.enter", NULL, NULL, "xen_enter_lazy_mmu_mode" },
	{ "mmu.lazy_mode.leave", NULL, NULL, "xen_leave_lazy_mmu_mode" },
	{ "mmu.lazy_mode.flush", NULL, NULL, "xen_flush_lazy_mmu_mode" },
	{ "lock.queued_spin_lock_slowpath", NULL, "native_queued_spin_lock_slowpath",
	  "__pv_queued_spin_lock_slowpath" },
	{ "lock.queued_spin_unlock", "\xc6\x07" /* and 0 */, NULL, "__pv_queued_spin_unlock" },
	{ "lock.wait", NULL, NULL, "xen_qlock_wait" },
	{ "lock.kick", NULL, NULL, "xen_qlock_kick" },
	{ "lock.vcpu_is_preempted", "\x48\x31\xc0", NULL, "xen_vcpu_is_preempted" },
};

/* What stands in native_fn's place off Xen, where the CPU or KVM has the feature. */
static const struct {
	const char *op;
	unsigned int feature;
	const char *fn;
} better[] = {
	{ "cpu.io_delay", X86_FEATURE_KVM_NOP_IO_DELAY, NULL },
	{ "apic.eoi", X86_FEATURE_X2APIC, "x2apic_eoi" },
	{ "apic.send_IPI", X86_FEATURE_X2APIC, "x2apic_send_IPI" },
	{ "apic.eoi", X86_FEATURE_KVM_PV_EOI, "kvm_eoi" },
	{ "apic.send_IPI_mask", X86_FEATURE_KVM_PV_SEND_IPI, "kvm_send_IPI_mask" },
	{ "apic.send_IPI_mask", X86_FEATURE_KVM_PV_SCHED_YIELD, "kvm_send_IPI_mask_yield" },
	{ "time.set_next_event", X86_FEATURE_TSC_DEADLINE, "tsc_deadline_next_event" },
	{ "time.get_wallclock", X86_FEATURE_KVM_CLOCKSOURCE2, "kvm_get_wallclock" },
	{ "mmu.flush_tlb_multi", X86_FEATURE_KVM_PV_TLB_FLUSH, "kvm_flush_tlb_multi" },
	{ "lock.queued_spin_lock_slowpath", X86_FEATURE_VIRT_SPIN, "virt_spin_lock" },
	{ "lock.queued_spin_lock_slowpath", X86_FEATURE_KVM_PV_UNHALT,
	  "__pv_queued_spin_lock_slowpath" },
	{ "lock.queued_spin_unlock", X86_FEATURE_KVM_PV_UNHALT, "__pv_queued_spin_unlock" },
	{ "lock.wait", X86_FEATURE_KVM_PV_UNHALT, "kvm_wait" },
	{ "lock.kick", X86_FEATURE_KVM_PV_UNHALT, "kvm_kick_cpu" },
	{ "lock.vcpu_is_preempted", X86_FEATURE_KVM_STEAL_TIME, "kvm_vcpu_is_preempted" },
};

static const struct expected *expect(const char *op)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(expected); i++)
		if (!strcmp(expected[i].op, op))
			return &expected[i];
	return NULL;
}

/*
 * What a site executes, without what only fills it: CS prefixes, a REX that says nothing, and NOPs,
 * which are counted. Returns the bytes that are left, or 0 for bytes that don't decode.
 */
static unsigned int essence(const struct alt_site *site, u8 *out, unsigned int *nops)
{
	const u8 *p = (const u8 *)site->address, *end = p + site->len;
	unsigned int len = 0, n;
	struct insn insn;

	for (*nops = 0; p < end && *p != 0xcc; p += insn.length) {
		if (insn_decode(&insn, p, end - p))
			return 0;
		if (p[insn.opcode] == 0x90 ||
		    (p[insn.prefixes] == 0x0f && p[insn.opcode] == 0x1f)) {
			(*nops)++;
			continue;
		}
		for (n = 0; p[n] == 0x2e || p[n] == 0x40; n++)
			;
		while (n < insn.length)
			out[len++] = p[n++];
	}
	return len;
}

static const char *name_of(u64 address)
{
	u64 offset;
	const char *name = symbol_name(address, &offset);

	return name && !offset ? name : "(not a function's first byte)";
}

/* What pv_ops holds for the op, as the unpatched site would call it. */
static void check_original(struct test *t, const struct alt_site *site, const char *op,
			   const char *fn)
{
	const u8 *p = (const u8 *)site->address;
	u64 slot = alt_call_slot(p, site->address);

	CHECK(t, slot, "%s at %pS: %02x %02x, expected an indirect call", op, (void *)site->address,
	      p[0], p[1]);
	CHECK(t, !slot || !fn || !strcmp(name_of(*(u64 *)slot), fn), "%s at %pS calls %s, not %s",
	      op, (void *)site->address, name_of(*(u64 *)slot), fn);
}

/* With which feature the platform's function is due. */
static unsigned int xen_form(const char *op)
{
	if (strncmp(op, "lock.", 5))
		return X86_FEATURE_XENPV;
	return strcmp(op, "lock.vcpu_is_preempted") ? X86_FEATURE_PVUNLOCK
						    : X86_FEATURE_VCPUPREEMPT;
}

static void check_site(struct test *t, const struct alt_site *site, const char *op)
{
	const struct expected *e = expect(op);
	unsigned int len, want, nops;
	u8 bytes[ALT_MAX_SITE];
	const char *fn;
	size_t i;
	s32 disp;
	bool xen;

	if (!strncmp(op, "test.", 5))
		return; /* special_slots looks at them */
	if (!e)
		return test_fail(t, "no expectation is written down for the op %s", op);
	xen = boot_cpu_has(X86_FEATURE_XENPV) && boot_cpu_has(xen_form(op));
	fn = xen ? e->xen_fn : e->native_fn;
	for (i = 0; i < ARRAY_SIZE(better); i++)
		if (!xen && !strcmp(op, better[i].op) && boot_cpu_has(better[i].feature))
			fn = better[i].fn;
	if (cmdline.nopatch)
		return check_original(t, site, op, fn);
	len = essence(site, bytes, &nops);
	if (fn) {
		memcpy(&disp, bytes + 1, 4);
		CHECK(t, len == 5 && bytes[0] == 0xe8, "%s at %pS: no direct call", op,
		      (void *)site->address);
		/* The displacement counts from the call's end: the site's, or its NOP's start. */
		fn = strcmp(name_of(site->address + site->len + (s64)disp), fn) ? fn : NULL;
		CHECK(t, !fn && !nops, "%s at %pS does not call %s, or executes a NOP", op,
		      (void *)site->address, fn);
		return;
	}
	want = xen || !e->native ? 0 : strlen(e->native);
	want += want && e->native[0] == '\xc6'; /* its immediate 0 ends the string */
	CHECK(t, len == want && (!len || !memcmp(bytes, e->native, len)),
	      "%s at %pS: %u bytes, %02x %02x ..., expected %u", op, (void *)site->address, len,
	      bytes[0], bytes[1], want);
	/* One byte can't be stretched to six; everything else is. */
	CHECK(t, nops == (want < 2), "%s at %pS executes %u NOPs", op, (void *)site->address, nops);
}

SELFTEST(patch, sites_hold_what_this_platform_should_have)
{
	u32 nr, i;
	const struct alt_site *sites = alt_sites(&nr);

	CHECK(t, nr, "there are no sites");
	for (i = 0; i < nr; i++) {
		int slot = alt_site_slot(&sites[i]);

		if (slot >= 0)
			check_site(t, &sites[i], pv_op_names[slot]);
	}
}

/* "Only what is called is an op": each has a site, a name and an expectation. */
SELFTEST(patch, every_op_has_a_site)
{
	bool seen[PARAVIRT_SLOTS] = { false };
	u32 nr, i;
	const struct alt_site *sites = alt_sites(&nr);

	if (is_twin)
		return test_skip(t, "the twin has no pv calls");
	for (i = 0; i < nr; i++) {
		int slot = alt_site_slot(&sites[i]);

		if (slot >= 0)
			seen[slot] = true;
	}
	for (i = 0; i < PARAVIRT_SLOTS; i++) {
		CHECK(t, pv_op_names[i], "slot %u of pv_ops has no name", i);
		if (pv_op_names[i])
			CHECK(t, seen[i], "no site calls %s", pv_op_names[i]);
	}
}

/* All of text, byte by byte: is there a call through pv_ops that the table does not know? */
SELFTEST(patch, no_site_is_left_indirect)
{
	u64 at, slot;

	if (cmdline.nopatch)
		return test_skip(t, "nopatch leaves all of them indirect");
	for (at = (u64)_text; at < (u64)_etext; at++) {
		if (*(const u8 *)at != 0xff)
			continue;
		slot = alt_call_slot((const u8 *)at, at);
		CHECK(t, slot < (u64)&pv_ops || slot >= (u64)(&pv_ops + 1),
		      "%pS still calls through pv_ops", (void *)at);
	}
}

/*
 * The way out of a trap: iret's jump through a pointer, and the swapgs on both ways; and what opens
 * and shuts user memory.
 */
SELFTEST(patch, iret_and_swapgs)
{
	bool xen = boot_cpu_has(X86_FEATURE_XENPV);
	u32 nr, i, irets = 0, swaps = 0;
	const char *in;
	u64 offset;
	const struct alt_site *sites = alt_sites(&nr);
	unsigned int nops, len;
	u8 bytes[ALT_MAX_SITE];
	s32 disp;

	for (i = 0; i < nr; i++) {
		const struct alt_site *s = &sites[i];
		const u8 *p = (const u8 *)s->address;

		len = essence(s, bytes, &nops);
		if (__alt_instructions[s->record].cpuid == X86_FEATURE_SMAP)
			CHECK(t,
			      boot_cpu_has(X86_FEATURE_SMAP)
				      ? len == 3 && (!memcmp(bytes, "\x0f\x01\xca", 3) ||
						     !memcmp(bytes, "\x0f\x01\xcb", 3))
				      : !len,
			      "stac or clac at %pS: %02x %02x %02x", (void *)s->address, p[0], p[1],
			      p[2]);
		in = symbol_name(s->address, &offset);
		if (s->len == 3 && (!strcmp(in, "trap_common") || !strcmp(in, "trap_return")) &&
		    __alt_instructions[s->record].cpuid == X86_FEATURE_XENPV) {
			swaps++;
			CHECK(t, xen ? !len : len == 3 && !memcmp(bytes, "\x0f\x01\xf8", 3),
			      "swapgs at %pS: %02x %02x %02x", (void *)s->address, p[0], p[1],
			      p[2]);
		}
		if (s->original[0] != 0xff || s->original[1] != 0x25)
			continue;
		irets++;
		memcpy(&disp, p + 1, 4);
		if (cmdline.nopatch)
			CHECK(t, p[0] == 0xff, "%02x %02x, expected jmp *mem", p[0], p[1]);
		else if (xen)
			CHECK(t,
			      p[0] == 0xe9 &&
				      !strcmp(name_of(s->address + 5 + (s64)disp), "xen_iret"),
			      "%02x to %s, expected jmp xen_iret", p[0],
			      name_of(s->address + 5 + (s64)disp));
		else
			CHECK(t, p[0] == 0x48 && p[1] == 0xcf, "%02x %02x, expected iretq", p[0],
			      p[1]);
	}
	CHECK(t, irets == !is_twin, "%u sites jump like iret, expected %d", irets, !is_twin);
	CHECK(t, swaps == 2, "%u sites of swapgs, expected one a way", swaps);
}

/* Each site's slot of originals holds what the compiler made, and text outside sites is whole. */
SELFTEST(patch, originals_are_kept)
{
	u32 nr, i;
	const struct alt_site *sites = alt_sites(&nr);

	for (i = 0; i < nr; i++) {
		const struct alt_site *s = &sites[i];

		CHECK(t, alt_site_at(s->address + s->len - 1) == s, "%pS: not found by address",
		      (void *)s->address);
		if (alt_site_slot(s) >= 0)
			CHECK(t, s->original[0] == 0xff && s->original[1] == 0x15,
			      "%pS: original %02x %02x", (void *)s->address, s->original[0],
			      s->original[1]);
	}
}

/* A required site is patched with nopatch too. */
SELFTEST(patch, required)
{
	u64 n;

	asm volatile(
		ALTERNATIVE("movl $0, %%eax", "movl $1, %%eax", ALT_REQUIRED(X86_FEATURE_TEST_ON))
		: "=a"(n));
	CHECK(t, n == 1, "a required site was left as compiled");
}

/* The op that nobody provides: its site traps and names it. See test=broken/null_op. */
SELFTEST(patch, special_slots)
{
	u32 nr, i, zero = 0, nop = 0;
	const struct alt_site *sites = alt_sites(&nr);
	unsigned int nops;
	u8 bytes[ALT_MAX_SITE];

	CHECK(t, !PVOP_ALT_CALLEE0(u64, pv_ops, test.ret0, "movl $0, %%eax", X86_FEATURE_TEST_OFF),
	      "the op that returns 0 did not");
	PVOP_VCALL0(pv_ops, test.nop);
	for (i = 0; i < nr; i++) {
		int slot = alt_site_slot(&sites[i]);
		unsigned int len = essence(&sites[i], bytes, &nops);

		if (cmdline.nopatch || slot < 0)
			continue;
		if (!strcmp(pv_op_names[slot], "test.ret0"))
			zero += len == 3 && !nops && !memcmp(bytes, "\x48\x31\xc0", 3);
		if (!strcmp(pv_op_names[slot], "test.nop"))
			nop += len == 0 && nops == 1;
	}
	CHECK(t, cmdline.nopatch || (zero == 1 && nop == 1), "%u return-0 and %u no-op sites", zero,
	      nop);
}
