/* SPDX-License-Identifier: MIT */
/*
 * A domU's console: two rings in a page that Xen's builder made, whose other end is xenconsoled in
 * dom0, and an event channel that says "look". It serves from the first line of the boot on, when
 * interrupts are far away: waiting for room is sleeping until the channel has an event.
 *
 *   out_cons            out_prod         out_prod - out_cons bytes wait; both run on, and
 *      v                   v             are taken modulo the ring's size
 *   | . a b c d e f g h i j . . . . |
 */
#include <sched.h>
#include <time.h>
#include <asm/page.h>
#include <asm/paravirt.h>
#include <asm/traps.h>
#include <xen/console.h>
#include <xen/events.h>
#include <xen/io.h>

#define PATIENCE (30 * NSEC_PER_SEC) /* in which nothing is taken out: there is nobody */
#define FLUSH	 (10 * NSEC_PER_SEC)
#define NAP	 (50 * NSEC_PER_MSEC) /* another CPU may take the event that we wait for */
#define LOOKS	 100000		      /* the limit while the clock does not go yet */

static u64 ring_pfn; /* 0 = this domain has none */
static u32 port;
static bool nobody; /* who should take it out did not for so long that it is not waited for */
static struct completion input = { .lock = __SPIN_LOCK_UNLOCKED(xencons_input) };

static struct xencons_interface *ring(void)
{
	return __va(ring_pfn << PAGE_SHIFT);
}

void xencons_connect(u64 pfn, u32 evtchn)
{
	ring_pfn = pfn;
	port = evtchn;
	nobody = false;
}

/* ---- out ------------------------------------------------------------------------------------- */

static u32 waiting(const struct xencons_interface *r)
{
	return READ_ONCE(r->out_prod) - READ_ONCE(r->out_cons);
}

/* Interrupts off. False: in so many ns there are still more than that many bytes. */
static bool wait_until(const struct xencons_interface *r, u32 bytes, u64 ns)
{
	bool took = false;
	u64 start = sched_clock();
	int looks;

	for (looks = 0; looks < LOOKS && sched_clock() - start <= ns; looks++) {
		took |= evtchn_take(port);
		if (waiting(r) <= bytes)
			break;
		evtchn_wait(port, NAP);
	}
	if (took && READ_ONCE(r->in_prod) != r->in_cons) /* it was about input too */
		complete(&input);
	return waiting(r) <= bytes;
}

/* An index of theirs that can't be leaves no room: nothing is written where it should not be. */
static void xencons_write(const char *s, size_t len)
{
	struct xencons_interface *r = ring();

	while (len) {
		u32 used = waiting(r), prod = r->out_prod, n;

		n = used < sizeof(r->out) ? min(len, sizeof(r->out) - used) : 0;
		if (!n && nobody)
			return;
		nobody = false;
		for (len -= n; n; n--)
			r->out[prod++ % sizeof(r->out)] = *s++;
		barrier();
		WRITE_ONCE(r->out_prod, prod);
		evtchn_send(port);
		if (len)
			nobody = !wait_until(r, sizeof(r->out) / 2, PATIENCE);
	}
}

void xencons_flush(void)
{
	u64 flags;

	if (!ring_pfn || nobody)
		return;
	flags = arch_local_irq_save();
	evtchn_send(port);
	wait_until(ring(), 0, FLUSH);
	arch_local_irq_restore(flags);
}

struct console xencons_console = { .name = "xen", .write = xencons_write, .enabled = true };

/* ---- in -------------------------------------------------------------------------------------- */

static void xencons_interrupt(struct pt_regs *regs)
{
	const struct xencons_interface *r = ring();

	(void)regs;
	if (READ_ONCE(r->in_prod) != r->in_cons)
		complete(&input);
}

void xencons_listen(void)
{
	if (!ring_pfn)
		return;
	set_irq_handler(XEN_CONSOLE_VECTOR, xencons_interrupt);
	evtchn_bind(port, XEN_CONSOLE_VECTOR);
}

size_t xencons_read(char *buf, size_t size, u64 ns)
{
	struct xencons_interface *r = ring();
	u64 start = sched_clock();
	size_t n = 0;

	while (ring_pfn && READ_ONCE(r->in_prod) == r->in_cons && sched_clock() - start < ns)
		wait_for_completion_timeout(&input, ns - (sched_clock() - start));
	for (; ring_pfn && n < size && READ_ONCE(r->in_prod) != r->in_cons; n++) {
		barrier();
		buf[n] = r->in[r->in_cons % sizeof(r->in)];
		barrier();
		WRITE_ONCE(r->in_cons, r->in_cons + 1);
	}
	if (n)
		evtchn_send(port); /* there is room again */
	return n;
}
