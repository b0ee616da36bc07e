#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 180
# A session is ended while the SCSI error handler is at work on it.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:destroy-in-eh

error_handler_works() {
	grep -q 'iscsi_dbg_eh: .*aborting' "$TRACING/trace"
}

# A second logical unit's removal waits for the command of the first. A disk that the error handler takes offline before
# its own removal begins keeps its queue stopped, as it was when the session failed, and what sd still has to
# write then waits for ever: the transport class has to start the queue, and the C one does not.
controller_gone() {
	local target
	target=$(readlink -f "/sys/block/$(disk_of "$IQN")/device/..")
	echo 1 >"$(echo "$target"/*:0/delete)"
}

# The target is silent. Its disk cannot go before the error handler has tried everything, so that is not much.
ended() {
	local reader
	keep_udev_out
	command_timeout "$IQN" 2
	trace_on iscsi/iscsi_dbg_eh
	tgt_freeze
	reads "$(disk_of "$IQN")" &
	reader=$!
	wait_for 30 error_handler_works
	trace_off
	logout "$IQN" || true
	wait_for 90 no_session
	! wait "$reader" || fail "the read was answered by nobody"
}

unloaded() {
	stop_daemon iscsid
	unload_initiator
}

need "the target is up" tgt_disk "$IQN" 16
need "iscsid runs" initiator_start 'node.session.err_timeo.abort_timeout = 8' \
	'node.session.err_timeo.lu_reset_timeout = 4' 'node.session.err_timeo.tgt_reset_timeout = 4' \
	'node.conn[0].timeo.logout_timeout = 4' 'node.session.timeo.replacement_timeout = 3' \
	'node.conn[0].timeo.noop_out_interval = 0' 'node.conn[0].timeo.noop_out_timeout = 0'
need "discovery" discover "$TGT_PORTAL"
need "login" login "$IQN"
need "the disk is the only logical unit" controller_gone
check "the session ends, and the command with it" ended
check "the modules can be unloaded" unloaded
run_checks
