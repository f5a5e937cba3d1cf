/* SPDX-License-Identifier: MIT */
/* The HPET's main counter (IA-PC HPET specification 1.0a, 2.3). Its interrupts are not used. */
#include <asm/page.h>
#include <asm/tsc.h>

#define HPET_ID	     0x000 /* bits 63:32: femtoseconds a tick; bit 13: 64 bits wide */
#define HPET_CONFIG  0x010 /* bit 0: count */
#define HPET_COUNTER 0x0f0
#define FEMTO	     1000000000000000
#define MAX_PERIOD   100000000 /* 2.3.4 */

static volatile u8 *hpet;

/* 32 bits: a wide counter read on a 32-bit bus could tear. */
static u64 hpet_read(void)
{
	return *(volatile u32 *)(hpet + HPET_COUNTER);
}

struct clocksource clocksource_hpet = { "HPET", hpet_read, 0xffffffff, 0 };

void hpet_init(u64 address)
{
	u32 period;

	if (!address || address >> 32)
		return;
	hpet = __va(address);
	period = *(volatile u32 *)(hpet + HPET_ID + 4);
	if (!period || period > MAX_PERIOD)
		return;
	*(volatile u32 *)(hpet + HPET_CONFIG) |= 1;
	clocksource_hpet.hz = FEMTO / period;
}
