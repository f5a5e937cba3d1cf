#!/bin/bash
# SPDX-License-Identifier: MIT
# When a system call may return by sysret.
exec build/tests/host/sysret
