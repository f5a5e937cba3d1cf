/* SPDX-License-Identifier: MIT */
/*
 * A clock made of the TSC and of what somebody says about it: Xen and KVM publish this structure
 * for each virtual CPU (xen.h, Documentation/virt/kvm/x86/msr.rst), and the bare machine fills one
 * for itself.
 *
 *   ns = system_time + (((tsc - tsc_timestamp) << tsc_shift) * tsc_to_system_mul >> 32)
 *
 * with a right shift for a negative tsc_shift and a product of 96 bits. The publisher makes the
 * version odd, writes, and makes it even again: a reader takes the version before and after. Pure.
 */
#ifndef ASM_PVCLOCK_H
#define ASM_PVCLOCK_H

#include <types.h>
#include <asm/bitops.h>
#include <asm/div64.h>

struct pvclock_vcpu_time_info {
	u32 version, pad0;
	u64 tsc_timestamp, system_time;
	u32 tsc_to_system_mul;
	s8 tsc_shift;
	u8 flags, pad1[2];
};
_Static_assert(sizeof(struct pvclock_vcpu_time_info) == 32, "xen.h");

static inline u64 pvclock_scale_delta(u64 delta, u32 mul, int shift)
{
	return mul_u64_u32_shr(shift < 0 ? delta >> -shift : delta << shift, mul, 32);
}

/* A TSC that another CPU read before the publisher did is no time before system_time. */
static inline u64 pvclock_read_cycles(const struct pvclock_vcpu_time_info *src, u64 tsc)
{
	u64 delta = (s64)(tsc - src->tsc_timestamp) < 0 ? 0 : tsc - src->tsc_timestamp;

	return src->system_time +
	       pvclock_scale_delta(delta, src->tsc_to_system_mul, src->tsc_shift);
}

/* The publisher runs where we don't, so a compiler barrier keeps the order on x86. */
static inline u32 pvclock_read_begin(const struct pvclock_vcpu_time_info *src)
{
	u32 version = READ_ONCE(src->version);

	barrier();
	return version;
}

/* Was it being written at the start, or has it been since? */
static inline bool pvclock_read_retry(const struct pvclock_vcpu_time_info *src, u32 version)
{
	barrier();
	return version & 1 || READ_ONCE(src->version) != version;
}

/* For a TSC of so many kHz: 1000000 / khz as 0.5 to 1 in mul's 32 bits, times a power of two. */
static inline void pvclock_set_khz(struct pvclock_vcpu_time_info *dst, u32 khz)
{
	u64 num = 1000000, den = khz;

	for (dst->tsc_shift = 0; num >= den; den <<= 1)
		dst->tsc_shift++;
	for (; num * 2 < den; num <<= 1)
		dst->tsc_shift--;
	dst->tsc_to_system_mul = (num << 32) / den;
}

/* The way back. */
static inline u32 pvclock_tsc_khz(const struct pvclock_vcpu_time_info *src)
{
	u64 khz = (1000000UL << 32) / src->tsc_to_system_mul;

	return src->tsc_shift < 0 ? khz << -src->tsc_shift : khz >> src->tsc_shift;
}

/*
 * Where two CPUs' clocks may differ a little: at least what anybody was told before, so that time
 * never goes back. *last is shared by all.
 */
static inline u64 pvclock_at_least_last(u64 *last, u64 ns)
{
	u64 old = READ_ONCE(*last), seen;

	for (; ns > old; old = seen) {
		seen = cmpxchg(last, old, ns);
		if (seen == old)
			return ns;
	}
	return old;
}

#endif
