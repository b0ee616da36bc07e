#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A target that breaks the protocol on purpose (selftests/target).
# Data segments and Additional Header Segments where none belong, digests, and PDUs that nobody knows.
# Deadline: 1500
# Long
. "${0%/*}/../lib.sh"

hostile_rules 'group >= 10 && group <= 13 || group == 19'
