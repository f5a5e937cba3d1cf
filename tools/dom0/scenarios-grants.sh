# SPDX-License-Identifier: MIT
# A domain's page is lent to dom0 and to a second domain, and taken back: tests/guest/scenario_grant.c.

tell() { xenstore-write "/local/domain/$(xl domid "$1")/data/anole/$2" "$3"; } # NAME NODE VALUE
has() { xenstore-exists "/local/domain/$(xl domid "$1")/data/anole/$2"; }	  # NAME NODE

job_grants() {
	rm -f /tmp/enough
	begin a scenario/lend
	tell a borrower 0
	sees "grants: it has one for dom0" has a grant
	gntmap "$(xl domid a)" "$(xs a data/anole/grant)" "dom0 was here" /tmp/enough >/tmp/gntmap 2>&1 &
	sees "grants: dom0 reads the domain's page" grep -q '^reads: a page lent to domain 0' /tmp/gntmap
	sees "grants: it is in use, and not taken back" says a '^# scenario: 1 grants are still in use'
	sleep 0.5
	sees "grants: after a while, too" eval '! says a "^# scenario: taken back"'
	touch /tmp/enough
	sees "grants: dom0 gives it back" grep -q '^given back' /tmp/gntmap
	sees "grants: the domain reads what dom0 wrote" says a '^# scenario: the other wrote: dom0 was here'
	sees "grants: the page is the domain's again" verdict_is a pass
	gntmap "$(xl domid a)" "$(xs a data/anole/grant)" "" /tmp/enough >/tmp/gntmap 2>&1
	sees "grants: taken back, dom0 can't have it" grep -q "can't be mapped" /tmp/gntmap
	over a

	begin a scenario/lend
	begin b scenario/borrow
	tell a borrower "$(xl domid b)"
	sees "grants: it has one for another domU" has a grant
	gntmap "$(xl domid a)" "$(xs a data/anole/grant)" "" /tmp/enough >/tmp/gntmap 2>&1
	sees "grants: dom0 can't have what is another's" grep -q "can't be mapped" /tmp/gntmap
	tell b lender "$(xl domid a) $(xs a data/anole/grant)"
	sees "grants: a domU reads another's page" says b "^# scenario: reads: a page lent to domain $(xl domid b)"
	sees "grants: used by a domU, it is not taken back" says a '^# scenario: 1 grants are still in use'
	tell b enough 1
	sees "grants: the domain reads what the other wrote" says a '^# scenario: the other wrote: a domU was here'
	sees "grants: taken back from the domU" verdict_is a pass
	tell b again 1
	sees "grants: the other can't have it any more" says b '^# scenario: once more: GNTST_general_error'
	sees "grants: the other has passed" verdict_is b pass
	over b
	over a
}
