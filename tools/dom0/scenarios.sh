# SPDX-License-Identifier: MIT
# The scenarios of tests/boot/xen-domu-scenarios.t.
