#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A target that breaks the protocol on purpose (selftests/target).
# NOP-In, Rejects and Asynchronous Messages.
# Deadline: 1500
# Long
. "${0%/*}/../lib.sh"

hostile_rules 'group >= 14 && group <= 16'
