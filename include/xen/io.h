/* SPDX-License-Identifier: MIT */
/*
 * Pages that a domain shares with daemons of dom0: public/io/console.h and io/xs_wire.h. A ring's
 * indexes run on, and are taken modulo its size; who writes bytes moves prod, who reads them cons.
 */
#ifndef XEN_IO_H
#define XEN_IO_H

#include <types.h>

struct xencons_interface {
	char in[1024];	/* to us */
	char out[2048]; /* from us */
	u32 in_cons, in_prod;
	u32 out_cons, out_prod;
};
_Static_assert(offsetof(struct xencons_interface, in_cons) == 3072, "io/console.h");

struct xenstore_domain_interface {
	char req[1024]; /* requests, ours */
	char rsp[1024]; /* answers, and news of watches */
	u32 req_cons, req_prod;
	u32 rsp_cons, rsp_prod;
	u32 server_features, connection, error;
};
_Static_assert(offsetof(struct xenstore_domain_interface, req_cons) == 2048, "io/xs_wire.h");

/* Before what is asked, and before what is answered to it. */
struct xsd_sockmsg {
	u32 type;   /* XS_* */
	u32 req_id; /* the answer has the question's */
	u32 tx_id;
	u32 len; /* bytes that follow */
};
#define XS_DIRECTORY   1
#define XS_READ	       2
#define XS_WATCH       4
#define XS_UNWATCH     5
#define XS_WRITE       11
#define XS_RM	       13
#define XS_WATCH_EVENT 15
#define XS_ERROR       16

#define XENSTORE_PAYLOAD_MAX 4096

#endif
