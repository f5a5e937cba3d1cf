/* SPDX-License-Identifier: MIT */
/* The MC146818's descendant on ports 70 and 71. It is taken to keep UTC; the century is
 * in a register that ACPI names, else by the year: from 1970 on. */
#include <acpi.h>
#include <rtc.h>
#include <time.h>
#include <asm/io.h>

enum { SECONDS = 0, MINUTES = 2, HOURS = 4, DAY = 7, MONTH = 8, YEAR = 9, STATUS_A = 10, STATUS_B };
#define UPDATING     0x80 /* status A: the registers are about to change */
#define BINARY	     0x04 /* status B: else two decimal digits a byte */
#define HOURS_24     0x02 /* status B: else bit 7 of the hours is "pm" */
#define UPDATE_MAX   (10 * NSEC_PER_MSEC)
#define FADT_CENTURY 108 /* the register's number, 0 = there is none: ACPI 6.4, 5.2.9 */

static u8 cmos_read(u8 reg)
{
	outb(reg, 0x70);
	return inb(0x71);
}

u64 mktime64(unsigned int year, unsigned int month, unsigned int day, unsigned int hour,
	     unsigned int minute, unsigned int second)
{
	u64 days;

	/* Years that begin in March have their leap day last, and months of 30.6 days. */
	if (month < 3) {
		month += 12;
		year--;
	}
	days = 365UL * year + year / 4 - year / 100 + year / 400 + (153 * month - 457) / 5 + day;
	return ((days - 719469) * 24 + hour) * 3600 + minute * 60 + second;
}

/* Where a firmware that leaves it out or wrong has none, the first century that is not past. */
static unsigned int year_of(unsigned int year, unsigned int century)
{
	if (century >= 19 && century <= 21)
		return 100 * century + year;
	return (year < 70 ? 2000 : 1900) + year;
}

static u8 century_register(void)
{
	const struct acpi_table *fadt = acpi_find_table("FACP", 0);

	return fadt && fadt->length > FADT_CENTURY ? ((const u8 *)fadt)[FADT_CENTURY] : 0;
}

u64 rtc_read(void)
{
	const u8 century = century_register();
	const u8 regs[] = { SECONDS, MINUTES, HOURS, DAY, MONTH, YEAR, century };
	u64 start = sched_clock();
	u8 v[ARRAY_SIZE(regs)], mode = cmos_read(STATUS_B);
	unsigned int year;
	bool pm;
	size_t i;

	if (mode == 0xff) /* nobody there */
		return 0;
	do {
		while (cmos_read(STATUS_A) & UPDATING)
			if (sched_clock() - start > UPDATE_MAX)
				return 0;
		for (i = 0; i < ARRAY_SIZE(regs); i++)
			v[i] = cmos_read(regs[i]);
	} while (cmos_read(STATUS_A) & UPDATING);
	pm = !(mode & HOURS_24) && v[2] & 0x80;
	if (!(mode & HOURS_24))
		v[2] &= 0x7f;
	for (i = 0; !(mode & BINARY) && i < ARRAY_SIZE(regs); i++)
		v[i] = (v[i] >> 4) * 10 + (v[i] & 15);
	if (!(mode & HOURS_24))
		v[2] = v[2] % 12 + 12 * pm;
	if (v[0] > 60 || v[1] > 59 || v[2] > 23 || !v[3] || v[3] > 31 || !v[4] || v[4] > 12 ||
	    v[5] > 99)
		return 0;
	year = year_of(v[5], century ? v[6] : 0);
	if (year < 1970)
		return 0;
	return mktime64(year, v[4], v[3], v[2], v[1], v[0]);
}
