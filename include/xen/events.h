/* SPDX-License-Identifier: MIT */
/* Event channels of this domain, for drivers and tests on Xen: pv/xen/events.c. */
#ifndef XEN_EVENTS_H
#define XEN_EVENTS_H

#include <types.h>

void evtchn_mask(u32 port);
/* An event that came while the channel was masked is delivered now. */
void evtchn_unmask(u32 port);
bool evtchn_pending(u32 port);
/* The channel behind send_IPI(cpu, vector); 0 when there is none. */
u32 evtchn_of_ipi(u32 cpu, unsigned int vector);

#endif
