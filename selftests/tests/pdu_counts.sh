#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 480
# How many PDUs and segments a transfer takes, by what was negotiated: the numbers of Documentation/tune.md.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:pdu-counts
TRANSFERS=32

target_up() {
	lio_disk "$IQN" 16
	generous
}

# The target offers the most, so that the initiator's settings decide.
generous() {
	lio_set "$IQN" param/MaxRecvDataSegmentLength 262144
	lio_set "$IQN" param/FirstBurstLength 262144
	lio_set "$IQN" param/MaxBurstLength 262144
	lio_set "$IQN" param/ImmediateData Yes
	lio_set "$IQN" param/InitialR2T No
}

# As LIO is if nobody changes it, but for the length of its PDUs.
as_it_comes() {
	lio_set "$IQN" param/FirstBurstLength 65536
	lio_set "$IQN" param/InitialR2T Yes
	at_end generous
	pdus write 256k 1 1 0
}

# negotiate [NAME VALUE...]: a new login; what is not named is as iscsid.conf has it.
negotiate() {
	no_session || logout "$IQN"
	discover "$LIO_PORTAL"
	[ $# -eq 0 ] || node_set "$IQN" "$@"
	login "$IQN"
}

counters() {
	netlink stats "$(session_of "$IQN")" >"$1"
}

# transfer read|write SIZE: that many times, and what that has moved the counters by. udev looks at a disk that was
# written to, and is to be done with it: what it asks counts, too, but none of it is a write.
transfer() {
	local disk
	disk=/dev/$(disk_of "$IQN")
	settle
	counters "$STATE/before"
	case $1 in
	read) dd if="$disk" of=/dev/null bs="$2" count="$TRANSFERS" iflag=direct ;;
	write) dd if=/dev/zero of="$disk" bs="$2" count="$TRANSFERS" oflag=direct ;;
	esac
	settle
	counters "$STATE/after"
}

moved() {
	awk -v name="$1:" '$1 == name { value[FILENAME] = $2 } END { print value[ARGV[2]] - value[ARGV[1]] }' \
		"$STATE/before" "$STATE/after"
}

# pdus KIND SIZE DATA_OUT R2T DATA_IN [SETTING VALUE...]: so many of each for a transfer. Whoever opens the disk has the
# kernel ask it some things, fewer than there are transfers, so Data-In is rounded, and not looked at for writes, which
# udev reads behind; what is written is nobody else's.
pdus() {
	local kind=$1 size=$2 data_out=$3 r2t=$4 data_in=$5
	shift 5
	negotiate "$@"
	transfer "$kind" "$size"
	remark "$kind of $size, $TRANSFERS times: $(moved dataout_pdus) Data-Out, $(moved r2t_pdus) R2T," \
		"$(moved datain_pdus) Data-In"
	same "Data-Out PDUs" "$(moved dataout_pdus)" "$((data_out * TRANSFERS))"
	same "R2T PDUs" "$(moved r2t_pdus)" "$((r2t * TRANSFERS))"
	[ "$kind" = write ] || same "Data-In PDUs" "$(($(moved datain_pdus) / TRANSFERS))" "$data_in"
}

# digest_bytes DIGEST HEADER BYTES: what a header has then, and what a write of 4 KiB is with its header. All other
# commands meanwhile are headers alone, and so are answers to the target's pings, which nobody counts.
digest_bytes() {
	local others bytes answers
	negotiate 'node.conn[0].iscsi.HeaderDigest' "$1" 'node.conn[0].iscsi.DataDigest' "$1"
	transfer write 4k
	others=$(($(moved scsicmd_pdus) - TRANSFERS))
	bytes=$(($(moved txdata_octets) - others * $2))
	answers=$(((bytes - $3 * TRANSFERS) / $2))
	within "answers to pings" "$answers" 0 3
	same "bytes of the writes" "$((bytes - answers * $2))" "$(($3 * TRANSFERS))"
}

segments() {
	awk '$1 == "Tcp:" && $12 != "OutSegs" { print $12 }' /proc/net/snmp
}

# Of both directions, as both ends are in this machine.
segments_by_mtu() {
	local before count
	at_end 'ip link set lo mtu 65536'
	ip link set lo mtu "$1"
	negotiate
	before=$(segments)
	transfer read 256k
	count=$((($(segments) - before) / TRANSFERS))
	remark "segments for a read of 256 KiB at an MTU of $1: $count"
	within "segments" "$count" "$2" "$3"
}

need "the target is up" target_up
need "iscsid runs" initiator_start 'node.conn[0].timeo.noop_out_interval = 0' \
	'node.conn[0].timeo.noop_out_timeout = 0'
need "256 KiB are written with their command" pdus write 256k 0 0 0
check "half of them if FirstBurstLength says so" pdus write 256k 1 1 0 node.session.iscsi.FirstBurstLength 131072
check "without immediate data they follow unasked" pdus write 256k 1 0 0 node.session.iscsi.ImmediateData No
check "or when they are asked for" pdus write 256k 1 1 0 node.session.iscsi.ImmediateData No \
	node.session.iscsi.InitialR2T Yes
check "MaxBurstLength has them asked for in parts" pdus write 256k 4 4 0 node.session.iscsi.ImmediateData No \
	node.session.iscsi.InitialR2T Yes node.session.iscsi.MaxBurstLength 65536
check "the target's MaxRecvDataSegmentLength cuts them up" pdus write 256k 31 0 0 \
	'node.conn[0].iscsi.MaxXmitDataSegmentLength' 8192
check "a target as it comes does, and asks for all but the first" as_it_comes
check "256 KiB are read in one PDU" pdus read 256k 0 0 1
check "MaxRecvDataSegmentLength cuts them up" pdus read 256k 0 0 32 \
	'node.conn[0].iscsi.MaxRecvDataSegmentLength' 8192
check "4 KiB and a header without digests" digest_bytes None 48 4144
check "4 KiB and a header with digests" digest_bytes CRC32C 52 4152
check "many segments at an MTU of 1500" segments_by_mtu 1500 181 600
check "few at 9000" segments_by_mtu 9000 30 180
check "logout" logout "$IQN"
run_checks
