#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A target that breaks the protocol on purpose (selftests/target).
# Data-In of every wrong kind.
# Deadline: 900
# Long
. "${0%/*}/../lib.sh"

hostile_rules 'group <= 3'
