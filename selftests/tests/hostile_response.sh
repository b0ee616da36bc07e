#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A target that breaks the protocol on purpose (selftests/target).
# SCSI Responses for other tasks than their own, with other contents, and with sense data of wrong lengths.
# Deadline: 1200
# Long
. "${0%/*}/../lib.sh"

hostile_rules 'group >= 4 && group <= 6'
