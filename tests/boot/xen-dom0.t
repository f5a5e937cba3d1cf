#!/bin/bash
# SPDX-License-Identifier: MIT
# All self-tests in lane xen-dom0; the guest's own TAP is this test's.
exec tools/vm -l build/logs/xen-dom0 xen-dom0
