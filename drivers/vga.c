/* SPDX-License-Identifier: MIT */
/*
 * VGA text, 80 by 25, in the mode that a BIOS or its loader left; nothing is set but the cursor and
 * where the screen begins (IBM VGA Technical Reference, 2-1). The window holds eight screens:
 *
 *   b8000  row 0   ........................
 *          row n   +- what is shown --------+   the CRT controller's start address
 *                  |                        |
 *          row n+24+- the cursor -----------+
 *   bfffe  row 203 ........................
 *
 * so that a new line moves the start by one row, and only at the window's end is a screen copied:
 * each access is an exit under a hypervisor. What has gone by can be read from outside.
 */
#include <pc_console.h>
#include <asm/io.h>
#include <asm/page.h>

#define WINDOW	    0xb8000
#define COLUMNS	    80
#define ROWS	    25
#define WINDOW_ROWS (0x8000 / 2 / COLUMNS)
#define BLANK	    0x0720 /* light grey on black */

/* Index at the first port, data at the next. */
#define GRAPHICS 0x3ce
#define CRTC	 0x3d4
enum { GRAPHICS_MISC = 6 };
enum {
	CRTC_OVERFLOW = 0x07,
	CRTC_MAX_SCAN = 0x09,
	CRTC_START = 0x0c, /* high, then low */
	CRTC_CURSOR = 0x0e,
	CRTC_DISPLAY_END = 0x12,
	CRTC_COLUMNS = 0x01,
};

static unsigned int top, row, column; /* rows as the window counts */

static u8 vga_read(u16 port, u8 index)
{
	outb(index, port);
	return inb(port + 1);
}

static void vga_write_pair(u8 index, u16 value)
{
	outb(index, CRTC);
	outb(value >> 8, CRTC + 1);
	outb(index + 1, CRTC);
	outb(value & 0xff, CRTC + 1);
}

static volatile u16 *cell(unsigned int r, unsigned int c)
{
	return (volatile u16 *)__va(WINDOW) + r * COLUMNS + c;
}

static void new_line(void)
{
	unsigned int i;

	column = 0;
	if (++row - top < ROWS)
		return;
	if (++top + ROWS > WINDOW_ROWS) {
		for (i = 0; i < (ROWS - 1) * COLUMNS; i++)
			*cell(0, i) = *cell(top, i);
		row -= top;
		top = 0;
	}
	for (i = 0; i < COLUMNS; i++)
		*cell(row, i) = BLANK;
}

/*
 * Characters, not graphics, at b8000, 80 by 25. Where there is no VGA, or one that firmware took to
 * another mode, the registers say something else; an empty bus reads as all ones.
 */
static bool vga_setup(void)
{
	u8 overflow = vga_read(CRTC, CRTC_OVERFLOW);
	unsigned int lines = vga_read(CRTC, CRTC_DISPLAY_END) + 1 + (overflow & 0x02) * 0x80 +
			     (overflow & 0x40) * 8;
	unsigned int at, height = (vga_read(CRTC, CRTC_MAX_SCAN) & 0x1f) + 1;

	if ((vga_read(GRAPHICS, GRAPHICS_MISC) & 0x0d) != 0x0c ||
	    vga_read(CRTC, CRTC_COLUMNS) != COLUMNS - 1 || lines / height != ROWS)
		return false;
	at = vga_read(CRTC, CRTC_CURSOR) << 8 | vga_read(CRTC, CRTC_CURSOR + 1);
	row = min(at / COLUMNS, ROWS - 1U); /* it is elsewhere where the screen is */
	top = 0;
	if (at % COLUMNS)
		new_line();
	return true;
}

static void vga_write(const char *s, size_t len)
{
	for (; len--; s++) {
		if (*s == '\n') {
			new_line();
			continue;
		}
		if (column == COLUMNS)
			new_line();
		*cell(row, column++) = (BLANK & 0xff00) | (u8)*s;
	}
	vga_write_pair(CRTC_START, top * COLUMNS);
	vga_write_pair(CRTC_CURSOR, row * COLUMNS + min(column, COLUMNS - 1U));
}

struct console vga_console = { .name = "vga", .setup = vga_setup, .write = vga_write };
