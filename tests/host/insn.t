#!/bin/bash
# SPDX-License-Identifier: MIT
# The instruction decoder against capstone, under ASan and UBSan.
exec build/tests/host/insn
