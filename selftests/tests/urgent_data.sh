#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# TCP urgent data, which iSCSI does not know, in the middle of a PDU.
. "${0%/*}/../lib.sh"

need "the modules are loaded" netlink_start
expect_c_fails iscsi_tcp "takes more bytes than TCP offers, which it warns of"
check "it ends the connection" quietly netlink urgent-data
run_checks
