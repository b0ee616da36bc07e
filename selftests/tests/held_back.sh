#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 240
# Data that is not sent for the sake of a task management function, and what is sent all the same.
. "${0%/*}/../lib.sh"

# No ping wakes anybody.
initiator_up() {
	udev_not_for_disks
	initiator_start
	iscsiadm -m node -o new -T "$HOSTILE_IQN" -p "$HOSTILE_PORTAL"
	node_set "$HOSTILE_IQN" node.conn[0].timeo.noop_out_interval 0 node.conn[0].timeo.noop_out_timeout 0 \
		node.session.err_timeo.abort_timeout 120 node.session.err_timeo.lu_reset_timeout 120
}

# with RULE...: a session with a target that goes by them.
with() {
	at_end ends
	at_end hostile_report
	hostile_start "$@"
	login "$HOSTILE_IQN"
	disk=$(disk_of "$HOSTILE_IQN")
}

# The target behaves, and what was begun can come to its end.
ends() {
	stop_daemon hostile KILL
	hostile_start
	wait_for 30 logged_in "$HOSTILE_IQN"
	logout "$HOSTILE_IQN"
	stop_daemon hostile KILL
}

# writes PLACE: 64 KiB there.
writes() {
	dd if=/dev/zero of="/dev/$disk" bs=64k count=1 seek="$1" oflag=direct status=none
}

# statistic_is NAME VALUE: it is so much or more.
statistic_is() {
	[ "$(statistic "$HOSTILE_IQN" "$1")" -ge "$2" ]
}

# The command of which nothing may be sent is the first that the target wants data of.
others_go_on() {
	with 'send r2t of write lba=0: later 20000' 'send tmf-response: later 40000'
	command_timeout "$HOSTILE_IQN" 4
	writes 0 &
	at_end "kill $! || true"
	wait_for 20 statistic_is tmfcmd_pdus 1
	command_timeout "$HOSTILE_IQN" 600
	wait_for 40 statistic_is r2t_pdus 1
	same "data that was sent" "$(statistic "$HOSTILE_IQN" dataout_pdus)" 0
	writes 8
	same "task management answers" "$(statistic "$HOSTILE_IQN" tmfrsp_pdus)" 0
}

# The R2T comes while the reset is waited for, and nothing after the answer to that.
goes_on_after_reset() {
	local generic
	with 'send r2t of write len>=65536: later 5000' 'send tmf-response: later 10000, set response=255'
	command_timeout "$HOSTILE_IQN" 600
	# Who opens the disk itself has it looked at, with commands that wake the initiator.
	generic=$(basename "/sys/block/$disk/device/scsi_generic/"*)
	writes 0 &
	at_end "kill $! || true"
	wait_for 10 hostile_fired
	refused sg_reset --device --no-esc "/dev/$generic"
	same "task management answers" "$(statistic "$HOSTILE_IQN" tmfrsp_pdus)" 1
	wait_for 20 statistic_is dataout_pdus 1
}

need "iscsid runs" initiator_up
expect_c_fails libiscsi "sends no data at all while a command is aborted of which data is wanted first"
check "data of other commands is sent while one is aborted" others_go_on
expect_c_fails libiscsi "wakes nobody when a reset is refused"
check "what was held back for a reset is sent when that is refused" goes_on_after_reset
run_checks
