#!/bin/bash
# SPDX-License-Identifier: MIT
# All self-tests in lane syslinux; the guest's own TAP is this test's.
exec tools/vm -l build/logs/syslinux syslinux
