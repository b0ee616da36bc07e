#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 240
# A target that stops reading, with recv_from_iscsi_q=1, where the sender may not block.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:stalled
FILE=$STATE/disk

# limit_receive_buffers BYTES: for a window that is soon full, and does not grow.
limit_receive_buffers() {
	local least usual most
	read -r least usual most </proc/sys/net/ipv4/tcp_rmem
	[ -f "$STATE/tcp_rmem" ] || echo "$least $usual $most" >"$STATE/tcp_rmem"
	echo "$least $1 $1" >/proc/sys/net/ipv4/tcp_rmem
}

receive_buffers_as_before() {
	cat "$STATE/tcp_rmem" >/proc/sys/net/ipv4/tcp_rmem
}

# With more immediate data in the commands of one queue than the buffers of the connection hold: for the rest the
# target would have to ask.
target_up() {
	limit_receive_buffers 131072
	truncate -s 128M "$FILE"
	tgt_start
	tgt_target 1 "$IQN" "$FILE"
	tgt_admin --op update --mode target --tid 1 --name MaxRecvDataSegmentLength --value 262144
	tgt_admin --op update --mode target --tid 1 --name FirstBurstLength --value 262144
}

# A small send buffer is full sooner; a ping would end a session that is only slow.
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

target_goes_on() {
	kill -CONT "$(cat "$STATE/tgtd.pid")"
}

# writes_of DISK: how many it has completed.
writes_of() {
	awk '{ print $5 }' "/sys/block/$1/stat"
}

has_written() {
	[ "$(writes_of "$1")" -gt "$2" ]
}

# How many commands have been sent that have no response; those that are answered with their data come on top.
unanswered() {
	echo "$(($(statistic "$IQN" scsicmd_pdus) - $(statistic "$IQN" scsirsp_pdus)))"
}

# stall DISK UNANSWERED: the target stops with the window full. It may have read all that is outstanding just then, and
# owe nothing but responses: that is no stall, so it goes on and stops again. UNANSWERED is what there was before.
stall() {
	local before
	for _ in {1..5}; do
		kill -STOP "$(cat "$STATE/tgtd.pid")"
		! (wait_for 4 window_is_full) || return 0
		same "commands sent" "$(($(unanswered) - $2))" "$(awk '{ print $1 + $2 }' "/sys/block/$1/inflight")"
		before=$(writes_of "$1")
		target_goes_on
		wait_for 10 has_written "$1" "$before"
	done
	fail "the window is not full, whenever the target stops"
}

# over_a_stall BLOCKSIZE COMMAND...: writes and verifies; the target stops to read in the middle, and goes on when
# the command is done.
over_a_stall() {
	local bs=$1 disk before sent writer
	shift
	disk=$(disk_of "$IQN")
	keep_udev_out
	before=$(writes_of "$disk")
	sent=$(unanswered)
	# However fast this machine is, it still writes when the target stops.
	fio_verify "$disk" "$bs" 32 32M --time_based --runtime=8 &
	writer=$!
	at_end 'pkill -KILL -x fio'
	wait_for 30 has_written "$disk" "$before"
	at_end target_goes_on
	stall "$disk" "$sent"
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
	over_a_stall "$1" count_sends
	remark "$(cat "$STATE/sends") sends in two seconds without room"
	within "sends" "$(cat "$STATE/sends")" 0 1000
}

# How many bytes TCP has taken from the worker, by its own word.
octets_sent() {
	trace_lines >"$STATE/sends"
	sed -n 's/^.* size=//p' "$STATE/sends" | awk '{ n += $1 } END { print n + 0 }'
}

# octets_agree BEFORE: with what the connection has counted since. When nothing is on its way they must.
octets_agree() {
	local counted sent
	counted=$(($(statistic "$IQN" txdata_octets) - $1))
	sent=$(octets_sent)
	echo "octets counted: $counted, sent: $sent" | tee "$STATE/octets"
	[ "$counted" -eq "$sent" ]
}

octets_are_counted() {
	local before
	probe sent 'r tcp_sendmsg size=$retval:s32' 'size > 0 && comm ~ "kworker*"'
	trace_room 8192
	before=$(statistic "$IQN" txdata_octets)
	trace_on selftest/sent
	over_a_stall "$1" true
	(wait_for 10 octets_agree "$before") || fail "$(cat "$STATE/octets")"
}

need "recv_from_iscsi_q can be set" netlink_start recv_from_iscsi_q=1
need "the target is up" target_up
need "iscsid runs" daemon_up
need "discovery" discover "$TGT_PORTAL"
need "login" login "$IQN"
for size in 64k 1M; do
	expect_c_fails iscsi_tcp "tries again at once, for as long as there is no room"
	check "the sender waits for room, blocks of $size" sender_waits "$size"
	expect_c_fails iscsi_tcp "forgets what was sent before room ran out"
	check "every octet is counted, blocks of $size" octets_are_counted "$size"
done
check "logout" logout "$IQN"
check "receive buffers are as before" receive_buffers_as_before
run_checks
