#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A disk that loses a command: the initiator has it aborted, and the session goes on.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:eh-abort
LOSSY=/sys/bus/pseudo/drivers/scsi_debug

# LIO in front of a disk that can be told to lose commands, and then finds out about it by itself.
target_up() {
	local disk store=$LIO/core/iblock_0/lossy
	modprobe scsi_debug dev_size_mb=16 delay=0
	udevadm settle
	disk=$(echo "$LOSSY"/adapter*/host*/target*/*/block/*)
	echo 6 >"/sys/block/${disk##*/}/device/timeout"
	lio_start
	modprobe target_core_iblock
	mkdir -p "$store"
	echo "udev_path=/dev/${disk##*/}" >"$store/control"
	echo 1 >"$store/enable"
	lio_target "$IQN" "$LIO_PORTAL" "$store"
}

# scsi_debug: every command from now on is never answered.
lose_commands() {
	echo 4 >"$LOSSY/opts"
	echo 1 >"$LOSSY/every_nth"
}

lose_no_more() {
	echo 0 >"$LOSSY/every_nth"
	echo 0 >"$LOSSY/opts"
}

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
	at_end lose_no_more
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

goes_on() {
	fio_verify "$(disk_of "$IQN")" 4k 8 1M
}

tidy() {
	logout "$IQN"
	lio_stop
	modprobe -r scsi_debug
}

need "the target is up" target_up
need "iscsid runs" initiator_start 'node.conn[0].timeo.noop_out_interval = 0' \
	'node.conn[0].timeo.noop_out_timeout = 0'
need "discovery" discover "$LIO_PORTAL"
need "login" login "$IQN"
check "the command is aborted and done again" aborted
check "session and disk are as before" session_kept
check "I/O goes on" goes_on
check "logout" tidy
run_checks
