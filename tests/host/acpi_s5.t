#!/bin/bash
# SPDX-License-Identifier: MIT
# The package that says how a machine goes off, found in AML.
exec build/tests/host/acpi_s5
