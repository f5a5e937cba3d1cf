/* SPDX-License-Identifier: MIT */
/*
 * Grants: pages of this domain that another may use, and pages of others' that this one may:
 * drivers/xen/grant.c. Numbers and layouts are those of xen/include/public/grant_table.h, Xen 4.17.
 *
 *   our table, which Xen reads          another domain: "map reference 9 of domain 3"
 *   ref 8  | flags | domid | frame |      Xen looks it up, sets reading or writing in its flags,
 *   ref 9  | flags | domid | frame |      and writes a page-table entry; takes the bits away again
 *   ...                                   when the last mapping is gone
 */
#ifndef XEN_GRANT_TABLE_H
#define XEN_GRANT_TABLE_H

#include <types.h>

struct grant_entry_v1 {
	u16 flags; /* GTF_*; written last, and 0 first */
	u16 domid; /* who may */
	u32 frame; /* a machine frame */
};
_Static_assert(sizeof(struct grant_entry_v1) == 8, "grant_table.h");

#define GTF_permit_access 1
#define GTF_type_mask	  3
#define GTF_readonly	  BIT(2)
#define GTF_reading	  BIT(3) /* Xen's: somebody has it mapped */
#define GTF_writing	  BIT(4) /* and may write it */

#define GNTTAB_NR_RESERVED_ENTRIES 8 /* the toolstack's: for xenconsoled, xenstored */

#define GNTTABOP_map_grant_ref	 0
#define GNTTABOP_unmap_grant_ref 1
#define GNTTABOP_setup_table	 2
#define GNTTABOP_query_size	 6

#define GNTMAP_host_map 2
#define GNTMAP_readonly 4

/* Of an operation on a grant. */
#define GNTST_okay	    0
#define GNTST_general_error -1
#define GNTST_bad_domain    -2
#define GNTST_bad_gntref    -3
#define GNTST_bad_handle    -4
#define GNTST_bad_virt_addr -5

struct gnttab_map_grant_ref {
	u64 host_addr;
	u32 flags, ref;
	u16 dom;
	s16 status;
	u32 handle;
	u64 dev_bus_addr;
};
_Static_assert(sizeof(struct gnttab_map_grant_ref) == 32, "grant_table.h");

struct gnttab_unmap_grant_ref {
	u64 host_addr;
	u64 dev_bus_addr; /* 0 = there is none */
	u32 handle;
	s16 status;
};
_Static_assert(sizeof(struct gnttab_unmap_grant_ref) == 24, "grant_table.h");

struct gnttab_setup_table {
	u16 dom;
	u32 nr_frames;
	s16 status;
	u64 *frame_list; /* the answer: their machine frames */
};
_Static_assert(sizeof(struct gnttab_setup_table) == 24, "grant_table.h");

struct gnttab_query_size {
	u16 dom;
	u32 nr_frames, max_nr_frames;
	s16 status;
};
_Static_assert(sizeof(struct gnttab_query_size) == 16, "grant_table.h");

/* After smp_init(), once. What it can't do it says; then all below are errors. */
void gnttab_init(void);

/*
 * That domain may map the page from here on, and what a mapping of it does is done to our page. A
 * reference to tell it, GNTTAB_NR_RESERVED_ENTRIES or more; -ENOMEM where no entry is free and Xen
 * lets the table not grow; -ENOSYS without a table. Any state but NMIs.
 */
int gnttab_grant_foreign_access(u16 domid, u64 pa, bool readonly);
/* Has somebody mapped it? */
bool gnttab_query_foreign_access(u32 ref);
/* Nobody may map it any more: true. False: somebody has it mapped, and all stays as it is. */
bool gnttab_try_end_foreign_access(u32 ref);
/*
 * The same for good: while somebody has it mapped, the page is kept and it is tried again, for as
 * long as it takes. Then the page is free. In a thread.
 */
void gnttab_end_foreign_access(u32 ref);
/* How many those are that are tried again. */
u32 gnttab_nr_deferred(void);

/* A page of another domain's; also of our own, if we granted it to ourselves. */
struct gnttab_mapping {
	void *va;
	u64 page; /* of ours, in whose place it is mapped */
	u32 handle;
};
/*
 * GNTST_*, or -ENOMEM, which is none of them. Who reads what the other domain may be writing has
 * to read it once. In a thread.
 */
int gnttab_map(u16 domid, u32 ref, bool readonly, struct gnttab_mapping *m);
/* GNTST_*; what was mapped nowhere else ends for its owner. */
int gnttab_unmap(struct gnttab_mapping *m);
/* "GNTST_bad_gntref" for GNTST_bad_gntref. */
const char *gnttab_error(int status);

/*
 * Around a suspend, on the boot CPU with interrupts off and no other CPU up. Xen saves no domain
 * that maps frames which are not its own: gnttab_suspend() takes the table away, or is -EBUSY and
 * does nothing where pages of other domains are mapped. gnttab_resume(): the table is there again,
 * and in a new domain all grants are made anew, which nobody has mapped yet.
 */
int gnttab_suspend(void);
void gnttab_resume(void);

/* pv/xen/grant-table.c: the hypercall, of one element; 0, or Xen's -errno. */
s64 xen_grant_table_op(u32 op, void *arg);
/* In the direct map: nothing, somebody's machine frame, and its own page again. Any CPU. */
void xen_gnttab_hide_page(u64 pa);
void xen_gnttab_show_frame(u64 pa, u64 mfn);
void xen_gnttab_show_page(u64 pa);
u64 xen_gnttab_frame_of(u64 pa);

#endif
