/* SPDX-License-Identifier: MIT */
/*
 * The grant table: grant_table.h has its picture. Beside each of its frames lies a page of the same
 * form that only we see, by which grants are made again after a restore:
 *
 *   Xen's   | flags | domid | machine frame |
 *   ours    | flags | domid | page          |    flags 0: free, and frame is the next free one
 *
 * Both grow by a frame when no entry is free.
 */
#include <page_alloc.h>
#include <printk.h>
#include <sched.h>
#include <spinlock.h>
#include <asm/page.h>
#include <asm/sync_bitops.h>
#include <xen/grant_table.h>
#include <xen/xen.h>

#define MAX_FRAMES	  64
#define ENTRIES		  (PAGE_SIZE / sizeof(struct grant_entry_v1))
#define GTF_OURS_DEFERRED BIT(15) /* ours alone: it shall end when nobody has it mapped */
#define RETRY_MS	  20

static DEFINE_SPINLOCK(lock); /* all of these */
static struct grant_frame {
	u64 page; /* of ours, in whose place Xen's is mapped */
	struct grant_entry_v1 *entries, *ours;
} frames[MAX_FRAMES];
static u32 nr_frames, max_frames, first_free; /* 0 = there is none */
static u32 nr_deferred, nr_mapped;
static struct completion deferred = { .lock = __SPIN_LOCK_UNLOCKED(gnttab_deferred) };
static struct task_struct *thread;

static struct grant_entry_v1 *entry(u32 ref)
{
	return &frames[ref / ENTRIES].entries[ref % ENTRIES];
}

static struct grant_entry_v1 *ours(u32 ref)
{
	return &frames[ref / ENTRIES].ours[ref % ENTRIES];
}

const char *gnttab_error(int status)
{
	static const char *const names[] = {
		"GNTST_okay",	      "GNTST_general_error",   "GNTST_bad_domain",
		"GNTST_bad_gntref",   "GNTST_bad_handle",      "GNTST_bad_virt_addr",
		"GNTST_bad_dev_addr", "GNTST_no_device_space", "GNTST_permission_denied",
		"GNTST_bad_page",     "GNTST_bad_copy_arg",    "GNTST_address_too_big",
		"GNTST_eagain",	      "GNTST_no_space",
	};

	if (status == -ENOMEM)
		return "no memory";
	return status <= 0 && -status < (int)ARRAY_SIZE(names) ? names[-status]
							       : "an unknown status";
}

/* ---- the table: under the lock ----------------------------------------------------------------
 */

/* Xen's frames, where we look for them. It answers for all that there are. */
static bool map_frames(u32 nr)
{
	static u64 mfns[MAX_FRAMES];
	struct gnttab_setup_table setup = { DOMID_SELF, nr, 0, mfns };
	u32 i;

	if (xen_grant_table_op(GNTTABOP_setup_table, &setup) || setup.status)
		return false;
	for (i = nr_frames; i < nr; i++)
		xen_gnttab_show_frame(frames[i].page, mfns[i]);
	return true;
}

static bool grow(void)
{
	struct grant_frame *f = &frames[nr_frames];
	u64 mine, ref;

	if (nr_frames == max_frames)
		return false;
	f->page = alloc_page();
	mine = alloc_page();
	if (!f->page || !mine || !map_frames(nr_frames + 1)) {
		if (f->page)
			free_page(f->page);
		if (mine)
			free_page(mine);
		return false;
	}
	f->entries = __va(f->page);
	f->ours = __va(mine);
	nr_frames++;
	for (ref = nr_frames * ENTRIES - 1;
	     ref >= max((nr_frames - 1) * ENTRIES, (u64)GNTTAB_NR_RESERVED_ENTRIES); ref--) {
		ours(ref)->frame = first_free;
		first_free = ref;
	}
	return true;
}

/* Valid only when the rest of it is there: flags last. */
static void write_entry(u32 ref)
{
	struct grant_entry_v1 *e = entry(ref), *o = ours(ref);

	e->domid = o->domid;
	e->frame = xen_gnttab_frame_of((u64)o->frame << PAGE_SHIFT);
	barrier();
	WRITE_ONCE(e->flags, o->flags);
}

/* Xen sets reading and writing at any time, but not in an entry that is 0. */
static bool end_entry(u32 ref)
{
	struct grant_entry_v1 *e = entry(ref);
	u16 flags = READ_ONCE(e->flags), seen;

	for (;; flags = seen) {
		if (flags & (GTF_reading | GTF_writing))
			return false;
		seen = sync_cmpxchg(&e->flags, flags, 0);
		if (seen == flags)
			break;
	}
	*ours(ref) = (struct grant_entry_v1){ .frame = first_free };
	first_free = ref;
	return true;
}

static void must_be_granted(u32 ref)
{
	if (ref < GNTTAB_NR_RESERVED_ENTRIES || ref >= nr_frames * ENTRIES || !ours(ref)->flags ||
	    ours(ref)->flags & GTF_OURS_DEFERRED)
		panic("grant %u is none", ref);
}

/* ---- pages of ours ----------------------------------------------------------------------------
 */

int gnttab_grant_foreign_access(u16 domid, u64 pa, bool readonly)
{
	int ref = -ENOSYS;
	u64 flags;

	spin_lock_irqsave(&lock, flags);
	if (max_frames)
		ref = first_free || grow() ? (int)first_free : -ENOMEM;
	if (ref > 0) {
		first_free = ours(ref)->frame;
		*ours(ref) = (struct grant_entry_v1){
			GTF_permit_access | (readonly ? GTF_readonly : 0),
			domid,
			pa >> PAGE_SHIFT,
		};
		write_entry(ref);
	}
	spin_unlock_irqrestore(&lock, flags);
	return ref;
}

