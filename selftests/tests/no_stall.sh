#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 300
# A command that waits, of one session, holds up no other session: not of its own transport, not of another one.
. "${0%/*}/../lib.sh"

MANY=31
IQN=iqn.2026-11.org.example:free
STALL=/sys/module/iscsi_stall/parameters
# One waits at the transport, and with C the other one before it.
AT_ONCE=2
ours scsi_transport_iscsi || AT_ONCE=1
ONE_MUTEX="has one mutex for the commands of all"

stall_start() {
	[ -f "$SELFTESTS/bin/iscsi_stall.ko" ] || fail "no iscsi_stall.ko in the payload: run scripts/ready"
	modprobe iscsi_tcp
	insmod "$SELFTESTS/bin/iscsi_stall.ko"
}

ended() {
	[ ! -s "$STATE/$1.job" ] || ! kill -0 "$(cat "$STATE/$1.job")" 2>/dev/null
}

held() {
	[ "$(cat "$STALL/held")" -eq "$1" ]
}

# Two clients of their own, as each is held up by its own command.
stall() {
	local what
	echo 2 >"$STALL/hold"
	for what in stop destroy; do
		netlink "stall-$what" >"$STATE/$what" 2>&1 &
		echo $! >"$STATE/$what.job"
	done
	wait_for 20 held "$AT_ONCE"
}

many() {
	[ "$(grep -lx "$2" "$SESSIONS"/session*/"$1" 2>/dev/null | wc -l)" -eq "$MANY" ]
}

logins() {
	node_set "$IQN" node.session.nr_sessions "$MANY"
	timeout 90 iscsiadm -m node -T "$IQN" --login || return
	wait_for 60 many state LOGGED_IN
	wait_for 60 many target_state SCANNED
	held "$AT_ONCE"
}

# The target drops all connections and takes no new ones, until it is back.
recoveries() {
	lio_set "$IQN" enable 0
	wait_for 60 many state FAILED
	lio_set "$IQN" enable 1
	wait_for 90 many state LOGGED_IN
	held "$AT_ONCE"
}

logouts() {
	timeout 90 iscsiadm -m node -T "$IQN" --logout || return
	held "$AT_ONCE"
}

# In the background: on C it cannot be ended.
same_transport() {
	netlink stall-free >"$STATE/free" 2>&1 &
	echo $! >"$STATE/free.job"
	# On C all three wait. The kernel is not to report that, which it does after 120 s; on the debug kernel this is 60.
	wait_for 10 ended free
	same "a command" "$(cat "$STATE/free")" ok
	held "$AT_ONCE"
}

# timed COMMAND: and tells how long it took.
timed() {
	local start=$EPOCHREALTIME
	"$1"
	remark "$1: $(((${EPOCHREALTIME/./} - ${start/./}) / 1000)) ms"
}

released() {
	echo 1 >"$STALL/release"
	wait_for 30 held 0
	wait_for 30 ended stop
	wait_for 30 ended destroy
	wait_for 30 ended free
	same "STOP_CONN" "$(cat "$STATE/stop")" ok
	same "DESTROY_SESSION" "$(cat "$STATE/destroy")" ok
	no_session
	rmmod iscsi_stall
}

need "the target is up" lio_disk "$IQN" "$MANY"
need "iscsid runs" initiator_start
need "discovery" discover "$LIO_PORTAL"
need "a transport that waits" stall_start
need "STOP_CONN and DESTROY_SESSION wait" stall
expect_c_fails scsi_transport_iscsi "$ONE_MUTEX"
check "sessions of the same transport work" timed same_transport
check "$MANY sessions log in" spared scsi_transport_iscsi "$ONE_MUTEX" timed logins
check "they recover" spared scsi_transport_iscsi "$ONE_MUTEX" timed recoveries
check "they log out" spared scsi_transport_iscsi "$ONE_MUTEX" timed logouts
check "what waited ends well" released
run_checks
