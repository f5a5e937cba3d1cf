/* SPDX-License-Identifier: MIT */
/* Event channels of this domain, for drivers and tests on Xen: pv/xen/events.c. */
#ifndef XEN_EVENTS_H
#define XEN_EVENTS_H

#include <types.h>

/* Vectors of channels that are devices', on the boot CPU. */
#define XEN_CONSOLE_VECTOR 0xe0
#define XEN_STORE_VECTOR   0xe1

void evtchn_mask(u32 port);
/* An event that came while the channel was masked is delivered now. */
void evtchn_unmask(u32 port);
bool evtchn_pending(u32 port);
/* Was there an event? It is none any more. Who takes it so has to look at what it was about. */
bool evtchn_take(u32 port);
/* The channel behind send_IPI(cpu, vector); 0 when there is none. */
u32 evtchn_of_ipi(u32 cpu, unsigned int vector);

/* A channel that is there already: its events come to this CPU, at that vector. */
void evtchn_bind(u32 port, unsigned int vector);
/* An event to the other end. */
void evtchn_send(u32 port);
/*
 * Sleep until the channel has an event, which stays pending, or for so many ns; with interrupts on
 * also until one comes. Any state. Another CPU may take the event: look again before long.
 */
void evtchn_wait(u32 port, u64 ns);

#endif
