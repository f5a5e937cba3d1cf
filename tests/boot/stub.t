#!/bin/bash
# SPDX-License-Identifier: MIT
# All self-tests in lane stub, whose loader leaves an LDT and SYSENTER's registers; the guest's own
# TAP is this test's.
STUB="ldt msr=174:10 msr=175:c00000 msr=176:c00000" exec tools/vm -l build/logs/stub stub
