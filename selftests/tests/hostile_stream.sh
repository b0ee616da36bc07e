#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A target that breaks the protocol on purpose (selftests/target).
# The stream ends, stalls or comes in pieces; and several rules at once.
# Deadline: 1500
# Long
. "${0%/*}/../lib.sh"

hostile_rules 'group == 20 || group == 23'
