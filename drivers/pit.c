/* SPDX-License-Identifier: MIT */
/*
 * The 8254's channel 2, which is wired to no interrupt: a counter of 16 bits that tells other
 * counters how fast they are. Intel 8254 data sheet; port 61 bit 0 is the channel's gate.
 */
#include <asm/io.h>
#include <asm/tsc.h>

#define PIT_CH2	    0x42
#define PIT_MODE    0x43
#define PORT_61	    0x61
#define GATE_CH2    0x01
#define SPEAKER	    0x02
#define CH2_RATE    0xb4 /* channel 2, low byte then high byte, mode 2: over and over */
#define CH2_LATCH   0x80
#define PIT_TICK_HZ 1193182
#define LOOKS	    10000

static u64 pit_read(void)
{
	u8 low;

	outb(CH2_LATCH, PIT_MODE);
	low = inb(PIT_CH2);
	return -(u64)(inb(PIT_CH2) << 8 | low) & 0xffff;
}

struct clocksource clocksource_pit = { "PIT", pit_read, 0xffff, PIT_TICK_HZ };

/* It ticks every 0.8 us, and each of these looks takes two accesses of as much or more. */
void pit_init(void)
{
	unsigned int look;
	u64 first;

	outb((inb(PORT_61) & ~SPEAKER) | GATE_CH2, PORT_61);
	outb(CH2_RATE, PIT_MODE);
	outb(0, PIT_CH2); /* from 65536 down */
	outb(0, PIT_CH2);
	first = pit_read();
	for (look = 0; look < LOOKS; look++)
		if (pit_read() != first)
			return;
	clocksource_pit.hz = 0; /* no port answers, or it stands */
}
