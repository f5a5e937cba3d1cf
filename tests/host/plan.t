#!/bin/bash
# SPDX-License-Identifier: MIT
# The planner: every form and every refusal, under ASan and UBSan.
exec build/tests/host/plan
