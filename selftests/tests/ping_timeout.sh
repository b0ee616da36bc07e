#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A silent target is found out by a ping that is not answered, without any I/O.
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:ping

found_out() {
	mark ping
	tgt_freeze
	wait_for 30 in_state "$IQN" FAILED
	logged_since ping 'ping timeout of 2 secs expired' || fail "no word of a ping"
	logged_since ping 'detected conn error \(1022\)' || fail "not the error of a ping"
	tgt_thaw
	wait_for 60 logged_in "$IQN"
	wait_for 20 running "$IQN"
}

# Longer than an unanswered ping is waited for.
answered() {
	mark answered
	sleep 6
	! logged_since answered 'detected conn error' || fail "the connection has failed again"
	loses_nothing "$IQN"
}

need "the target is up" tgt_disk "$IQN" 16
need "iscsid runs" initiator_start 'node.conn[0].timeo.noop_out_interval = 1' \
	'node.conn[0].timeo.noop_out_timeout = 2'
need "discovery" discover "$TGT_PORTAL"
need "login" login "$IQN"
check "a silent target is found out" found_out
check "pings are answered again, and I/O goes on" answered
check "logout" logout "$IQN"
run_checks
