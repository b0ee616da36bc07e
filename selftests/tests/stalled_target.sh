#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 240
# A target that stops reading, with recv_from_iscsi_q=1, where the sender may not block.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:stalled
FILE=$STATE/disk

target_up() {
	truncate -s 128M "$FILE"
	tgt_start
	tgt_target 1 "$IQN" "$FILE"
}

# A small window is full sooner; a ping would end a session that is only slow.
daemon_up() {
	initiator_start 'node.conn[0].timeo.noop_out_interval = 0' 'node.conn[0].timeo.noop_out_timeout = 0' \
		'node.conn[0].tcp.window_size = 32768'
}

# Whether the initiator has bytes to send that the target's window does not allow.
window_is_full() {
	awk -v port="$(printf ':%04X' "${TGT_PORTAL##*:}")" '
		substr($3, 9) == port && $5 !~ /^00000000:/ { found = 1 }
		END { exit !found }' /proc/net/tcp
}

target_stops() {
	kill -STOP "$(cat "$STATE/tgtd.pid")"
}

target_goes_on() {
	kill -CONT "$(cat "$STATE/tgtd.pid")"
}

# over_a_stall BLOCKSIZE SIZE COMMAND...: writes and verifies; the command runs while the target does not read.
over_a_stall() {
	local bs=$1 size=$2 writer
	shift 2
	target_stops
	fio_verify "$(disk_of "$IQN")" "$bs" 32 "$size" &
	writer=$!
	wait_for 20 window_is_full
	"$@"
	target_goes_on
	wait "$writer"
}

# Two seconds are long enough for a million attempts, were each to be followed by the next at once.
count_sends() {
	trace_on selftest/send
	sleep 2
	trace_pause
	trace_count >"$STATE/sends"
	window_is_full || fail "the target has read meanwhile"
}

sender_waits() {
	probe send 'p tcp_sendmsg' 'comm ~ "kworker*"'
	over_a_stall "$1" "$2" count_sends
	remark "$(cat "$STATE/sends") sends in two seconds without room"
	within "sends" "$(cat "$STATE/sends")" 0 1000
}

# What the worker got rid of by TCP's own word, and what the connection has counted.
octets_agree() {
	local before after sent
	probe sent 'r tcp_sendmsg size=$retval:s64' 'size > 0 && comm ~ "kworker*"'
	before=$(statistic "$IQN" txdata_octets)
	trace_on selftest/sent
	over_a_stall "$1" "$2" true
	trace_pause
	after=$(statistic "$IQN" txdata_octets)
	sent=$(trace_lines | sed -n 's/^.* size=//p' | awk '{ n += $1 } END { print n }')
	same "octets counted" "$((after - before))" "$sent"
}

need "recv_from_iscsi_q can be set" netlink_start recv_from_iscsi_q=1
need "the target is up" target_up
need "iscsid runs" daemon_up
need "discovery" discover "$TGT_PORTAL"
need "login" login "$IQN"
for size in 64k 1M; do
	expect_c_fails iscsi_tcp "tries again at once, for as long as there is no room"
	check "the sender waits for room, blocks of $size" sender_waits "$size" 32M
	expect_c_fails iscsi_tcp "forgets what was sent before room ran out"
	check "every octet is counted, blocks of $size" octets_agree "$size" 16M
done
check "logout" logout "$IQN"
run_checks
