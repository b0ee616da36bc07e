#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# PDUs of user space: one that contradicts itself, and one that comes as early as it can.
. "${0%/*}/../lib.sh"

# The caller has a processor for itself, but for when it waits.
first_in_line() {
	taskset --cpu-list 0 chrt --fifo 1 "$NETLINK" send-next
}

need "the modules are loaded" netlink_start
expect_c_fails iscsi_tcp "warns, and sends the header with less data than it announces"
check "a PDU whose data is not as long as it says is not sent" quietly netlink send-contradiction
expect_c_fails libiscsi "refuses one until the worker has put away the one before"
check "a login request is accepted as soon as the answer to the one before is here" first_in_line
run_checks
