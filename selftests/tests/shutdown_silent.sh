#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Ends: Synchronizing SCSI cache$
# Ends: reboot: Restarting system
# The machine goes down with a session up whose target is silent: it has to give up, and not wait for it.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:shutdown

silent() {
	command_timeout "$IQN" 2
	# It stays so when the check is over.
	kill -STOP "$(cat "$STATE/tgtd.pid")"
}

need "the target is up" tgt_disk "$IQN" 64
need "iscsid runs" initiator_start 'node.session.err_timeo.abort_timeout = 4' \
	'node.session.err_timeo.lu_reset_timeout = 4' 'node.session.err_timeo.tgt_reset_timeout = 4' \
	'node.session.timeo.replacement_timeout = 3' 'node.conn[0].timeo.noop_out_interval = 0' \
	'node.conn[0].timeo.noop_out_timeout = 0'
need "discovery" discover "$TGT_PORTAL"
need "login" login "$IQN"
check "nothing is lost on the way" loses_nothing "$IQN"
check "the target is silent" silent
(run_checks) && end_machine
