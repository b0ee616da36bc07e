#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 240
# Commands that come as a batch: the worker is woken once for them, their PDUs share segments, and none is left behind.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:batches
COMMANDS=512
DEPTH=32

# Without pings and with a long time-out nothing but the end of its batch gets a command sent.
patient() {
	login "$IQN"
	echo none >"/sys/block/$(disk_of "$IQN")/queue/scheduler"
	command_timeout "$IQN" 600
}

# batches KIND: 4 KiB each, handed over 32 at a time when all before are done.
batches() {
	timeout "$((60 * SLOWNESS))" fio --name=batches --filename="/dev/$(disk_of "$IQN")" --ioengine=io_uring --direct=1 \
		--rw="$1" --bs=4k --size=16M --number_ios="$COMMANDS" --iodepth="$DEPTH" --iodepth_batch_submit="$DEPTH" \
		--iodepth_batch_complete_min="$DEPTH" --output="$STATE/fio"
}

segments() {
	awk '$1 == "Tcp:" && $12 != "OutSegs" { print $12 }' /proc/net/snmp
}

# traced KIND: how often the worker is woken, what is sent to the target's port, 48140 as it lies in memory, and when
# TCP is told to hold nothing back. Where the kernel cannot say where the fields of a struct are, nothing is traced.
traced() {
	local before
	keep_udev_out
	if ! fields_known; then
		batches "$1"
		: >"$STATE/lines"
		return
	fi
	trace_room 8192
	probe sendmsg 'p tcp_sendmsg port=sk->__sk_common.skc_dport flags=msg->msg_flags:x32' 'port == 48140'
	probe push 'p tcp_sock_set_cork'
	probe commit 'p scsi_commit_rqs'
	echo 'workqueue ~ "iscsi_q_*"' >"$TRACING/events/workqueue/workqueue_queue_work/filter"
	echo 'opcode == 0x28 || opcode == 0x2a' >"$TRACING/events/scsi/scsi_dispatch_cmd_start/filter"
	trace_on selftest/{sendmsg,push,commit} workqueue/workqueue_queue_work scsi/scsi_dispatch_cmd_start
	before=$(segments)
	batches "$1"
	echo "$(($(segments) - before))" >"$STATE/segments"
	trace_pause
	trace_lines >"$STATE/lines"
	trace_off
	remark "$1: $(seen "$WAKE") wake-ups, $(seen "$SENT") calls into TCP, $(seen "$MORE") with MSG_MORE," \
		"$(cat "$STATE/segments") segments for $COMMANDS commands"
}

# What the lines of the trace look like. C and Rust have their names for the function that sends; MSG_MORE is 0x8000.
WAKE='workqueue_queue_work: .*(iscsi_xmitworker|transmit_worker)'
SENT='sendmsg: '
MORE='sendmsg: .* flags=0x[0-9a-f]*[89a-f][0-9a-f]{3}$'
PUSH=' push: '
COMMIT=' commit: '

need_trace() {
	[ -s "$STATE/lines" ] || skip "this kernel has no type information"
}

# seen PATTERN: how many of the lines.
seen() {
	grep -cE "$1" "$STATE/lines" || true
}

last_line() {
	grep -nE "$1" "$STATE/lines" | tail -n 1 | cut -d : -f 1 | grep .
}

# Whether the worker is woken often depends on how soon it runs, but not whether it is woken too early. Only reads and
# writes are traced as commands: others may come from the kernel itself, which also have it woken.
woken_at_the_end() {
	local early right
	need_trace
	awk -v depth="$DEPTH" '
		/scsi_dispatch_cmd_start/ { commands++ }
		/workqueue_queue_work: .*(iscsi_xmitworker|transmit_worker)/ { commands % depth ? early++ : right++ }
		END { print early + 0, right + 0 }' "$STATE/lines" >"$STATE/wakes"
	read -r early right <"$STATE/wakes"
	within "wake-ups in the middle of a batch" "$early" 0 1
	within "wake-ups at the end of one" "$right" "$((COMMANDS / DEPTH))" "$((COMMANDS / DEPTH + 2))"
}

# All but the last of a batch say that more follows.
reads_share_segments() {
	need_trace
	within "calls into TCP" "$(seen "$SENT")" "$COMMANDS" "$((COMMANDS + 4))"
	within "with MSG_MORE" "$(seen "$MORE")" "$((COMMANDS * 3 / 4))" "$((COMMANDS - COMMANDS / DEPTH))"
}

# Whoever says that more follows cannot know. TCP is told afterwards, if it does not.
nothing_is_held_back() {
	local more push
	need_trace
	more=$(last_line "$MORE")
	push=$(last_line "$PUSH")
	[ "$push" -gt "$more" ] || fail "line $more of the trace says that more follows, the last push is line $push"
}

# Of both directions, as both ends are in this machine.
writes_share_segments() {
	traced randwrite
	need_trace
	within "hundredths of segments per write" "$(($(cat "$STATE/segments") * 100 / COMMANDS))" 100 260
}

# The disk takes fewer commands than there are in a batch, so none is marked as the last one.
cut_short() {
	echo 5 >"/sys/block/$(disk_of "$IQN")/device/queue_depth"
	traced randread
	need_trace
	remark "$(seen "$COMMIT") batches without a last command"
	within "batches without a last command" "$(seen "$COMMIT")" 1 "$COMMANDS"
}

# The same by the mid-layer's usual way through a scheduler.
scheduled() {
	echo mq-deadline >"/sys/block/$(disk_of "$IQN")/queue/scheduler"
	batches randwrite
}

verified() {
	fio_verify "$(disk_of "$IQN")" 4k 32 2M --iodepth_batch_submit=32 --iodepth_batch_complete_min=1
}

need "the target is up" lio_disk "$IQN" 16
need "iscsid runs" initiator_start 'node.conn[0].timeo.noop_out_interval = 0' \
	'node.conn[0].timeo.noop_out_timeout = 0'
need "discovery" discover "$LIO_PORTAL"
need "login" patient
need "reads are done" traced randread
ours iscsi_tcp || expect_c_fails iscsi_tcp "is not told of batches"
ours libiscsi || expect_c_fails libiscsi "wakes the worker for each command"
check "the worker is woken once for a batch, at its end" woken_at_the_end
expect_c_fails iscsi_tcp "pushes each PDU"
check "reads share segments" reads_share_segments
expect_c_fails iscsi_tcp "pushes each PDU"
check "nothing is held back in the end" nothing_is_held_back
expect_c_fails iscsi_tcp "pushes each PDU"
check "writes share segments" writes_share_segments
expect_c_fails iscsi_tcp "is not told of batches"
check "a batch that is cut short is sent" cut_short
check "so is one that a scheduler has made" scheduled
check "what was written is read" verified
check "logout" logout "$IQN"
run_checks
