/* SPDX-License-Identifier: MIT */
/*
 * Interrupt vectors of ours, by Linux's numbers, and the local APIC. What everybody calls is in
 * asm/paravirt.h: apic_eoi(), send_IPI(), set_next_event(). On Xen PV these vectors are names for
 * event channels.
 */
#ifndef ASM_APIC_H
#define ASM_APIC_H

#include <types.h>
#include <asm/tsc.h>

#define NMI_VECTOR	     2 /* sent as such: a name for the delivery mode */
#define LOCAL_TIMER_VECTOR   0xec
#define CALL_FUNCTION_VECTOR 0xfc
#define RESCHEDULE_VECTOR    0xfd
#define SPURIOUS_APIC_VECTOR 0xff

/* SDM vol. 3A, table 11-1: offsets of the registers; x2APIC's MSR is 800 + offset / 16. */
#define APIC_ID		0x020
#define APIC_TASKPRI	0x080
#define APIC_EOI	0x0b0
#define APIC_SPIV	0x0f0
#define APIC_ISR	0x100
#define APIC_IRR	0x200
#define APIC_ICR	0x300
#define APIC_ICR2	0x310
#define APIC_LVTT	0x320
#define APIC_LVTTHMR	0x330
#define APIC_LVTPC	0x340
#define APIC_LVT0	0x350
#define APIC_LVT1	0x360
#define APIC_LVTERR	0x370
#define APIC_TMICT	0x380
#define APIC_TMCCT	0x390
#define APIC_TDCR	0x3e0
#define X2APIC_MSR(r)	(0x800 + ((r) >> 4))
#define APIC_SPIV_ON	BIT(8)
#define APIC_ICR_BUSY	BIT(12)
#define APIC_MASKED	BIT(16)
#define APIC_DM_NMI	(4 << 8)
#define APIC_DM_INIT	(5 << 8)
#define APIC_DM_STARTUP (6 << 8)
#define APIC_INT_ASSERT BIT(14)
#define APIC_DEADLINE	(2 << 17) /* LVTT: TSC-deadline mode; 0 is one-shot */
#define APIC_TDR_DIV16	3

/* Of this CPU, in the mode that it is in. 0 and nothing where there is no local APIC of ours. */
u32 apic_read(u32 reg);
void apic_write(u32 reg, u32 value);

/* The interrupt command register: to a CPU of ours, by its local APIC's number. */
void apic_icr_write(u32 cpu, u32 low);

/* The timer's counter, measured at boot: hz is 0 where the TSC's deadline serves. */
extern struct clocksource clocksource_lapic;

#endif
