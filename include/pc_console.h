/* SPDX-License-Identifier: MIT */
/* What a PC can show text on, without a driver that speaks back. */
#ifndef PC_CONSOLE_H
#define PC_CONSOLE_H

#include <console.h>

/* drivers/serial.c: 16550s, 115200 8n1. */
extern struct console com1_console, com2_console;
/* drivers/vga.c: the text screen, 80 by 25, that a BIOS left. */
extern struct console vga_console;
/* drivers/debugcon.c: the port of QEMU's and Bochs' debug console. */
extern struct console e9_console;

/*
 * All that the machine has are registered. One line to the outside speaks, COM1, else COM2, else
 * port e9, and the screen. Boot CPU, interrupts off, before anything else.
 */
void pc_console_init(void);

#endif