bool gnttab_query_foreign_access(u32 ref)
{
	bool used;
	u64 flags;

	spin_lock_irqsave(&lock, flags);
	must_be_granted(ref);
	used = READ_ONCE(entry(ref)->flags) & (GTF_reading | GTF_writing);
	spin_unlock_irqrestore(&lock, flags);
	return used;
}

bool gnttab_try_end_foreign_access(u32 ref)
{
	bool ended;
	u64 flags;

	spin_lock_irqsave(&lock, flags);
	must_be_granted(ref);
	ended = end_entry(ref);
	spin_unlock_irqrestore(&lock, flags);
	return ended;
}

/* What is free by now; how many are not. */
static u32 retry(void)
{
	u32 ref, left;
	u64 flags, page;

	for (ref = GNTTAB_NR_RESERVED_ENTRIES; ref < READ_ONCE(nr_frames) * ENTRIES; ref++) {
		spin_lock_irqsave(&lock, flags);
		page = 0;
		if (ours(ref)->flags & GTF_OURS_DEFERRED) {
			page = (u64)ours(ref)->frame << PAGE_SHIFT;
			if (end_entry(ref))
				nr_deferred--;
			else
				page = 0;
		}
		spin_unlock_irqrestore(&lock, flags);
		if (page)
			free_page(page);
	}
	spin_lock_irqsave(&lock, flags);
	left = nr_deferred;
	spin_unlock_irqrestore(&lock, flags);
	return left;
}

static int retry_all(void *data)
{
	(void)data;
	for (;;) {
		wait_for_completion(&deferred);
		while (retry())
			msleep(RETRY_MS);
	}
	return 0;
}

void gnttab_end_foreign_access(u32 ref)
{
	bool ended;
	u64 flags, page;

	spin_lock_irqsave(&lock, flags);
	must_be_granted(ref);
	page = (u64)ours(ref)->frame << PAGE_SHIFT;
	ended = end_entry(ref);
	if (!ended) {
		ours(ref)->flags |= GTF_OURS_DEFERRED;
		nr_deferred++;
	}
	spin_unlock_irqrestore(&lock, flags);
	if (ended)
		return free_page(page);
	/* Without memory for a thread the page is kept until another one's end finds some. */
	if (!thread)
		thread = kthread_run(retry_all, NULL, "gnttab", -1);
	complete(&deferred);
}

u32 gnttab_nr_deferred(void)
{
	return READ_ONCE(nr_deferred);
}

/* ---- pages of others --------------------------------------------------------------------------
 */

int gnttab_map(u16 domid, u32 ref, bool readonly, struct gnttab_mapping *m)
{
	struct gnttab_map_grant_ref op = {
		.flags = GNTMAP_host_map | (readonly ? GNTMAP_readonly : 0),
		.ref = ref,
		.dom = domid,
	};
	u64 page = alloc_page(), flags;

	if (!page)
		return -ENOMEM;
	op.host_addr = (u64)__va(page);
	spin_lock_irqsave(&lock, flags);
	nr_mapped++; /* before: a domain that has it mapped is not to be suspended */
	spin_unlock_irqrestore(&lock, flags);
	xen_gnttab_hide_page(page);
	if (xen_grant_table_op(GNTTABOP_map_grant_ref, &op))
		op.status = GNTST_general_error;
	if (op.status) {
		xen_gnttab_show_page(page);
		free_page(page);
		spin_lock_irqsave(&lock, flags);
		nr_mapped--;
		spin_unlock_irqrestore(&lock, flags);
		return op.status;
	}
	*m = (struct gnttab_mapping){ __va(page), page, op.handle };
	return GNTST_okay;
}

int gnttab_unmap(struct gnttab_mapping *m)
{
	struct gnttab_unmap_grant_ref op = { .host_addr = (u64)m->va, .handle = m->handle };
	u64 flags;

	if (xen_grant_table_op(GNTTABOP_unmap_grant_ref, &op))
		op.status = GNTST_general_error;
	if (op.status)
		return op.status;
	xen_gnttab_show_page(m->page);
	free_page(m->page);
	spin_lock_irqsave(&lock, flags);
	nr_mapped--;
	spin_unlock_irqrestore(&lock, flags);
	return GNTST_okay;
}

/* ---- the connection ---------------------------------------------------------------------------
 */

void gnttab_init(void)
{
	struct gnttab_query_size size = { .dom = DOMID_SELF };
	u64 flags;
	bool ready;

	if (xen_grant_table_op(GNTTABOP_query_size, &size) || size.status) {
		printk("Xen gives us no grant table: %s\n", gnttab_error(size.status));
		return;
	}
	spin_lock_irqsave(&lock, flags);
	max_frames = min(size.max_nr_frames, MAX_FRAMES);
	ready = grow();
	spin_unlock_irqrestore(&lock, flags);
	if (!ready)
		printk("no grant table: Xen offers %u frames\n", max_frames);
}

int gnttab_suspend(void)
{
	u32 i;

	if (nr_mapped)
		return -EBUSY;
	for (i = 0; i < nr_frames; i++)
		xen_gnttab_show_page(frames[i].page);
	return 0;
}

/* An entry that is there still is the same domain's, and may be in use. */
void gnttab_resume(void)
{
	u32 nr = nr_frames, ref;

	nr_frames = 0;
	if (nr && !map_frames(nr))
		panic("Xen does not give us the grant table of %u frames back", nr);
	nr_frames = nr;
	for (ref = GNTTAB_NR_RESERVED_ENTRIES; ref < nr_frames * ENTRIES; ref++)
		if (ours(ref)->flags && !(ours(ref)->flags & GTF_OURS_DEFERRED) &&
		    !READ_ONCE(entry(ref)->flags))
			write_entry(ref);
}
