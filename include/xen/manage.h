/* SPDX-License-Identifier: MIT */
/* What dom0's toolstack asks of a domain, and what the domain tells it: drivers/xen/manage.c. */
#ifndef XEN_MANAGE_H
#define XEN_MANAGE_H

#include <platform.h>

/* From here on the domain does what it is asked. When threads can run. */
void xen_manage_init(void);

/*
 * data/anole/verdict: "pass"; "fail N", N tests not having passed; "usage"; "panic". At the end, on
 * the last CPU, interrupts off.
 */
void xen_leave_verdict(enum exit_code code);
/* Why the domain ends, if the toolstack asked for it, as SCHEDOP_shutdown wants it, or that one. */
u32 xen_shutdown_reason(u32 otherwise);

#endif
