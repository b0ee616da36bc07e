#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A target that breaks the protocol on purpose (selftests/target).
# Sequence numbers of the session, and answers to task management.
# Deadline: 1500
# Long
. "${0%/*}/../lib.sh"

hostile_rules 'group == 17 || group == 18'
