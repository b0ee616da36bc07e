#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# iscsid is killed with a session up: I/O goes on without it, and the next iscsid recovers the session.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:daemon

without_daemon() {
	stop_daemon iscsid KILL
	loses_nothing "$IQN"
}

# It takes the session over from what sysfs and its records say.
taken_over() {
	daemon iscsid iscsid -f
	wait_for 20 iscsid_answers
	wait_for 20 iscsiadm -m session
	tgt_kill
	wait_for 30 in_state "$IQN" FAILED
	tgt_start
	tgt_target 1 "$IQN" "$STATE/disk"
	wait_for 60 logged_in "$IQN"
	wait_for 20 running "$IQN"
	loses_nothing "$IQN"
}

# The connection fails while nobody is there to hear of it.
failed_meanwhile() {
	stop_daemon iscsid KILL
	tgt_kill
	wait_for 30 in_state "$IQN" FAILED
	tgt_start
	tgt_target 1 "$IQN" "$STATE/disk"
	daemon iscsid iscsid -f
	wait_for 20 iscsid_answers
	wait_for 60 logged_in "$IQN"
	wait_for 20 running "$IQN"
	loses_nothing "$IQN"
}

need "the target is up" tgt_disk "$IQN" 16
need "iscsid runs" initiator_start
need "discovery" discover "$TGT_PORTAL"
need "login" login "$IQN"
check "I/O goes on without iscsid" without_daemon
check "a new iscsid recovers the session" taken_over
check "a session that failed without iscsid is recovered by the next one" failed_meanwhile
check "logout" logout "$IQN"
run_checks
