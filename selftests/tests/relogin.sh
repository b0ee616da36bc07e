#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 180
# The target goes away under load and comes back: the session recovers by itself and nothing is lost.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:relogin
FILE=$STATE/disk

target_up() {
	truncate -s 16M "$FILE"
	lio_start
	lio_target "$IQN" "$LIO_PORTAL" "$(lio_file relogin "$FILE")"
}

outage() {
	lio_set "$IQN" enable 0
	wait_for 20 in_state "$IQN" FAILED
	lio_set "$IQN" enable 1
}

file_agrees() {
	same_as_target "$(disk_of "$IQN")" "$FILE"
}

need "the target is up" target_up
need "iscsid runs" initiator_start
need "discovery" discover "$LIO_PORTAL"
need "login" login "$IQN"
check "fio survives the portal group off and on, twice" survives_outages "$IQN" outage
check "the file has what the disk reads" file_agrees
check "logout" logout "$IQN"
run_checks
