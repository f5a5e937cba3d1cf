/* SPDX-License-Identifier: MIT */
/* Which of a PC's consoles speak as long as nobody says what he wants. */
#include <pc_console.h>

void pc_console_init(void)
{
	com1_console.enabled = com1_console.setup();
	com2_console.enabled = !com1_console.enabled && com2_console.setup();
	e9_console.enabled = !com1_console.enabled && !com2_console.enabled && e9_console.setup();
	vga_console.enabled = vga_console.setup();
	register_console(&com1_console);
	register_console(&com2_console);
	register_console(&e9_console);
	register_console(&vga_console);
}
