/* SPDX-License-Identifier: MIT */
/*
 * The client of xenstored. Requests go out through one ring, each whole or not at all; answers and
 * news of watches come in through another, in pieces. An answer finds its request by a number:
 *
 *   requests -> { id 7, of a thread that sleeps } -> { id 6 }       <- answer { id 6, type, len,
 * ... }
 */
#include <sched.h>
#include <spinlock.h>
#include <string.h>
#include <time.h>
#include <asm/page.h>
#include <asm/paravirt.h>
#include <asm/traps.h>
#include <xen/events.h>
#include <xen/io.h>
#include <xen/xenstore.h>
#include "xenstore.h"

#define PATIENCE       (10 * NSEC_PER_SEC)
#define PANIC_PATIENCE NSEC_PER_SEC
#define NAP	       (50 * NSEC_PER_MSEC)

struct request {
	struct request *next;
	u32 id;
	char *buf;
	size_t size; /* of buf */
	int result;
	bool done;
	struct completion answered;
};

static DEFINE_SPINLOCK(lock); /* the ring's ends that are ours, and all of these */
static u64 ring_pfn;	      /* 0 = there is none */
static u32 port, last_id;
static bool polled = true;
static struct request *requests; /* without an answer yet */
static struct {
	struct xsd_sockmsg head;
	char body[XENSTORE_PAYLOAD_MAX + 1];
	u32 len; /* bytes that have come, head and body */
} answer;

/* xs_wire.h, xsd_errors[]: these are words, so that they are the same everywhere. */
static const struct {
	const char *name;
	int error;
} errors[] = {
	{ "EINVAL", EINVAL }, { "EACCES", EACCES }, { "EEXIST", EEXIST }, { "EISDIR", 21 },
	{ "ENOENT", ENOENT }, { "ENOMEM", ENOMEM }, { "ENOSPC", 28 },	  { "EIO", EIO },
	{ "ENOTEMPTY", 39 },  { "ENOSYS", ENOSYS }, { "EROFS", 30 },	  { "EBUSY", EBUSY },
	{ "EAGAIN", 11 },     { "EISCONN", 106 },   { "E2BIG", E2BIG },	  { "EPERM", 1 },
};

const char *xenstore_error(int error)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].error == -error)
			return errors[i].name;
	return "an unknown error";
}

static struct xenstore_domain_interface *ring(void)
{
	return __va(ring_pfn << PAGE_SHIFT);
}

bool xenstore_connected(void)
{
	return ring_pfn;
}

/* ---- answers: under the lock ----------------------------------------------------------------- */

static int result_of(const struct request *r)
{
	u32 i, len = answer.head.len;

	if (answer.head.type == XS_ERROR) {
		for (i = 0; i < ARRAY_SIZE(errors); i++)
			if (!strcmp(errors[i].name, answer.body))
				return -errors[i].error;
		return -EIO;
	}
	if (len + 1 > r->size && r->buf)
		return -E2BIG;
	if (r->buf)
		memcpy(r->buf, answer.body, len + 1);
	return len;
}

static void deliver(void)
{
	struct request **p = &requests, *r;

	answer.body[answer.head.len] = 0;
	if (answer.head.type == XS_WATCH_EVENT)
		return xenstore_watch_event(answer.body + strlen(answer.body) + 1);
	while (*p && (*p)->id != answer.head.req_id)
		p = &(*p)->next;
	r = *p;
	if (!r) /* nobody waits for it any more */
		return;
	*p = r->next;
	r->result = result_of(r);
	WRITE_ONCE(r->done, true);
	complete(&r->answered); /* it is on a stack that may be gone from here on */
}

/* A byte of an answer; a head that can't be would never end: it ends the connection. */
static bool take(char c)
{
	u32 at = answer.len++;

	if (at < sizeof(answer.head))
		((char *)&answer.head)[at] = c;
	else
		answer.body[at - sizeof(answer.head)] = c;
	if (answer.len >= sizeof(answer.head) && answer.head.len > XENSTORE_PAYLOAD_MAX)
		return false;
	if (answer.len == sizeof(answer.head) + answer.head.len &&
	    answer.len >= sizeof(answer.head)) {
		deliver();
		answer.len = 0;
	}
	return true;
}

static void receive(void)
{
	struct xenstore_domain_interface *r = ring();
	u64 flags;
	u32 n = 0;

	if (!ring_pfn)
		return;
	spin_lock_irqsave(&lock, flags);
	while (READ_ONCE(r->rsp_prod) != r->rsp_cons) {
		barrier();
		if (!take(r->rsp[r->rsp_cons % sizeof(r->rsp)])) {
			ring_pfn = 0;
			break;
		}
		barrier();
		WRITE_ONCE(r->rsp_cons, r->rsp_cons + 1);
		n++;
	}
	spin_unlock_irqrestore(&lock, flags);
	if (n)
		evtchn_send(port); /* there is room again */
}

static void xenstore_interrupt(struct pt_regs *regs)
{
	(void)regs;
	receive();
}

/* ---- requests -------------------------------------------------------------------------------- */

static void wait_a_bit(void)
{
	if (polled) {
		evtchn_take(port);
		receive();
		evtchn_wait(port, NAP);
	} else {
		msleep(1);
	}
}

