/* SPDX-License-Identifier: MIT */
/* The end of a machine whose BIOS is known to watch a port for it: drivers/shutdown_port.c. */
#ifndef SHUTDOWN_PORT_H
#define SHUTDOWN_PORT_H

/* Does not return where the machine is one; nothing is written anywhere else. Interrupts off, on
 * machines whose ports are ours. */
void shutdown_port_power_off(void);

#endif
