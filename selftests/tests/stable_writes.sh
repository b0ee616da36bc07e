#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 240
# A data digest that only the second login negotiates: pages being written must be held stable from then on.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:stable-writes

stable_writes() {
	same stable_writes "$(cat "/sys/block/$(disk_of "$IQN")/queue/stable_writes")" "$1"
}

login_without_digest() {
	# iscsid offers both in this order, the target decides.
	node_set "$IQN" 'node.conn[0].iscsi.DataDigest' CRC32C,None
	login "$IQN"
	same data_digest "$(conn_attr "$IQN" data_digest)" 0
	stable_writes 0
}

has_digest() {
	[ "$(conn_attr "$IQN" data_digest),$(session_attr "$IQN" state)" = 1,LOGGED_IN ]
}

# The target drops the connection; iscsid logs in again, to the same session and its disk.
login_again_with_digest() {
	local disk session
	disk=$(disk_of "$IQN")
	session=$(session_of "$IQN")
	lio_set "$IQN" param/DataDigest CRC32C
	lio_set "$IQN" enable 0
	lio_set "$IQN" enable 1
	wait_for 60 has_digest
	same session "$(session_of "$IQN")" "$session"
	same disk "$(disk_of "$IQN")" "$disk"
}

verify() {
	fio_verify "$(disk_of "$IQN")" 4k 8 1M
	fio_verify "$(disk_of "$IQN")" 64k 8 4M
}

need "the target is up" lio_disk "$IQN" 16
need "it accepts no data digest" lio_set "$IQN" param/DataDigest None
need "iscsid runs" initiator_start
need "discovery" discover "$LIO_PORTAL"
need "login without data digest" login_without_digest
check "fio verify without" verify
need "second login with data digest" login_again_with_digest
expect_c_fails iscsi_tcp "decides on the first login only"
check "pages are held stable" stable_writes 1
check "fio verify with" verify
check "logout" logout "$IQN"
run_checks