static u32 put(struct xenstore_domain_interface *r, u32 prod, const void *from, u32 len)
{
	const char *s = from;

	while (len--)
		memcpy(&r->req[prod++ % sizeof(r->req)], s++, 1);
	return prod;
}

/*
 * Interrupts are off inside, so that no thread stops in the middle of it. Out of line, since GCC 16
 * sees a list that keeps the address of its caller's variable, and not who takes it out again.
 */
static noinline bool send(struct request *req, const struct xsd_sockmsg *head, const char *path,
			  u32 path_len, const char *value)
{
	struct xenstore_domain_interface *r = ring();
	u32 prod, used;
	bool room;
	u64 flags;

	spin_lock_irqsave(&lock, flags);
	prod = r->req_prod;
	used = prod - READ_ONCE(r->req_cons);
	room = used <= sizeof(r->req) && sizeof(r->req) - used >= sizeof(*head) + head->len;
	if (room) {
		prod = put(r, prod, head, sizeof(*head));
		prod = put(r, prod, path, path_len);
		prod = put(r, prod, value, head->len - path_len);
		barrier();
		WRITE_ONCE(r->req_prod, prod);
		req->next = requests;
		requests = req;
	}
	spin_unlock_irqrestore(&lock, flags);
	if (room)
		evtchn_send(port);
	return room;
}

/*
 * A request that a stopped CPU had begun to write is not there yet: ours takes its place. Then
 * xenstored has a second to take it.
 */
void xenstore_write_in_panic(const char *path, const char *value)
{
	u32 path_len = strlen(path) + 1, len = path_len + strlen(value), prod;
	struct xsd_sockmsg head = { .type = XS_WRITE, .req_id = ~0U, .len = len };
	struct xenstore_domain_interface *r = ring();
	u64 start = sched_clock();

	if (!ring_pfn)
		return;
	prod = r->req_prod;
	if (prod - READ_ONCE(r->req_cons) + sizeof(head) + len > sizeof(r->req))
		return;
	prod = put(r, prod, &head, sizeof(head));
	prod = put(r, prod, path, path_len);
	prod = put(r, prod, value, len - path_len);
	barrier();
	WRITE_ONCE(r->req_prod, prod);
	evtchn_send(port);
	while (READ_ONCE(r->req_cons) != prod && sched_clock() - start < PANIC_PATIENCE) {
		evtchn_take(port);
		evtchn_wait(port, NAP);
	}
}

static void forget(struct request *req)
{
	struct request **p = &requests;
	u64 flags;

	spin_lock_irqsave(&lock, flags);
	while (*p && *p != req)
		p = &(*p)->next;
	if (*p)
		*p = req->next;
	spin_unlock_irqrestore(&lock, flags);
}

/* The path with its 0, then so much of the value. What does not fit into the ring as one is
 * refused. */
int xenstore_ask(u32 type, const char *path, const char *value, size_t len, char *buf, size_t size)
{
	struct xsd_sockmsg head = { .type = type, .len = strlen(path) + 1 + len };
	struct request req = { .buf = buf, .size = size };
	u64 start = sched_clock(), flags;

	if (!ring_pfn)
		return -EIO;
	if (sizeof(head) + head.len > sizeof(ring()->req))
		return -E2BIG;
	init_completion(&req.answered);
	spin_lock_irqsave(&lock, flags);
	head.req_id = req.id = ++last_id;
	spin_unlock_irqrestore(&lock, flags);
	while (!send(&req, &head, path, head.len - len, value)) {
		if (sched_clock() - start > PATIENCE)
			return -EIO;
		wait_a_bit();
	}
	if (!polled && !wait_for_completion_timeout(&req.answered, PATIENCE))
		forget(&req);
	while (polled && !READ_ONCE(req.done) && sched_clock() - start < PATIENCE)
		wait_a_bit();
	if (!READ_ONCE(req.done)) {
		forget(&req);
		return -EIO;
	}
	return req.result;
}

int xenstore_read(const char *path, char *buf, size_t size)
{
	return xenstore_ask(XS_READ, path, "", 0, buf, size);
}

int xenstore_write(const char *path, const char *value)
{
	int got = xenstore_ask(XS_WRITE, path, value, strlen(value), NULL, 0);

	return min(got, 0);
}

int xenstore_rm(const char *path)
{
	int got = xenstore_ask(XS_RM, path, "", 0, NULL, 0);

	return min(got, 0);
}

int xenstore_list(const char *path, char *buf, size_t size)
{
	return xenstore_ask(XS_DIRECTORY, path, "", 0, buf, size);
}

/* ---- the connection -------------------------------------------------------------------------- */

void xenstore_connect(u64 pfn, u32 evtchn)
{
	ring_pfn = pfn;
	port = evtchn;
	answer.len = 0;
}

void xenstore_listen(void)
{
	if (!ring_pfn)
		return;
	set_irq_handler(XEN_STORE_VECTOR, xenstore_interrupt);
	evtchn_bind(port, XEN_STORE_VECTOR);
	polled = false;
}

void xenstore_poll(bool on)
{
	polled = on;
}

bool xenstore_drain(void)
{
	u64 start = sched_clock();

	while (READ_ONCE(requests) && sched_clock() - start < PATIENCE)
		wait_a_bit();
	return !READ_ONCE(requests);
}
