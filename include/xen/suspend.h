/* SPDX-License-Identifier: MIT */
/* Save, restore and checkpoint of this domain: pv/xen/suspend.c, asked for in drivers/xen/manage.c.
 */
#ifndef XEN_SUSPEND_H
#define XEN_SUSPEND_H

#include <types.h>

enum suspend_result {
	SUSPEND_RESTORED,  /* we are another domain now, whose xenstored knows no watch of ours */
	SUSPEND_CANCELLED, /* the same goes on: it was a checkpoint, or nothing came of it */
};

/*
 * Xen stops the domain until dom0's toolstack lets it go on, here or on another host. Boot CPU,
 * which alone is up; interrupts off; no answer of xenstored's outstanding. Afterwards timers have
 * to be set again (hrtimers_resume()).
 */
enum suspend_result xen_suspend(void);

/* How often each came. */
extern u32 xen_nr_suspends[2];

#endif
