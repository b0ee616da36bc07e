#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Deadline: 1200
# Long
# Debug kernel
# What our modules allocate on the way of a session, from login to logout, is refused, one place after the other: the step
# fails or succeeds, and then there is a way on. iscsiadm discovers targets without them.
#
# STEPS are all of them by default: VM_KERNEL=debug scripts/vm --deadline 7000 env STEPS="io reset" ./run allocation_failures
. "${0%/*}/../lib.sh"

IQN=iqn.2026-11.org.example:allocation-failures
STEPS=${STEPS:-login io failure abort reset logout}

# As login does, but without udev.
disk_comes() {
	iscsiadm -m node -T "$IQN" --login
	wait_for 30 disk_of "$IQN"
}

at_rest() {
	no_session || logged_in "$IQN"
}

# Without memory for its scan a session has no disk, as the mid-layer says in the log: that can be made up for.
session_up() {
	wait_for 30 at_rest
	! no_session || disk_comes
	[ -n "$(disk_of "$IQN")" ] || iscsiadm -m session --rescan
	wait_for 30 disk_of "$IQN"
	command_timeout "$IQN" 2
}

session_down() {
	no_session || logout "$IQN"
	no_session
}

moves_data() {
	local disk
	disk=$(disk_of "$IQN")
	dd if="$STATE/data" of="/dev/$disk" bs=64k oflag=direct status=none
	dd if="/dev/$disk" of="$STATE/read" bs=64k count=4 iflag=direct status=none
	cmp "$STATE/data" "$STATE/read"
}

# usable: what a step must leave behind if there is a session.
usable() {
	wait_for 30 logged_in "$IQN"
	wait_for 30 running "$IQN"
	moves_data
}

# The steps: how each begins, what it does while something is refused, and what must be possible after it.

login_begin() { session_down; }
login_do() { iscsiadm -m node -T "$IQN" --login; }
login_then() {
	session_up
	usable
}

io_begin() { session_up; }
io_do() { moves_data; }
io_then() { usable; }

# The target hangs up, and iscsid logs in again.
failure_begin() { session_up; }
failure_do() {
	lio_set "$IQN" enable 0
	wait_for 20 in_state "$IQN" FAILED
	lio_set "$IQN" enable 1
	wait_for 30 logged_in "$IQN"
}
failure_then() {
	lio_set "$IQN" enable 1
	usable
}

abort_begin() { session_up; }
abort_do() {
	local reader before
	before=$(aborts)
	lose_commands
	reads "$(disk_of "$IQN")" &
	reader=$!
	wait_for 20 more_aborts_than "$before"
	lose_no_more
	wait "$reader"
}
abort_then() {
	lose_no_more
	usable
}

aborts() {
	sed -n 's/^aborts //p' "$DEBUGFS/iscsi/session$(session_of "$IQN")/counters"
}

more_aborts_than() {
	[ "$(aborts)" -gt "$1" ]
}

reset_begin() { session_up; }
reset_do() {
	sg_reset --device --no-esc "/dev/$(disk_of "$IQN")"
	sg_reset --target --no-esc "/dev/$(disk_of "$IQN")"
}
reset_then() { usable; }

logout_begin() { session_up; }
logout_do() { logout "$IQN"; }
logout_then() { wait_for 30 session_down; }

prepare() {
	ours libiscsi || skip "C libiscsi does not count aborts"
	faults_possible
	head -c 256k /dev/urandom >"$STATE/data"
	lossy_disk "$IQN"
	initiator_start 'node.session.timeo.replacement_timeout = 600' 'node.session.initial_login_retry_max = 2' \
		'node.conn[0].timeo.noop_out_interval = 0' 'node.conn[0].timeo.noop_out_timeout = 0'
	discover "$LIO_PORTAL"
	lio_retains "$IQN"
	session_up
	session_down
	udev_stop
}

# find STEP: once without a failure, for where it allocates.
find_places() {
	"$1_begin"
	allocations_of "$1_do" >"$STATE/places"
	"$1_then"
	addresses <"$STATE/places" >"$STATE/places.$1"
	[ -s "$STATE/places.$1" ] || fail "nothing is allocated"
}

# attempt NAME COMMAND...: sets STATUS, and lets it stop at its first failure.
attempt() {
	local name=$1
	shift
	set +e
	(
		set -e
		"$@"
	) >"$STATE/$name" 2>&1
	STATUS=$?
	set -e
}

# refuse STEP ADDRESS PLACE: tells what came of it.
refuse() {
	local outcome=succeeds
	"$1_begin" >"$STATE/begin" 2>&1
	fail_once "$2"
	attempt meanwhile "$1_do"
	[ "$STATUS" -eq 0 ] || outcome=fails
	fail_no_more || outcome="is not met"
	attempt after "$1_then"
	[ "$STATUS" -eq 0 ] || fail "no way on after $3: $(cat "$STATE"/{meanwhile,after})"
	echo "$1 $outcome: $3" | tee -a "$STATE/outcomes"
}

count() {
	grep -c " $1:" "$STATE/outcomes" || true
}

each_place() {
	local address place
	at_end fail_no_more
	find_places "$1"
	: >"$STATE/outcomes"
	while read -r address place <&3; do
		refuse "$1" "$address" "$place"
	done 3<"$STATE/places.$1"
	remark "$(wc -l <"$STATE/outcomes") places: with one refused the step succeeds $(count succeeds) times," \
		"fails $(count fails) times; $(count 'is not met') are not met again"
	# Whether a place is met is partly a matter of timing.
	[ "$(count 'is not met')" -le $(($(wc -l <"$STATE/outcomes") / 4)) ]
}

tidy() {
	session_down
	udev_start
	lossy_stop
}

need "memory can be refused, and a session comes and goes" prepare
for step in $STEPS; do
	check "$step survives every refusal" each_place "$step"
done
check "all is put away" tidy
run_checks
