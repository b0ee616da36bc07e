#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 180
# Logging out of a target that is not there any more, in each way it can be gone.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:gone

back() {
	daemon_runs tgtd || tgt_disk "$IQN" 16
	discover "$TGT_PORTAL"
	login "$IQN"
}

# logs_out_when HOW...
logs_out_when() {
	back
	"$@"
	logout "$IQN" || true
	wait_for 60 no_session
	# No disk of it is left either.
	refused compgen -G '/sys/class/scsi_disk/*'
}

crashed() {
	tgt_kill
	wait_for 30 in_state "$IQN" FAILED
}

given_up() {
	crashed
	wait_for 30 in_state "$IQN" FREE
}

# The Logout Request is not answered, nor is the flush of the disk's cache before it.
silent() {
	command_timeout "$IQN" 2
	tgt_freeze
}

need "iscsid runs" initiator_start 'node.session.timeo.replacement_timeout = 3' \
	'node.conn[0].timeo.logout_timeout = 4' 'node.session.err_timeo.abort_timeout = 2' \
	'node.session.err_timeo.lu_reset_timeout = 2' 'node.session.err_timeo.tgt_reset_timeout = 2'
check "it has crashed" logs_out_when crashed
check "it has crashed, and recovery has been given up" logs_out_when given_up
check "it is silent" logs_out_when silent
run_checks
