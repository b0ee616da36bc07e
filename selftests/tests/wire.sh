#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What a write costs on the wire: calls into TCP, and segments.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:wire
WRITES=50
MSG_MORE=0x8000

# A 64 KiB write is to be one PDU with all of its data in it.
target_up() {
	lio_disk "$IQN" 16
	lio_set "$IQN" param/MaxRecvDataSegmentLength 262144
	lio_set "$IQN" param/FirstBurstLength 262144
	lio_set "$IQN" param/MaxBurstLength 262144
	lio_set "$IQN" param/ImmediateData Yes
}

negotiated() {
	node_set "$IQN" node.session.iscsi.FirstBurstLength 262144 node.session.iscsi.MaxBurstLength 262144 \
		node.session.iscsi.ImmediateData Yes
	login "$IQN"
	within max_xmit_dlength "$(conn_attr "$IQN" max_xmit_dlength)" 65536 16777215
	within first_burst_len "$(session_attr "$IQN" first_burst_len)" 65536 16777215
	same immediate_data "$(session_attr "$IQN" immediate_data)" 1
}

# write_traced SIZE: every call for a socket to the target's port, as lines of "size flags". 48140 is 3260 as it
# lies in memory.
write_traced() {
	keep_udev_out
	probe sendmsg 'p tcp_sendmsg port=sk->__sk_common.skc_dport size=size flags=msg->msg_flags:x32' 'port == 48140'
	trace_on selftest/sendmsg
	dd if=/dev/zero of="/dev/$(disk_of "$IQN")" bs="$1" count="$WRITES" oflag=direct
	trace_off
	sed -n 's/.*: sendmsg: .* size=\([0-9]*\) flags=\(.*\)/\1 \2/p' "$EVENTS" >"$STATE/sent"
}

# all_seen SIZE BYTES: the trace has all bytes of the writes and of their headers, so that its counts mean something.
all_seen() {
	fields_known || skip "this kernel has no BTF, by which a probe finds the fields of a socket"
	write_traced "$1"
	within "bytes sent" "$(awk '{ n += $1 } END { print n }' "$STATE/sent")" \
		"$((($2 + 48) * WRITES))" "$((($2 + 48) * (WRITES + 3)))"
}

# calls_per_write SIZE: in hundredths, and as a remark.
calls_per_write() {
	local calls
	write_traced "$1"
	calls=$(($(wc -l <"$STATE/sent") * 100 / WRITES))
	remark "calls into TCP for a write of $1: $((calls / 100)).$((calls % 100 / 10))"
	within "hundredths of calls per write" "$calls" 200 220
}

# header_has_more: what follows the header is said to follow, so that both can share a segment.
header_has_more() {
	local size flags headers=0 more=0
	write_traced 4k
	while read -r size flags; do
		[ "$size" -eq 48 ] || continue
		headers=$((headers + 1))
		[ "$((flags & MSG_MORE))" -eq 0 ] || more=$((more + 1))
	done <"$STATE/sent"
	remark "$more of $headers headers with MSG_MORE"
	[ "$headers" -ge "$WRITES" ]
	[ "$more" -ge "$WRITES" ]
}

# data_has_no_more: the last of a PDU is sent at once where no other PDU waits.
data_has_no_more() {
	local size flags
	write_traced 4k
	while read -r size flags; do
		[ "$size" -ne 4096 ] || [ "$((flags & MSG_MORE))" -eq 0 ] || fail "4096 bytes with flags $flags"
	done <"$STATE/sent"
	grep -q '^4096 ' "$STATE/sent"
}

segments() {
	awk '$1 == "Tcp:" && $12 != "OutSegs" { print $12 }' /proc/net/snmp
}

# segments_per_write SIZE: of both directions, as both ends are in this machine.
segments_per_write() {
	local before count
	keep_udev_out
	before=$(segments)
	dd if=/dev/zero of="/dev/$(disk_of "$IQN")" bs="$1" count="$WRITES" oflag=direct
	count=$((($(segments) - before) * 100 / WRITES))
	remark "TCP segments for a write of $1: $((count / 100)).$((count % 100 / 10))"
	within "hundredths of segments per write" "$count" 200 320
}

need "the target is up" target_up
need "iscsid runs" initiator_start
need "discovery" discover "$LIO_PORTAL"
need "login with 64 KiB of immediate data" negotiated
need "the trace sees all of 64 KiB writes" all_seen 64k 65536
need "the trace sees all of 4 KiB writes" all_seen 4k 4096
expect_c_fails iscsi_tcp "sends every page of the data by itself"
check "64 KiB are two calls into TCP" calls_per_write 64k
check "4 KiB are two calls into TCP" calls_per_write 4k
expect_c_fails iscsi_tcp "header and data are segments of their own"
check "a header with data behind it says so" header_has_more
check "no data is held back" data_has_no_more
expect_c_fails iscsi_tcp "header and data are segments of their own"
check "4 KiB are few segments" segments_per_write 4k
check "logout" logout "$IQN"
run_checks
