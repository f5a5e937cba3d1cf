#!/bin/bash
# SPDX-License-Identifier: MIT
# The same under a scheduler that tries 10,000 orders of their memory accesses.
exec build/tests/host/qspinlock_model
