#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 240
# The whole way against tgt, whose disk is a file that can be looked at.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:first-light-tgt
FILE=$STATE/disk

target_up() {
	truncate -s 320M "$FILE"
	tgt_start
	tgt_target 1 "$IQN" "$FILE"
}

discovered() {
	discover "$TGT_PORTAL" | grep -Fx "$TGT_PORTAL,1 $IQN"
}

# What iscsiadm shows is put together from sysfs, netlink and its own records.
session_shown() {
	local text line
	text=$(iscsiadm -m session -r "$(session_of "$IQN")" -P 3)
	for line in "Target: $IQN" "Current Portal: $TGT_PORTAL,1" "Iface Transport: tcp" \
		"Iface Initiatorname: $INITIATOR" "iSCSI Connection State: LOGGED IN" "iSCSI Session State: LOGGED_IN" \
		"MaxRecvDataSegmentLength: $(conn_attr "$IQN" max_recv_dlength)" \
		"MaxXmitDataSegmentLength: $(conn_attr "$IQN" max_xmit_dlength)" \
		"FirstBurstLength: $(session_attr "$IQN" first_burst_len)" \
		"MaxBurstLength: $(session_attr "$IQN" max_burst_len)" \
		"MaxOutstandingR2T: $(session_attr "$IQN" max_outstanding_r2t)"; do
		grep -qF "$line" <<<"$text" || fail "no '$line' in: $text"
	done
	grep -q "Attached scsi disk $(disk_of "$IQN")[[:space:]]*State: running" <<<"$text"
}

# counted COUNTER LEAST MOST COMMAND...: the command moves the counter by that much.
counted() {
	local counter=$1 least=$2 most=$3 before after
	shift 3
	keep_udev_out
	before=$(statistic "$IQN" "$counter")
	"$@"
	after=$(statistic "$IQN" "$counter")
	within "$counter" "$((after - before))" "$least" "$most"
}

# Besides the data there are PDU headers, and little more.
written_is_counted() {
	counted txdata_octets 4194304 4600000 \
		dd if=/dev/zero of="/dev/$(disk_of "$IQN")" bs=1M count=4 oflag=direct
}

read_is_counted() {
	counted rxdata_octets 4194304 4600000 \
		dd if="/dev/$(disk_of "$IQN")" of=/dev/null bs=1M count=4 iflag=direct
}

commands_are_counted() {
	counted scsicmd_pdus 20 30 dd if="/dev/$(disk_of "$IQN")" of=/dev/null bs=4k count=20 iflag=direct
}

file_agrees() {
	same_as_target "$(disk_of "$IQN")" "$FILE"
}

logged_out() {
	logout "$IQN"
	no_session
}

no_residue() {
	stop_daemon iscsid
	unload_initiator
	refused compgen -G '/sys/class/iscsi_*'
	refused compgen -G '/sys/class/scsi_host/host*'
}

need "the target is up" target_up
need "iscsid runs" initiator_start
need "discovery lists the target" discovered
need "login gives a disk" login "$IQN"
check "iscsiadm shows the session" session_shown
check "octets written are counted" written_is_counted
check "octets read are counted" read_is_counted
check "commands are counted" commands_are_counted
check_disk_work "$IQN"
check "the target has what the disk reads" file_agrees
check "logout removes the session" logged_out
check "the modules unload without residue" no_residue
run_checks
