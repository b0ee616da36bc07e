#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 5400
# Long
# A million commands with random content, and what they make put away: the kernel goes on as if nothing had been.
. "${0%/*}/../lib.sh"

need "the modules are loaded" netlink_start
check "commands with random content do no harm" spared scsi_transport_iscsi \
	"reads texts beyond their end" quietly netlink mutate 1000000 1
check "commands are executed as before" netlink session-events
run_checks
