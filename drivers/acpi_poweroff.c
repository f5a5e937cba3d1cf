/* SPDX-License-Identifier: MIT */
/*
 * The way into S5: what to write is in the DSDT or an SSDT, where to is in the FADT
 * (ACPI 6.4, 5.2.9 and 4.8.3.2): PM1a's control register and perhaps PM1b's, or the one sleep
 * control register of a machine of reduced hardware (4.8.3.7).
 */
#include <acpi.h>
#include <acpi_poweroff.h>
#include <phys.h>
#include <string.h>
#include <time.h>
#include <asm/io.h>
#include <asm/qspinlock.h>

/* Offsets in the FADT, and its length with the last of them. */
enum {
	FADT_SMI_CMD = 48,	  /* u32: a port, 0 = ACPI is always on */
	FADT_ACPI_ENABLE = 52,	  /* u8, for that port */
	FADT_PM1A_CNT = 64,	  /* u32: a port; PM1b's is the next */
	FADT_FLAGS = 112,	  /* u32 */
	FADT_X_PM1A_CNT = 172,	  /* struct acpi_gas; PM1b's is the next */
	FADT_SLEEP_CONTROL = 244, /* struct acpi_gas */
};
#define FADT_HW_REDUCED	 BIT(20)
#define PM1_SCI_EN	 BIT(0) /* the machine is in ACPI mode */
#define PM1_SLP_TYP(typ) ((typ) << 10)
#define PM1_SLP_EN	 BIT(13)
#define SLEEP_TYP(typ)	 ((typ) << 2)
#define SLEEP_EN	 BIT(5)

/* ACPI 6.4, 5.2.3.2. */
struct acpi_gas {
	u8 space, width, offset, access;
	u64 address;
} __packed;
_Static_assert(sizeof(struct acpi_gas) == 12, "ACPI 5.2.3.2");
enum { SPACE_MEMORY = 0, SPACE_IO = 1 };

#define PATIENCE (1 * NSEC_PER_SEC)
#define POLLS	 1000000 /* where no clock goes */

/* The `len` bytes of the FADT at `at`, or zeroes. */
static void fadt_get(const struct acpi_table *fadt, u32 at, void *to, size_t len)
{
	memset(to, 0, len);
	if (at + len <= fadt->length)
		memcpy(to, (const u8 *)fadt + at, len);
}

/* PM1a's or PM1b's: the newer field where it is filled. address 0: there is none. */
static struct acpi_gas pm1_control(const struct acpi_table *fadt, u32 nr)
{
	struct acpi_gas gas;
	u32 port;

	fadt_get(fadt, FADT_X_PM1A_CNT + nr * sizeof(gas), &gas, sizeof(gas));
	if (gas.address)
		return gas;
	fadt_get(fadt, FADT_PM1A_CNT + nr * sizeof(port), &port, sizeof(port));
	return (struct acpi_gas){ .space = SPACE_IO, .address = port };
}

/* The register's place in memory, if that is where it is. */
static volatile void *in_memory(const struct acpi_gas *gas, size_t bytes)
{
	return gas->space == SPACE_MEMORY ? (volatile void *)phys_map(gas->address, bytes) : NULL;
}

static bool is_port(const struct acpi_gas *gas)
{
	return gas->space == SPACE_IO && gas->address && gas->address <= 0xffff;
}

static u16 pm1_read(const struct acpi_gas *gas)
{
	volatile u16 *memory = gas->address ? in_memory(gas, sizeof(u16)) : NULL;

	return is_port(gas) ? inw(gas->address) : memory ? *memory : 0;
}

static void pm1_write(const struct acpi_gas *gas, u16 value)
{
	volatile u16 *memory = gas->address ? in_memory(gas, sizeof(u16)) : NULL;

	if (is_port(gas))
		outw(value, gas->address);
	else if (memory)
		*memory = value;
}

/* Until that bit is set in PM1a's register, or for ever: no longer than a second. */
static void wait_for(const struct acpi_gas *gas, u16 bit)
{
	u64 start = sched_clock(), polls = 0, now;

	do {
		if (gas && pm1_read(gas) & bit)
			return;
		rep_nop();
		now = sched_clock();
	} while (now - start < PATIENCE && (now != start || ++polls < POLLS));
}

static bool find_s5(u8 slp_typ[2])
{
	const struct acpi_table *table = acpi_find_table("DSDT", 0);
	u32 n;

	for (n = 0; table; table = acpi_find_table("SSDT", n++))
		if (acpi_find_s5((const u8 *)table, table->length, slp_typ))
			return true;
	return false;
}

static void enable_acpi(const struct acpi_table *fadt, const struct acpi_gas *pm1a)
{
	u32 port;
	u8 command;

	fadt_get(fadt, FADT_SMI_CMD, &port, sizeof(port));
	fadt_get(fadt, FADT_ACPI_ENABLE, &command, sizeof(command));
	if (!port || port > 0xffff || !command || pm1_read(pm1a) & PM1_SCI_EN)
		return;
	outb(command, port);
	wait_for(pm1a, PM1_SCI_EN);
}

void acpi_power_off(void)
{
	const struct acpi_table *fadt = acpi_find_table("FACP", 0);
	struct acpi_gas control[2], sleep;
	u8 slp_typ[2];
	u32 flags, step, i;

	if (!fadt || !find_s5(slp_typ))
		return;
	fadt_get(fadt, FADT_FLAGS, &flags, sizeof(flags));
	if (flags & FADT_HW_REDUCED) {
		volatile u8 *memory;

		fadt_get(fadt, FADT_SLEEP_CONTROL, &sleep, sizeof(sleep));
		memory = sleep.address ? in_memory(&sleep, sizeof(u8)) : NULL;
		if (is_port(&sleep))
			outb(SLEEP_TYP(slp_typ[0]) | SLEEP_EN, sleep.address);
		else if (memory)
			*memory = SLEEP_TYP(slp_typ[0]) | SLEEP_EN;
		else
			return;
		return wait_for(NULL, 0);
	}
	for (i = 0; i < 2; i++)
		control[i] = pm1_control(fadt, i);
	if (!control[0].address)
		return;
	enable_acpi(fadt, &control[0]);
	for (step = 0; step < 2; step++) /* the type first, then the order to go */
		for (i = 0; i < 2; i++) {
			u16 kept = pm1_read(&control[i]) & ~(PM1_SLP_TYP(7) | PM1_SLP_EN);

			pm1_write(&control[i],
				  kept | PM1_SLP_TYP(slp_typ[i]) | (step ? PM1_SLP_EN : 0));
		}
	wait_for(NULL, 0);
}
