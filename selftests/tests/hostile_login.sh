#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A target that breaks the protocol on purpose (selftests/target).
# Logins that fail or succeed in vain, and logouts.
# Deadline: 2400
# Long
. "${0%/*}/../lib.sh"

hostile_rules 'group == 21 || group == 22'
