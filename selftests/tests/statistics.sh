#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The statistics of a connection, as the kernel has them and as iscsiadm shows them.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:statistics

stats_to() {
	netlink stats "$(session_of "$IQN")" >"$1"
}

counter() {
	sed -n "s/^\(custom \|\)$2: //p" "$1" | grep .
}

# moved NAME LEAST MOST: by how much a counter has moved between the two files.
moved() {
	within "$1" "$(($(counter "$STATE/after" "$1") - $(counter "$STATE/before" "$1")))" "$2" "$3"
}

transfer() {
	keep_udev_out
	stats_to "$STATE/before"
	dd "$@"
	stats_to "$STATE/after"
}

# A few commands more may come from the kernel itself, which asks disks for events.
reads_are_counted() {
	transfer if="/dev/$(disk_of "$IQN")" of=/dev/null iflag=direct bs=64k count=16
	moved scsicmd_pdus 16 40
	moved datain_pdus 16 200
	moved rxdata_octets 1048576 1200000
	moved r2t_pdus 0 0
	moved dataout_pdus 0 0
}

# Each is longer than FirstBurstLength, so the target has to ask for its end.
writes_are_counted() {
	within first_burst_len "$(session_attr "$IQN" first_burst_len)" 512 65536
	transfer if=/dev/zero of="/dev/$(disk_of "$IQN")" oflag=direct bs=512k count=8
	moved scsicmd_pdus 8 40
	moved scsirsp_pdus 8 40
	moved r2t_pdus 8 200
	moved dataout_pdus 8 1000
	moved txdata_octets 4194304 4400000
}

custom_counters() {
	stats_to "$STATE/after"
	same "custom counters" "$(sed -n 's/^custom //p' "$STATE/after" | tr '\n' ' ')" \
		"tx_sendpage_failures: 0 rx_discontiguous_hdr: 0 eh_abort_cnt: 0 "
}

# shown_by_iscsiadm NAME: of the output that quiet_statistics kept.
shown_by_iscsiadm() {
	sed -n "s/^[[:space:]]*$1: //p" "$STATE/shown" | grep .
}

# Nothing has moved while iscsiadm asked: the kernel itself asks disks for events now and then.
quiet_statistics() {
	stats_to "$STATE/before"
	iscsiadm -m session -r "$(session_of "$IQN")" -s >"$STATE/shown"
	stats_to "$STATE/after"
	cmp "$STATE/before" "$STATE/after"
}

# What iscsiadm prints is what iscsid has got from the kernel.
iscsiadm_agrees() {
	local name
	keep_udev_out
	wait_for 20 quiet_statistics
	for name in txdata_octets rxdata_octets scsicmd_pdus dataout_pdus scsirsp_pdus datain_pdus r2t_pdus \
		tx_sendpage_failures rx_discontiguous_hdr eh_abort_cnt; do
		same "$name" "$(shown_by_iscsiadm "$name")" "$(counter "$STATE/after" "$name")"
	done
}

need "the modules are loaded" netlink_start
check "every byte of a login is counted" netlink stats-exact
need "the target is up" lio_disk "$IQN" 16
# A ping would be counted, too.
need "iscsid runs" initiator_start 'node.conn[0].timeo.noop_out_interval = 0' \
	'node.conn[0].timeo.noop_out_timeout = 0'
need "discovery" discover "$LIO_PORTAL"
need "login" login "$IQN"
check "reads are counted" reads_are_counted
check "writes are counted" writes_are_counted
check "the custom counters have their names and order" custom_counters
check "iscsiadm shows the same" iscsiadm_agrees
run_checks
