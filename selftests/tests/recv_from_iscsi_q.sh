#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 180
# Receiving in the softirq, or from the host's work queue: chosen when a connection is made.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:recv
PARAMETER=/sys/module/iscsi_tcp/parameters/recv_from_iscsi_q

# queued_works: how many different works reads put on the session's iscsi_q: the one that sends, and in this mode the
# one that receives. A third, which has TCP send what it holds back, comes if a read meets a ping or another command.
queued_works() {
	local queue disk
	disk=$(disk_of "$IQN")
	queue=iscsi_q_$(readlink -f "/sys/block/$disk/device" | sed 's,.*/host\([0-9]*\)/.*,\1,')
	trace_on workqueue/workqueue_queue_work
	dd if="/dev/$disk" of=/dev/null bs=4k count=50 iflag=direct
	trace_off
	grep "workqueue=$queue " "$EVENTS" | grep -v 'function=[^ ]*4cork4push' |
		sed 's/.*work struct=\([^ ]*\).*/\1/' | sort -u | wc -l
}

# logs_in MODE: a new connection follows the parameter.
logs_in() {
	login "$IQN"
	same "works queued for reads" "$(queued_works)" "$1"
}

verify() {
	fio_verify "$(disk_of "$IQN")" 4k 1 256k
	fio_verify "$(disk_of "$IQN")" 4k 32 2M
	fio_verify "$(disk_of "$IQN")" 64k 8 4M
}

load_with() {
	modprobe iscsi_tcp "recv_from_iscsi_q=$1"
	same "parameter" "$(cat "$PARAMETER")" "$2"
}

# toggled VALUE SHOWN: by sysfs; the session that is there does not change.
toggled() {
	local before
	before=$(queued_works)
	echo "$1" >"$PARAMETER"
	same "parameter" "$(cat "$PARAMETER")" "$2"
	same "works queued for reads" "$(queued_works)" "$before"
}

need "the target is up" lio_disk "$IQN" 16
need "loaded with recv_from_iscsi_q=1" caught iscsi_tcp \
	"leaves bottom halves on, which the locks of the library are taken against" load_with 1 Y
need "iscsid runs" initiator_start
need "discovery" discover "$LIO_PORTAL"
need "digests on" node_set "$IQN" 'node.conn[0].iscsi.HeaderDigest' CRC32C 'node.conn[0].iscsi.DataDigest' CRC32C
check "login receives from the queue" logs_in 2
check "fio verify from the queue" verify
check "switched off, the session stays as it is" toggled 0 N
check "logout" logout "$IQN"
check "login receives in the softirq" logs_in 1
check "fio verify in the softirq" verify
check "switched on, the session stays as it is" toggled 1 Y
check "logout once more" logout "$IQN"
check "login receives from the queue again" logs_in 2
check "logout at last" logout "$IQN"
run_checks
