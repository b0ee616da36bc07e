#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# PDUs of user space whose DataSegmentLength is not the length of their data.
. "${0%/*}/../lib.sh"

need "the modules are loaded" netlink_start
expect_c_fails iscsi_tcp "warns, and sends the header with less data than it announces"
check "such a PDU is not sent" quietly netlink send-contradiction
run_checks
