#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 240
# What libiscsi counts of a session, in debugfs.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:counters
COUNTERS=$DEBUGFS/iscsi
DEPTH=32

# file IQN: where the counters of its session are.
file() {
	local session
	session=$(session_of "$1")
	echo "$COUNTERS/session$session/counters"
}

# counters FILE: a snapshot.
counters() {
	cat "$(file "$IQN")" >"$1"
}

# counter FILE NAME: of a snapshot.
counter() {
	sed -n "s/^$2 //p" "$1" | grep .
}

# of_now NAME
of_now() {
	counters "$STATE/now"
	counter "$STATE/now" "$1"
}

# moved NAME BY: exactly, between the two snapshots.
moved() {
	same "$1" "$(($(counter "$STATE/after" "$1") - $(counter "$STATE/before" "$1")))" "$2"
}

all_there() {
	mountpoint -q "$DEBUGFS" || mount -t debugfs debugfs "$DEBUGFS"
	counters "$STATE/now"
	same "names" "$(cut -d ' ' -f 1 "$STATE/now" | tr '\n' ' ')" "read_commands read_bytes write_commands write_bytes\
 other_commands failed_commands status_errors command_timeouts aborts lun_resets target_resets session_resets\
 connection_errors recoveries queue queue_peak tasks free_tasks "
	refused grep -vE '^[a-z_]+ [0-9]+$' "$STATE/now"
	for name in failed_commands command_timeouts aborts lun_resets target_resets session_resets connection_errors \
		recoveries queue; do
		same "$name of a new session" "$(counter "$STATE/now" "$name")" 0
	done
}

# Readable in every folder above it, or what is refused is something else.
root_alone() {
	local path
	path=$(file "$IQN")
	same "mode" "$(stat -c %a "$path")" 400
	chmod 755 "$DEBUGFS" "$COUNTERS" "${path%/*}"
	setpriv --reuid 65534 --regid 65534 --clear-groups stat "$path"
	refused setpriv --reuid 65534 --regid 65534 --clear-groups cat "$path"
	refused eval 'echo 0 >"$path"'
	chmod 700 "$DEBUGFS"
}

quiet() {
	counters "$STATE/one"
	sleep 0.3
	counters "$STATE/other"
	cmp "$STATE/one" "$STATE/other"
}

# undisturbed: nobody else asks the disk for anything during this check. udev looks at a disk whenever a writer has
# closed it, and its manager reads the partition table at once, whatever keep_udev_out says.
undisturbed() {
	settle
	wait_for 20 quiet
	at_end 'pkill -CONT -x systemd-udevd'
	pkill -STOP -x systemd-udevd
}

# transfer DD-OPERAND...
transfer() {
	undisturbed
	counters "$STATE/before"
	dd "$@"
	counters "$STATE/after"
}

# Commands without data are not the tests', but the kernel's, which asks disks for events.
reads_are_counted() {
	transfer if="/dev/$(disk_of "$IQN")" of=/dev/null iflag=direct bs=64k count=16
	moved read_commands 16
	moved read_bytes 1048576
	moved write_commands 0
	moved write_bytes 0
	moved failed_commands 0
	moved status_errors 0
}

writes_are_counted() {
	transfer if=/dev/zero of="/dev/$(disk_of "$IQN")" oflag=direct bs=128k count=9
	moved read_commands 0
	moved read_bytes 0
	moved write_commands 9
	moved write_bytes 1179648
	moved failed_commands 0
	moved status_errors 0
}

# stat_of COLUMN: what the block layer has counted of the disk.
stat_of() {
	awk -v column="$1" '{ print $column }' "/sys/block/$(disk_of "$IQN")/stat"
}

# Under load, too, no command and no byte is missing: the block layer has counted the same.
agrees_with_block_layer() {
	local reads read_sectors writes write_sectors
	undisturbed
	counters "$STATE/before"
	reads=$(stat_of 1) read_sectors=$(stat_of 3) writes=$(stat_of 5) write_sectors=$(stat_of 7)
	fio_verify "$(disk_of "$IQN")" 4k "$DEPTH" 2M
	counters "$STATE/after"
	moved read_commands "$(($(stat_of 1) - reads))"
	moved read_bytes "$((($(stat_of 3) - read_sectors) * 512))"
	moved write_commands "$(($(stat_of 5) - writes))"
	moved write_bytes "$((($(stat_of 7) - write_sectors) * 512))"
	[ "$(stat_of 5)" -ge "$((writes + 256))" ]
}

queue_is() {
	[ "$(of_now queue)" = "$1" ]
}

