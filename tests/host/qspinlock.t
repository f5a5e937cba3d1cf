#!/bin/bash
# SPDX-License-Identifier: MIT
# The queued spinlock's slow paths on threads, under ASan and UBSan.
exec build/tests/host/qspinlock
