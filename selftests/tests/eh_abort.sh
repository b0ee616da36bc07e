#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A disk that loses a command, and one that is reset: the initiator has commands aborted, and the session goes on.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:eh-abort

aborts() {
	statistic "$IQN" eh_abort_cnt
}

abort_sent() {
	[ "$(aborts)" -gt 0 ]
}

aborted() {
	local reader
	keep_udev_out
	command_timeout "$IQN" 2
	same "aborts so far" "$(aborts)" 0
	lose_commands
	reads "$(disk_of "$IQN")" &
	reader=$!
	wait_for 20 abort_sent
	lose_no_more
	wait "$reader"
	same "abort answers" "$(statistic "$IQN" tmfrsp_pdus)" "$(statistic "$IQN" tmfcmd_pdus)"
}

# Nothing more was needed.
session_kept() {
	same "session" "$(session_attr "$IQN" state)" LOGGED_IN
	same "disk" "$(scsi_state "$IQN")" running
	! logged_since "begin eh_abort" 'detected conn error' || fail "the connection was given up"
}

# What the logical unit had not done yet is done after it.
reset_under_load() {
	local disk load before
	disk=$(disk_of "$IQN")
	before=$(statistic "$IQN" tmfcmd_pdus)
	# On a slow machine the load's own commands would be aborted.
	command_timeout "$IQN" 120
	fio_verify "$disk" 4k 8 2M --rate_iops=,150 &
	load=$!
	writes_go_on "$disk"
	kill -0 "$load" || fail "the load was over before the reset"
	sg_reset --device --no-esc "/dev/$disk"
	wait "$load" || fail "fio saw it"
	same "task management" "$(statistic "$IQN" tmfcmd_pdus)" "$((before + 1))"
	same "its answers" "$(statistic "$IQN" tmfrsp_pdus)" "$((before + 1))"
}

tidy() {
	logout "$IQN"
	lossy_stop
}

need "the target is up" lossy_disk "$IQN"
need "iscsid runs" initiator_start 'node.conn[0].timeo.noop_out_interval = 0' \
	'node.conn[0].timeo.noop_out_timeout = 0'
need "discovery" discover "$LIO_PORTAL"
need "login" login "$IQN"
check "the command is aborted and done again" aborted
check "session and disk are as before" session_kept
check "the logical unit is reset under load" reset_under_load
check "session and disk are still as before" session_kept
check "logout" tidy
run_checks
