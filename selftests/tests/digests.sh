#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Header and data digest, each None and CRC32C: negotiated, used, and pages held stable where they must be.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:digests

# login_with HEADER DATA: and what the kernel was told.
login_with() {
	node_set "$IQN" 'node.conn[0].iscsi.HeaderDigest' "$1" 'node.conn[0].iscsi.DataDigest' "$2"
	login "$IQN"
	same "header_digest" "$(conn_attr "$IQN" header_digest)" "$([ "$1" = None ] && echo 0 || echo 1)"
	same "data_digest" "$(conn_attr "$IQN" data_digest)" "$([ "$2" = None ] && echo 0 || echo 1)"
}

# A page that changes while it is sent would not fit its digest.
stable_writes() {
	same stable_writes "$(cat "/sys/block/$(disk_of "$IQN")/queue/stable_writes")" "$1"
}

verify() {
	fio_verify "$(disk_of "$IQN")" 4k 8 512k
	fio_verify "$(disk_of "$IQN")" 64k 8 2M
	# Lengths that need padding do not come from a disk, but from other commands: INQUIRY asks for odd ones.
	sg_inq --len=37 "/dev/$(disk_of "$IQN")"
}

need "the target is up" lio_disk "$IQN" 16
need "iscsid runs" initiator_start
need "discovery" discover "$LIO_PORTAL"
for header in None CRC32C; do
	for data in None CRC32C; do
		check "login, header $header data $data" login_with "$header" "$data"
		check "I/O, header $header data $data" verify
		check "stable pages, header $header data $data" stable_writes "$([ "$data" = None ] && echo 0 || echo 1)"
		check "logout, header $header data $data" logout "$IQN"
	done
done
run_checks
