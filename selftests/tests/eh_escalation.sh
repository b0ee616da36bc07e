#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 180
# A target that stops answering: abort, logical unit reset and target reset are tried in turn, and then the session
# is recovered. Nothing is lost.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:eh-escalation

# The trace events of libiscsi tell what it tries.
tried() {
	grep -q "iscsi_dbg_eh: .*$1" "$TRACING/trace"
}

# The target is silent for as long as it takes to try everything.
escalates() {
	local step
	keep_udev_out
	command_timeout "$IQN" 2
	mark escalation
	trace_on iscsi/iscsi_dbg_eh
	tgt_freeze
	fio_verify "$(disk_of "$IQN")" 64k 4 1M &
	load=$!
	at_end 'pkill -KILL -x fio'
	wait_for 90 in_state "$IQN" FAILED
	for step in aborting 'LU Reset' 'tgt Reset' 'wait for relogin'; do
		tried "$step" || fail "nothing of '$step' in the trace: $(sed -n 's/.*iscsi_dbg_eh: //p' "$TRACING/trace" | sort | uniq -c)"
	done
	tgt_thaw
	wait_for 60 logged_in "$IQN"
	wait "$load" || fail "fio saw it"
	trace_off
}

keeps_data() {
	wait_for 20 running "$IQN"
	loses_nothing "$IQN"
}

need "the target is up" tgt_disk "$IQN" 16
need "iscsid runs" initiator_start 'node.session.err_timeo.abort_timeout = 2' \
	'node.session.err_timeo.lu_reset_timeout = 2' 'node.session.err_timeo.tgt_reset_timeout = 2' \
	'node.conn[0].timeo.noop_out_interval = 0' 'node.conn[0].timeo.noop_out_timeout = 0'
need "discovery" discover "$TGT_PORTAL"
need "login" login "$IQN"
check "each step is tried, and fio sees none of it" escalates
check "nothing was lost" keeps_data
check "logout" logout "$IQN"
run_checks
