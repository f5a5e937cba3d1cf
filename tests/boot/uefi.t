#!/bin/bash
# SPDX-License-Identifier: MIT
# All self-tests in lane uefi; the guest's own TAP is this test's. Without a debug exit, so that the
# machine's end is ACPI's S5 by what UEFI's tables say; where it did not go off, the run has failed.
mkdir -p build/logs
set -o pipefail
tools/vm -x -l build/logs/uefi uefi | tee build/logs/uefi-said || exit
! grep "did not go off" build/logs/uefi-said
