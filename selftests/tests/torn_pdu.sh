#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Error handling takes a command away while its data is half sent: the stream ends there.
. "${0%/*}/../lib.sh"

need "the modules are loaded" netlink_start recv_from_iscsi_q=1
expect_c_fails iscsi_tcp "sends the next header in the middle of the data"
check "the connection fails" netlink torn-pdu
run_checks
