#!/bin/bash
# SPDX-License-Identifier: MIT
# All self-tests in lane bochs, on two CPUs; the guest's own TAP is this test's.
exec tools/vm -l build/logs/bochs -c 2 -p haswell bochs
