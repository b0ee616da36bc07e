#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 180
# The target goes away under load and comes back: the session recovers by itself and nothing is lost.
. "${0%/*}/../lib.sh"

TGT_IQN=iqn.2026-11.org.example:relogin-tgt
LIO_IQN=iqn.2026-11.org.example:relogin-lio
FILE=$STATE/disk

targets_up() {
	truncate -s 16M "$FILE"
	tgt_start
	tgt_target 1 "$TGT_IQN" "$FILE"
	lio_disk "$LIO_IQN" 16
}

logged_in() {
	[ "$(session_attr "$1" state)" = LOGGED_IN ] && [ "$(conn_attr "$1" state)" = up ]
}

failed() {
	[ "$(session_attr "$1" state)" = FAILED ]
}

# writes DISK: how many it has done.
writes() {
	awk '{ print $5 }' "/sys/block/$1/stat"
}

more_writes_than() {
	[ "$(writes "$1")" -gt "$2" ]
}

# The crash must hit a busy session, or it proves nothing.
busy() {
	wait_for 20 more_writes_than "$1" "$(($(writes "$1") + 50))"
}

tgt_crash() {
	tgt_kill
	wait_for 20 failed "$TGT_IQN"
	tgt_start
	tgt_target 1 "$TGT_IQN" "$FILE"
}

lio_outage() {
	lio_set "$LIO_IQN" enable 0
	wait_for 20 failed "$LIO_IQN"
	lio_set "$LIO_IQN" enable 1
}

# survives IQN OUTAGE: fio writes and verifies across two of them.
survives() {
	local iqn=$1 outage=$2 disk load
	disk=$(disk_of "$iqn")
	# Slow enough that there is load left for the second outage.
	fio_verify "$disk" 4k 16 8M --rate_iops=,150 &
	load=$!
	for _ in 1 2; do
		busy "$disk"
		kill -0 "$load" || fail "the load was over before the outage"
		"$outage"
		wait_for 40 logged_in "$iqn"
	done
	wait "$load" || fail "fio saw the outage"
	same "state of the disk" "$(cat "/sys/block/$disk/device/state")" running
}

file_agrees() {
	same_as_target "$(disk_of "$TGT_IQN")" "$FILE"
}

need "the targets are up" targets_up
need "iscsid runs" initiator_start
need "discovery of tgt" discover "$TGT_PORTAL"
need "login to tgt" login "$TGT_IQN"
check "fio survives two crashes of tgtd" survives "$TGT_IQN" tgt_crash
check "the file has what the disk reads" file_agrees
need "discovery of LIO" discover "$LIO_PORTAL"
need "login to LIO" login "$LIO_IQN"
check "fio survives LIO's portal group off and on, twice" survives "$LIO_IQN" lio_outage
check "logout of tgt" logout "$TGT_IQN"
check "logout of LIO" logout "$LIO_IQN"
run_checks