tasks_in_use() {
	counters "$STATE/now"
	echo "$(($(counter "$STATE/now" tasks) - $(counter "$STATE/now" free_tasks)))"
}

only_login_task_in_use() {
	[ "$(tasks_in_use)" -eq 1 ]
}

# More than the disk takes at a time.
queue_is_counted() {
	undisturbed
	same "queue_depth" "$(cat "/sys/block/$(disk_of "$IQN")/device/queue_depth")" "$DEPTH"
	fio_verify "$(disk_of "$IQN")" 4k "$((DEPTH * 2))" 2M --iodepth_batch_submit="$((DEPTH * 2))"
	same "queue_peak" "$(of_now queue_peak)" "$DEPTH"
	wait_for 5 queue_is 0
}

tasks_come_back() {
	undisturbed
	wait_for 5 only_login_task_in_use
	# As many as asked for.
	same "tasks" "$(of_now tasks)" 128
}

# A read behind the end of the disk.
status_is_counted() {
	undisturbed
	counters "$STATE/before"
	refused sg_raw -R -r 4k "/dev/$(disk_of "$IQN")" 28 00 ff ff ff 00 00 00 08 00
	counters "$STATE/after"
	moved status_errors 1
	moved read_commands 1
	moved read_bytes 0
	moved failed_commands 0
}

abort_sent() {
	[ "$(of_now aborts)" -gt 0 ]
}

abort_is_counted() {
	local reader
	undisturbed
	command_timeout "$IQN" 2
	counters "$STATE/before"
	lose_commands
	reads "$(disk_of "$IQN")" &
	reader=$!
	wait_for 20 abort_sent
	queue_is 1
	# The connection's own, the command, and the request to abort it.
	within "tasks in use" "$(tasks_in_use)" 2 3
	lose_no_more
	wait "$reader"
	counters "$STATE/after"
	moved aborts 1
	moved failed_commands 1
	moved read_commands 1
	moved read_bytes 4096
	moved recoveries 0
	within "command_timeouts" "$(counter "$STATE/after" command_timeouts)" 1 9
	same "aborts, as iscsiadm has them" "$(statistic "$IQN" eh_abort_cnt)" "$(counter "$STATE/after" aborts)"
	command_timeout "$IQN" 30
}

failed() {
	in_state "$IQN" FAILED
}

relogin_is_counted() {
	counters "$STATE/before"
	lio_set "$IQN" enable 0
	wait_for 20 failed
	lio_set "$IQN" enable 1
	wait_for 40 logged_in "$IQN"
	counters "$STATE/after"
	moved recoveries 1
	within "connection_errors" "$(counter "$STATE/after" connection_errors)" 1 100
	reads_are_counted
}

# Somebody reads all the while, and has the file open when it goes.
goes_with_the_session() {
	local path reader
	path=$(file "$IQN")
	exec 8<"$path"
	(while [ -e "$path" ]; do cat "$path" >/dev/null || true; done) &
	reader=$!
	logout "$IQN"
	wait "$reader"
	refused test -e "${path%/*}"
	refused cat <&8
	[ -d "$COUNTERS" ]
}

# The file that is open keeps the module, whose functions close it.
goes_with_the_module() {
	login "$IQN"
	exec 8<"$(file "$IQN")"
	logout "$IQN"
	stop_daemon iscsid
	settle
	wait_for 20 rmmod iscsi_tcp
	wait_for 20 rmmod libiscsi_tcp
	refused rmmod libiscsi
	exec 8<&-
	unload_initiator
	refused test -e "$COUNTERS"
	modprobe libiscsi
	[ -d "$COUNTERS" ]
}

ours libiscsi || {
	need "libiscsi counts" skip "only ours does"
	run_checks
}
need "the target is up" lossy_disk "$IQN"
need "iscsid runs" initiator_start 'node.conn[0].timeo.noop_out_interval = 0' \
	'node.conn[0].timeo.noop_out_timeout = 0'
need "discovery" discover "$LIO_PORTAL"
need "login" login "$IQN"
need "all counters are there" all_there
check "root alone may read them" root_alone
check "reads are counted" reads_are_counted
check "writes are counted" writes_are_counted
check "the block layer has counted the same" agrees_with_block_layer
check "the queue is counted" queue_is_counted
check "all tasks are free but the connection's own" tasks_come_back
check "a status that is not good is counted" status_is_counted
check "an abort is counted" abort_is_counted
check "a relogin is counted" relogin_is_counted
check "the file goes with its session" goes_with_the_session
check "the folder goes with the module, which waits for readers" goes_with_the_module
check "the target can be put away" lossy_stop
run_checks
