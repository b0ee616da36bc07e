#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 180
# A target that dies under load and starts anew: the session recovers by itself and nothing is lost.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:target-crash

crash() {
	tgt_kill
	wait_for 20 in_state "$IQN" FAILED
	tgt_start
	tgt_target 1 "$IQN" "$STATE/disk"
}

file_agrees() {
	same_as_target "$(disk_of "$IQN")" "$STATE/disk"
}

need "the target is up" tgt_disk "$IQN" 16
need "iscsid runs" initiator_start
need "discovery" discover "$TGT_PORTAL"
need "login" login "$IQN"
check "fio survives two crashes of tgtd" survives_outages "$IQN" crash
check "the file has what the disk reads" file_agrees
check "logout" logout "$IQN"
run_checks
